/** Names and values as a form or a query has them. Written here, for what React Native calls `URLSearchParams` knows half of it. */
export const toForm = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
