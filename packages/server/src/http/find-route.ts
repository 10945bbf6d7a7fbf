import findMyWay, { type HTTPMethod, type HTTPVersion } from 'find-my-way'
import type { Route } from './routes.ts'

/** Longer than any path that Node lets in. */
export const longestSegment = 65_536

/** A route, and what the names in its path stand for. */
export interface FoundRoute {
  route: Route
  params: Readonly<Record<string, string>>
}

/** Finds the route that a request takes; `undefined` when there is none. Who asks for the head alone takes the one of whoever fetches. */
export function routeFinder(routes: readonly Route[]): (method: string, url: string) => FoundRoute | undefined {
  let router: ReturnType<typeof routerOf> | undefined
  return (method, url) => {
    router ??= routerOf(routes)
    const found = router.find((method === 'HEAD' ? 'GET' : method) as HTTPMethod, url)
    return found ? { route: found.store as Route, params: found.params as Record<string, string> } : undefined
  }
}

function routerOf(routes: readonly Route[]) {
  const router = findMyWay<HTTPVersion.V1>({ caseSensitive: true, maxParamLength: longestSegment })
  for (const route of routes) router.on(route.method, route.path, () => {}, route)
  return router
}
