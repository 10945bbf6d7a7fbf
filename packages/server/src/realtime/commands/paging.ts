import { isSid, ParleyError } from '@parley/protocol'
import type { Cursor, Page, PageRequest } from '../../storage/paging.ts'

const largestPage = 100
const defaultPage = 50

/**
 * A page token carries size, direction and position: later pages are asked for by the token alone (wire-protocol §9.15). What is paged is a
 * user's conversations, by their SIDs.
 */
export function pageRequest(query: Readonly<Record<string, string | undefined>>): PageRequest {
  const token = query['PageToken']
  if (token) return fromToken(token)
  const size = Number(query['PageSize'] ?? defaultPage)
  return { limit: Number.isInteger(size) && size > 0 ? Math.min(size, largestPage) : defaultPage }
}

function fromToken(token: string): PageRequest {
  try {
    const { s, c, b }: Record<string, unknown> = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    const good = typeof s === 'number' && Number.isInteger(s) && s > 0 && s <= largestPage
    if (good && Array.isArray(c) && c.length === 1 && isSid('conversation', String(c[0])))
      return { limit: s, cursor: [String(c[0])], backwards: b === 1 }
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
