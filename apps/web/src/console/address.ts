import { create } from 'zustand'
import { goTo, onNavigation } from '../ui/navigation.ts'

/** What the address says is shown. */
export interface Address {
  /** Without `/console`, and without a slash at its end: `/services/IS…/roles`; empty for the overview. */
  path: string
  query: URLSearchParams
}

export const root = '/console'

const addressOf = ({ pathname, search }: Pick<Location, 'pathname' | 'search'>): Address => ({
  path: pathname.slice(root.length).replace(/\/+$/, ''),
  query: new URLSearchParams(search),
})

/** The address as state: whoever reads it follows it, and the back button. */
export const useAddress = create<Address>(() => addressOf(location))

onNavigation(() => useAddress.setState(addressOf(location)))

/** This page with other words in its query; `null` and nothing take a word away. */
export function hrefWith(changes: Record<string, string | null>): string {
  const { path, query } = useAddress.getState()
  const changed = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value) changed.set(name, value)
    else changed.delete(name)
  }
  return `${root}${path}${changed.size > 0 ? `?${changed}` : ''}`
}

/** Filters the list that is shown, from its first page on. */
export const filterBy = (changes: Record<string, string | null>): void =>
  goTo(hrefWith({ ...changes, page: null, page_token: null }), { replace: true })

type NamesIn<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | NamesIn<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never

/** The names in a pattern such as `/services/:service/roles/:role`, with what an address has there. */
export type PathParts<P extends string> = Record<NamesIn<P>, string>

/** What an address has for the names in a pattern; `null` when it is another. */
export function partsOf<P extends string>(pattern: P, path: string): PathParts<P> | null {
  const [expected, given] = [pattern.split('/'), path.split('/')]
  if (expected.length !== given.length) return null
  const parts: Record<string, string> = {}
  for (const [at, word] of expected.entries()) {
    const found = given[at] as string
    if (word.startsWith(':')) parts[word.slice(1)] = decoded(found)
    else if (word !== found) return null
  }
  return parts as PathParts<P>
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
