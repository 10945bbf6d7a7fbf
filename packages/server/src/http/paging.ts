import { type FormValues, type PageMeta, ParleyError } from '@parley/protocol'
import type { Page, PageRequest } from '../storage/paging.ts'
import { type Bookmark, fromPageToken, type Sorting, toPageToken } from './page-tokens.ts'

/** How far a list may be read at once; what is asked beyond `largest` is cut, not refused (rest-api §1.9). */
export interface PageSizes {
  usual: number
  largest: number
}

/** The page that a caller asks for. */
export interface AskedPage {
  /** Zero-based; an echo of the caller's own count. */
  page: number
  size: number
  token: string | undefined
  request: PageRequest
}

const last = (values: FormValues, name: string) => values.get(name)?.at(-1) || undefined

function wholeNumber(values: FormValues, name: string, least: number): number | undefined {
  const said = last(values, name)
  if (said === undefined) return undefined
  const number = /^\d{1,30}$/.test(said) ? Math.min(Number(said), Number.MAX_SAFE_INTEGER) : Number.NaN
  if (number >= least) return number
  throw new ParleyError('parameter-invalid', {
    text: `Invalid parameter ${name}: a whole number from ${least} is expected`,
    details: { field: name },
  })
}

/** Reads `PageSize`, `Page` and `PageToken`. @throws 20001 for what is no number, and for a token of another list */
export function askedPage(values: FormValues, { usual, largest }: PageSizes, sorting: Sorting): AskedPage {
  const size = Math.min(wholeNumber(values, 'PageSize', 1) ?? usual, largest)
  const token = last(values, 'PageToken')
  const bookmark = token === undefined ? undefined : fromPageToken(token, sorting)
  return { page: wholeNumber(values, 'Page', 0) ?? 0, size, token, request: { limit: size, ...bookmark } }
}

/** What the addresses of a list's pages are made of. */
interface List {
  /** The address of the list, without query. */
  address: string
  /** The filters that the caller gave. */
  filters: readonly (readonly [string, string])[]
  sorting: Sorting
}

/** The addresses of this page and of its neighbours. Each carries every filter. */
export function pageAddresses({ address, filters, sorting }: List, { page, size, token }: AskedPage, { next, previous }: Page<unknown>) {
  const addressOf = (number: number, pageToken?: string) => {
    const query: (readonly [string, string])[] = [...filters, ['PageSize', String(size)], ['Page', String(number)]]
    if (pageToken !== undefined) query.push(['PageToken', pageToken])
    return `${address}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
  }
  const neighbour = (number: number, cursor: Bookmark['cursor'] | null, backwards: boolean) =>
    cursor && addressOf(number, toPageToken({ cursor, backwards }, sorting))
  return {
    first: addressOf(0),
    previous: neighbour(Math.max(0, page - 1), previous, true),
    current: addressOf(page, token),
    next: neighbour(page + 1, next, false),
  }
}

/** The `meta` of a page: absolute addresses on the public base, and all seven members (rest-api §1.9). */
export function pageMeta(key: string, list: List, asked: AskedPage, found: Page<unknown>): PageMeta {
  const { first, previous, current, next } = pageAddresses(list, asked, found)
  return {
    page: asked.page,
    page_size: asked.size,
    first_page_url: first,
    previous_page_url: previous,
    url: current,
    next_page_url: next,
    key,
  }
}
