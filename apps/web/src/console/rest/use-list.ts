import type { PageMeta } from '@parley/protocol'
import { hrefWith, useAddress } from '../address.ts'
import { type Parameters, withQuery } from './rest.ts'
import { type Loaded, useResource } from './use-resource.ts'

/** A page of a list, and the addresses of those beside it. */
export interface List<T> extends Loaded<{ meta: PageMeta }> {
  rows: readonly T[] | undefined
  /** Counted from 0. */
  page: number
  previous: string | null
  next: string | null
  /** Whether filters hold back rows. */
  isFiltered: boolean
}

/** Where a page of the REST API is shown here. */
function addressOf(url: string | null | undefined): string | null {
  if (!url) return null
  const { searchParams } = new URL(url)
  return hrefWith({ page: searchParams.get('Page'), page_token: searchParams.get('PageToken') })
}

/** Lists what is at a path under `key`, by the page and the filters that the address of this page has. Filters are called as in the protocol. */
export function useList<T>(path: string | null, key: string, filters: readonly string[] = [], fixed: Parameters = {}): List<T> {
  const { query } = useAddress()
  const set = Object.fromEntries(filters.map((name) => [name, query.get(name)]).filter(([, value]) => value))
  const { page, page_token } = { page: query.get('page') ?? undefined, page_token: query.get('page_token') ?? undefined }
  const loaded = useResource<{ meta: PageMeta } & Record<string, T[]>>(
    path && withQuery(path, { page_size: 50, ...fixed, ...set, page, page_token }),
  )
  const { value } = loaded
  return {
    ...(loaded as unknown as Loaded<{ meta: PageMeta }>),
    rows: value?.[key],
    page: Number(page ?? 0),
    previous: addressOf(value?.meta.previous_page_url),
    next: addressOf(value?.meta.next_page_url),
    isFiltered: Object.keys(set).length > 0,
  }
}
