import { create } from 'zustand'
import { onNavigation } from '../ui/navigation.ts'

/** What the address says is shown. */
export interface Route {
  conversation: string | null
  panel: 'people' | null
  /** A message to go to. */
  message: string | null
  /** Somebody to sign in as, where the server lets one. */
  as: string | null
}

function routeOf({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Route {
  const [, conversation, panel] = /^\/c\/(CH[0-9a-f]{32})(?:\/(people))?\/?$/i.exec(pathname) ?? []
  const query = new URLSearchParams(search)
  return {
    conversation: conversation ?? null,
    panel: (panel as 'people' | undefined) ?? null,
    message: query.get('message'),
    as: query.get('as'),
  }
}

export const pathTo = (conversation: string | null, panel?: 'people' | null): string =>
  conversation ? `/c/${conversation}${panel ? `/${panel}` : ''}` : '/'

/** The address as state: whoever reads it follows it, and the back button. */
export const useRoute = create<Route>(() => routeOf(location))

onNavigation(() => useRoute.setState(routeOf(location)))
