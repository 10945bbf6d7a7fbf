import findMyWay, { type HTTPVersion } from 'find-my-way'
import { longestSegment } from './find-route.ts'
import type { Route } from './routes.ts'

/**
 * Which methods a path takes, for whoever asks with another. It is looked up only then: a route of the framework's for every method that is refused
 * would be most of its routes, and a tenth of the start.
 */
export function methodsOf(routes: readonly Route[]): (url: string) => string | undefined {
  let router: ReturnType<typeof describe> | undefined
  return (url) => {
    router ??= describe(routes)
    return router.find('GET', url)?.store as string | undefined
  }
}

/** Every path, with what its header `allow` says. */
function describe(routes: readonly Route[]) {
  const router = findMyWay<HTTPVersion.V1>({ maxParamLength: longestSegment })
  const served = new Map<string, string[]>()
  for (const { method, path } of routes) served.set(path, [...(served.get(path) ?? []), method])
  for (const [path, methods] of served) {
    // Whoever fetches may also ask for the head alone.
    const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    router.on('GET', path, () => {}, allowed)
  }
  return router
}
