import { OldPageMeta } from '@parley/protocol'
import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'
import type { Page, PageRequest } from '../storage/paging.ts'
import { bySid } from './page-tokens.ts'
import { askedPage, pageAddresses } from './paging.ts'
import { type AuthenticRequest, type Call, callOf, filterReader, type Route } from './routes.ts'

const largest = 1_000

interface OldListed<P extends string, S extends TObject, A extends TSchema, R> {
  params: S
  /** The member of the answer that holds the resources. */
  key: string
  item: A
  page(call: Call<P, Static<S>>, request: PageRequest): Promise<Page<R>>
  present(row: R, call: Call<P, Static<S>>): Static<A>
}

/** Lists resources as the `/2010-04-01` API does (rest-api §6.2): no `meta`, relative addresses, up to a thousand a page. */
export function oldListing<P extends string, S extends TObject, A extends TSchema, R>(path: P, of: OldListed<P, S, A, R>): Route {
  const filtersIn = filterReader(of.params)
  const respond = async (request: AuthenticRequest) => {
    const { values, address } = request
    const call: Call<P, Static<S>> = callOf(request, request.read(of.params))
    const asked = askedPage(values, { usual: 50, largest }, bySid)
    const found = await of.page(call, asked.request)
    const list = { address: new URL(address).pathname, filters: filtersIn(values), sorting: bySid }
    const { first, previous, current, next } = pageAddresses(list, asked, found)
    const start = asked.page * asked.size
    return {
      [of.key]: found.rows.map((row) => of.present(row, call)),
      uri: current,
      first_page_uri: first,
      next_page_uri: next,
      previous_page_uri: previous,
      page: asked.page,
      page_size: asked.size,
      start,
      end: start + Math.max(0, found.rows.length - 1),
    } satisfies Static<typeof OldPageMeta> & Record<string, unknown>
  }
  const answer = Type.Composite([Type.Object({ [of.key]: Type.Array(of.item) }), OldPageMeta])
  return { method: 'GET', path, params: of.params, status: 200, answer, largest, respond }
}
