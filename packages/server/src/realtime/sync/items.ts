import { isoInstant, ParleyError, syncObjectSid } from '@parley/protocol'
import type { Context } from '../../domain/context.ts'
import type { UserInfoKey } from '../../storage/changes.ts'
import { behindEverySid } from '../../storage/participants.ts'
import type { ParticipantRow, UserRow } from '../../storage/schema.ts'
import { type OpenedObject, objectUrl } from './objects.ts'
import { messageData, myConversationData, rosterData, userInfoData, userInfoKeys } from './views.ts'

/**
 * Items of lists and maps, page by page (wire-protocol §4.6). Newer clients repeat order and size and say where to start (`From`, that item
 * included); older ones send nothing but our token, which therefore carries all three.
 */
export interface Window {
  order: 'asc' | 'desc'
  size: number
  /** Where to start: an index or a key, itself included; the first in this order when absent. */
  from?: string | number | undefined
}

/** One item, whatever its object. */
interface Item {
  key: string | number
  data: object
  last_event_id: number
  date_created: number
  date_updated: number
}

/** A hundred, and the one beside which newer clients let a page begin: they ask for one more and leave it out. */
const largestPage = 101
const defaultPage = 50

/** What the query of an item request asks for. */
export function windowOf(query: Readonly<Record<string, string | undefined>>): Token {
  if (query['PageToken']) return fromToken(query['PageToken'])
  const size = Number(query['PageSize'] ?? defaultPage)
  return {
    order: query['Order']?.toLowerCase() === 'desc' ? 'desc' : 'asc',
    size: Number.isInteger(size) && size > 0 ? Math.min(size, largestPage) : defaultPage,
    from: query['From'],
  }
}

interface Token extends Window {
  /** The item at `from` was shown already: the page begins behind it, or ends right before it. */
  beside?: 'behind' | 'before' | undefined
}

function fromToken(token: string): Token {
  try {
    const { o, s, f, b }: Record<string, unknown> = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    const size = typeof s === 'number' && Number.isInteger(s) && s > 0 && s <= largestPage ? s : undefined
    if ((o === 'asc' || o === 'desc') && size && isPlace(f) && (b === 'behind' || b === 'before'))
      return { order: o, size, from: f, beside: b }
  } catch {
    // Refused below, as every token that is not ours.
  }
  throw new ParleyError('parameter-invalid', { text: 'Invalid parameter PageToken', details: { field: 'PageToken' } })
}

const isPlace = (value: unknown): value is string | number =>
  typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && !value.includes('\0')

const toToken = ({ order, size, from, beside }: Token) =>
  Buffer.from(JSON.stringify({ o: order, s: size, f: from, b: beside })).toString('base64url')

/** A page of items, as the client reads it. Tokens are there exactly when there are items behind or before, in the order asked for. */
export async function itemPage(ctx: Context, opened: OpenedObject, window: Token) {
  const { order, size, from, beside } = window
  const reversed = order === 'asc' ? 'desc' : 'asc'
  const backwards = beside === 'before'
  const read = await readItems(ctx, opened, backwards ? reversed : order, from, size + 2)
  const found = beside ? read.filter((item) => item.key !== from) : read
  const items = found.slice(0, size)
  const more = found.length > size
  // What was read from its end is turned round; behind it lies at least the item it was read from.
  if (backwards) return page(opened, items.toReversed(), window, { previous: more, next: true })
  const [first] = items
  // In front of the outermost there is nothing.
  const before = first === undefined || from === undefined ? [] : await readItems(ctx, opened, reversed, first.key, 2)
  return page(opened, items, window, { previous: before.length > 1, next: more })
}

function page(opened: OpenedObject, items: Item[], { order, size }: Window, has: { next: boolean; previous: boolean }) {
  const token = (item: Item | undefined, beside: 'behind' | 'before') => item && toToken({ order, size, from: item.key, beside })
  return {
    items: items.map(itemWriter(opened)),
    meta: {
      key: 'items',
      page_size: size,
      previous_token: (has.previous && token(items[0], 'before')) || null,
      next_token: (has.next && token(items.at(-1), 'behind')) || null,
    },
    /** The newest event that the page shows. */
    lastEventId: Math.max(0, ...items.map((item) => item.last_event_id)),
  }
}

/** The item with this key or index, in a page of its own; an empty page when there is none. */
export async function singleItem(ctx: Context, opened: OpenedObject, key: string) {
  const from = opened.object.kind === 'messages' ? Number(key) : key
  const found = Number.isNaN(from) ? [] : await readItems(ctx, opened, 'asc', from, 1)
  const items = found.filter((item) => item.key === from)
  return page(opened, items, { order: 'asc', size: defaultPage }, { next: false, previous: false })
}

/** All items at once, for the small maps that are read with `Include=items`. */
export async function allItems(ctx: Context, opened: OpenedObject) {
  const items = await readItems(ctx, opened, 'asc', undefined, largestPage)
  return items.map(itemWriter(opened))
}

/** Writes items of one object: what all of them share is worked out once. */
function itemWriter({ object }: OpenedObject) {
  const isList = object.kind === 'messages'
  const sid = syncObjectSid(object)
  const items = `${objectUrl(object)}/Items/`
  return (item: Item) => {
    const date_created = isoInstant(item.date_created)
    return {
      data: item.data,
      last_event_id: item.last_event_id,
      revision: String(item.last_event_id),
      url: items + item.key,
      date_created,
      date_updated: item.date_updated === item.date_created ? date_created : isoInstant(item.date_updated),
      date_expires: null,
      created_by: 'system',
      // What is undefined is not written; to put an object together from others would cost more.
      index: isList ? item.key : undefined,
      list_sid: isList ? sid : undefined,
      key: isList ? undefined : item.key,
      map_sid: isList ? undefined : sid,
    }
  }
}

async function readItems(
  ctx: Context,
  { object, owner }: OpenedObject,
  order: 'asc' | 'desc',
  from: string | number | undefined,
  limit: number,
): Promise<Item[]> {
  const { messages, participants } = ctx.store.read
  const backwards = order === 'desc'
  if ('user' in owner) {
    if (object.kind === 'userInfo') return infoItems(owner.user, order, from, limit)
    const rows = await participants.mineFrom(owner.user.sid, String(from ?? (backwards ? behindEverySid : '')), backwards, limit)
    return rows.map((row) => ({
      key: row.conversation_sid,
      data: myConversationData(row),
      last_event_id: row.mine_event_id ?? 0,
      ...datesOf(row),
    }))
  }
  const { sid } = owner.conversation
  if (object.kind === 'messages') {
    const rows = await messages.from(sid, indexOf(from, backwards), backwards, limit)
    return rows.map((row) => ({ key: row.position, data: messageData(row), last_event_id: row.event_id, ...datesOf(row) }))
  }
  const rows = await participants.rosterFrom(sid, String(from ?? (backwards ? behindEverySid : '')), backwards, limit)
  return rows.map((row) => ({ key: row.sid, data: rosterData(row), last_event_id: row.event_id, ...datesOf(row) }))
}

/** The message index that is meant; the outermost for anything that is no index. */
function indexOf(from: string | number | undefined, backwards: boolean): number {
  const index = from === undefined ? Number.NaN : Math.trunc(Number(from))
  if (Number.isNaN(index)) return backwards ? Number.MAX_SAFE_INTEGER : 0
  return Math.min(Math.max(index, -1), Number.MAX_SAFE_INTEGER)
}

const datesOf = ({ date_created, date_updated }: Pick<ParticipantRow, 'date_created' | 'date_updated'>) => ({ date_created, date_updated })

function infoItems(user: UserRow, order: 'asc' | 'desc', from: string | number | undefined, limit: number): Item[] {
  const ids: Record<UserInfoKey, number> = {
    friendlyName: user.friendly_name_event_id,
    attributes: user.attributes_event_id,
    reachability: user.reachability_event_id,
  }
  const sorted: readonly UserInfoKey[] = order === 'asc' ? userInfoKeys : userInfoKeys.toReversed()
  return sorted
    .filter((key) => from === undefined || (order === 'asc' ? key >= String(from) : key <= String(from)))
    .slice(0, limit)
    .map((key) => ({ key, data: userInfoData(user, key), last_event_id: ids[key], ...datesOf(user) }))
}
