import { ParleyError } from '@parley/protocol'
import type { Cursor } from '../storage/paging.ts'

/** How a list is sorted: its direction, and the kinds of the keys that a cursor holds. */
export interface Sorting {
  order: 'asc' | 'desc'
  keys: readonly ('text' | 'number')[]
}

/** Lists in order of creation: SIDs grow with time. */
export const bySid: Sorting = { order: 'asc', keys: ['text'] }

/** Such lists, backwards. */
export const newestFirst: Sorting = { order: 'desc', keys: ['text'] }

/** A place in a list, and the direction to read on from there. */
export interface Bookmark {
  cursor: Cursor
  backwards: boolean
}

/** The text of a bookmark: `PT` and the base64 of a JSON object, as callers know them (rest-api §1.9). */
export function toPageToken({ cursor, backwards }: Bookmark, { order }: Sorting): string {
  return `PT${Buffer.from(JSON.stringify({ order, cursor, ...(backwards ? { backwards } : {}) })).toString('base64url')}`
}

/** The bookmark in a token. @throws 20001 for anything that was not made by a list sorted like this one */
export function fromPageToken(token: string, sorting: Sorting): Bookmark {
  try {
    if (!token.startsWith('PT')) throw new TypeError('no token')
    const { order, cursor, backwards = false } = JSON.parse(Buffer.from(token.slice(2), 'base64url').toString('utf8'))
    if (order !== sorting.order || typeof backwards !== 'boolean') throw new TypeError('a token of another list')
    return { cursor: cursorOf(cursor, sorting), backwards }
  } catch (cause) {
    throw new ParleyError('parameter-invalid', { text: 'Invalid page token', details: { field: 'PageToken' }, cause })
  }
}

/** What a token says ends in a query: nothing but keys of the right kind may get there. */
function cursorOf(values: unknown, { keys }: Sorting): Cursor {
  if (!Array.isArray(values) || values.length !== keys.length) throw new TypeError('other keys')
  const fits = values.every((value, at) =>
    keys[at] === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && /^[A-Z]{2}[0-9a-f]{32}$/.test(value),
  )
  if (!fits) throw new TypeError('other keys')
  return values
}
