import { isSid, ParleyError, type SidKind } from '@parley/protocol'
import type { Cursor, Page, PageRequest } from '../../storage/paging.ts'

const largestPage = 100
const defaultPage = 50

/**
 * A page token carries size, direction and position: later pages are asked for by the token alone (wire-protocol §9.15).
 *
 * @param fits whether the cursor in a token is one of this list
 */
export function pageRequest(query: Readonly<Record<string, string | undefined>>, fits: (cursor: Cursor) => boolean): PageRequest {
  const token = query['PageToken']
  if (token) return fromToken(token, fits)
  const size = Number(query['PageSize'] ?? defaultPage)
  return { limit: Number.isInteger(size) && size > 0 ? Math.min(size, largestPage) : defaultPage }
}

/** Cursors of a list that is ordered by the SIDs of one kind. */
export const bySidOf =
  (kind: SidKind) =>
  ([sid, ...rest]: Cursor): boolean =>
    rest.length === 0 && typeof sid === 'string' && isSid(kind, sid)

function fromToken(token: string, fits: (cursor: Cursor) => boolean): PageRequest {
  try {
    const { s, c, b }: Record<string, unknown> = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    const good = typeof s === 'number' && Number.isInteger(s) && s > 0 && s <= largestPage
    if (good && Array.isArray(c) && fits(c)) return { limit: s, cursor: c, backwards: b === 1 }
  } catch {
    // Refused below, as every token that is not ours.
  }
  throw new ParleyError('parameter-invalid', { text: 'Invalid parameter PageToken', details: { field: 'PageToken' } })
}

/** The `meta` of a list; a token is literally null at the end (wire-protocol §9.3). */
export function pageMeta({ next, previous }: Page<unknown>, { limit }: PageRequest) {
  const token = (cursor: Cursor | null, backwards: boolean) =>
    cursor && Buffer.from(JSON.stringify({ s: limit, c: cursor, ...(backwards ? { b: 1 } : {}) })).toString('base64url')
  return { page_size: limit, previous_token: token(previous, true), next_token: token(next, false) }
}
