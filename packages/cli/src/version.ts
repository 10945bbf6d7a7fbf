declare const PARLEY_VERSION: string | undefined

/** The version of the package, which the build writes in; sources have none. */
export const version = typeof PARLEY_VERSION === 'string' ? PARLEY_VERSION : '0.0.0'
