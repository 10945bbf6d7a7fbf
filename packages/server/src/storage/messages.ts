import type { MessageMedia } from '@parley/protocol'
import { sql } from 'kysely'
import { messageColumns, parametersOf, without } from './columns.ts'
import { textsIn } from './json-rows.ts'
import { mediaWriter } from './media.ts'
import { listing, type Page, type PageRequest } from './paging.ts'
import { receiptWriter } from './receipts.ts'
import type { ConversationRow, MessageRow as Row } from './schema.ts'
import { type Database, keptStatement, statement, type Transaction } from './statement.ts'

const live = (db: Parameters<Parameters<typeof statement>[0]>[0]) =>
  db.selectFrom('messages').select(messageColumns).where('removed_at', 'is', null)

const bySid = statement<{ conversation_sid: string; sid: string }, Row>((db, p) =>
  live(db).where('sid', '=', p('sid')).where('conversation_sid', '=', p('conversation_sid')),
)

/** Messages by their SIDs, removed ones too. */
export const sentMessages = statement<{ sids: string }, Row>((db, p, dialect) =>
  db
    .selectFrom('messages')
    .select(messageColumns)
    .where(sql<boolean>`sid in (${textsIn(p('sids'), dialect)})`),
)

const anywhere = statement<{ sid: string }, Row>((db, p) => live(db).where('sid', '=', p('sid')))

/** What all messages of a page have in common. */
const shared = ['account_sid', 'chat_service_sid', 'conversation_sid'] as const

/** What a page reads of each message: every value costs, and of half of them nobody is told, or they are known. */
const pagedColumns = without(
  messageColumns,
  ...shared,
  'subject',
  'channel_metadata',
  'recipients',
  'last_updated_by',
  'created_event_id',
  'event_id',
  'removed_at',
)
/** A message of a page. */
export type PagedMessage = Pick<Row, (typeof shared | typeof pagedColumns)[number]>

const inOrder = (order: 'asc' | 'desc') =>
  listing<{ conversation_sid: string }, Pick<Row, (typeof pagedColumns)[number]>>({
    select: (db, p) =>
      db.selectFrom('messages').select(pagedColumns).where('removed_at', 'is', null).where('conversation_sid', '=', p('conversation_sid')),
    keys: ['position'],
    order,
    cursorOf: (row) => [row.position],
  })
const pages = { asc: inOrder('asc'), desc: inOrder('desc') }

interface From {
  conversation_sid: string
  from: number
  limit: number
}
const upwards = statement<From, Row>((db, p) =>
  live(db)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('position', '>=', p('from'))
    .orderBy('position')
    .limit(p('limit') as never),
)
const downwards = statement<From, Row>((db, p) =>
  live(db)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('position', '<=', p('from'))
    .orderBy('position', 'desc')
    .limit(p('limit') as never),
)

const at = statement<{ conversation_sid: string; from: number }, { position: number; created_event_id: number }>((db, p) =>
  db
    .selectFrom('messages')
    .select(['position', 'created_event_id'])
    .where('removed_at', 'is', null)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('position', '>=', p('from'))
    .orderBy('position')
    .limit(1),
)
const createdFrom = keptStatement<From & { after: number }, Row>((db, p) =>
  live(db)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('position', '>=', p('from'))
    .where('created_event_id', '>', p('after'))
    .orderBy('position')
    .limit(p('limit') as never),
)
const changedAfter = keptStatement<{ conversation_sid: string; after: number; limit: number }, Row>((db, p) =>
  db
    .selectFrom('messages')
    .select(messageColumns)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('event_id', '>', p('after'))
    .where(sql<boolean>`event_id <> created_event_id`)
    .orderBy('event_id')
    .limit(p('limit') as never),
)
const newest = statement<{ conversation_sid: string }, Row>((db, p) =>
  live(db).where('conversation_sid', '=', p('conversation_sid')).orderBy('position', 'desc').limit(1),
)
const unread = statement<{ conversation_sid: string; after: number; reader: string; limit: number }, { count: number }>((db, p) =>
  db
    .selectFrom((inner) =>
      inner
        .selectFrom('messages')
        .select('position')
        .where('conversation_sid', '=', p('conversation_sid'))
        .where('position', '>', p('after'))
        .where('removed_at', 'is', null)
        .where('author', '<>', p('reader'))
        .orderBy('position')
        .limit(p('limit') as never)
        .as('unread'),
    )
    .select((count) => count.fn.countAll<number>().as('count')),
)
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('messages')
    .set(
      parametersOf(
        without(messageColumns, 'sid', 'account_sid', 'chat_service_sid', 'conversation_sid', 'position', 'created_event_id'),
        p,
      ),
    )
    .where('sid', '=', p('sid')),
)
const countMessages = statement<
  Pick<ConversationRow, 'sid' | 'messages_event_id' | 'messages_count' | 'last_message_index' | 'last_message_date'>,
  unknown
>((db, p) =>
  db
    .updateTable('conversations')
    .set({
      messages_event_id: p('messages_event_id'),
      messages_count: p('messages_count'),
      last_message_index: p('last_message_index'),
      last_message_date: p('last_message_date'),
    })
    .where('sid', '=', p('sid')),
)

/** A portion of what changed: every change up to the event `complete`. */
export interface ChangedMessages {
  rows: Row[]
  complete: number
}

export const messageReader = (db: Database) => {
  /** The first position whose message came after an event: positions and creating events grow together, so it can be searched by halves. */
  async function firstCreatedAfter(conversation_sid: string, after: number, next_index: number): Promise<number> {
    let low = 0
    let high = next_index
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const found = await db.get(at, { conversation_sid, from: middle })
      if (!found || found.position >= high) high = middle
      else if (found.created_event_id > after) high = middle
      else low = found.position + 1
    }
    return low
  }

  return {
    find: (conversation_sid: string, sid: string): Promise<Row | undefined> => db.get(bySid, { conversation_sid, sid }),
    /** For those who do not know in which conversation it is. */
    findAnywhere: (sid: string): Promise<Row | undefined> => db.get(anywhere, { sid }),
    newest: (conversation_sid: string): Promise<Row | undefined> => db.get(newest, { conversation_sid }),

    async page(
      { sid: conversation_sid, account_sid, chat_service_sid }: Pick<ConversationRow, 'sid' | 'account_sid' | 'chat_service_sid'>,
      order: 'asc' | 'desc',
      request: PageRequest,
    ): Promise<Page<PagedMessage>> {
      const page = await pages[order](db, { conversation_sid }, request)
      return { ...page, rows: page.rows.map((row) => ({ account_sid, chat_service_sid, conversation_sid, ...row })) }
    },

    /** Items of the messages list from an index on, that index included. */
    from: (conversation_sid: string, from: number, backwards: boolean, limit: number): Promise<Row[]> =>
      db.all(backwards ? downwards : upwards, { conversation_sid, from, limit }),

    /**
     * What changed in a conversation's messages after an event, tombstones included (wire-protocol §4.5), in portions: all changes up to
     * and including the event `complete` are told. Untouched messages are found through their position, which spares the hot path an
     * index over event ids.
     */
    async changedAfter(
      conversation: Pick<ConversationRow, 'sid' | 'next_index' | 'messages_event_id'>,
      after: number,
      limit: number,
    ): Promise<ChangedMessages> {
      const conversation_sid = conversation.sid
      const events = conversation.messages_event_id - after
      if (events <= 0) return { rows: [], complete: conversation.messages_event_id }
      // No more messages than events can have come since: with few events the tail of the list holds them all.
      const from =
        events <= limit
          ? Math.max(0, conversation.next_index - events)
          : await firstCreatedAfter(conversation_sid, after, conversation.next_index)
      const created = await db.all(createdFrom, { conversation_sid, from, after, limit })
      const changed = await db.all(changedAfter, { conversation_sid, after, limit })
      // The queries may see later commits than the counter did: what came behind it is told by others, not here.
      const complete = Math.min(
        conversation.messages_event_id,
        created.length < limit ? Number.POSITIVE_INFINITY : (created.at(-1)?.created_event_id ?? 0),
        changed.length < limit ? Number.POSITIVE_INFINITY : (changed.at(-1)?.event_id ?? 0),
      )
      const rows = [...new Map([...created, ...changed].map((row) => [row.sid, row])).values()]
      return {
        rows: rows.filter((row) => row.event_id <= complete || (row.created_event_id > after && row.created_event_id <= complete)),
        complete,
      }
    },

    /** How many messages of others lie behind a read position; counted up to `limit`. */
    countUnread: async (conversation_sid: string, after: number, reader: string, limit: number): Promise<number> =>
      (await db.get(unread, { conversation_sid, after, reader, limit }))?.count ?? 0,
  }
}

export const messageWriter = (tx: Transaction) => ({
  /** Writes a changed message of a locked conversation, and says so. */
  async save(conversation: ConversationRow, changed: Row): Promise<Row> {
    const message = { ...changed, event_id: conversation.messages_event_id + 1 }
    await tx.run(save, message)
    await tx.run(countMessages, { ...conversation, messages_event_id: message.event_id })
    tx.emit({ object: 'messages', sid: conversation.sid, id: message.event_id, kind: 'updated', message })
    return message
  },

  /** Takes a message of a locked conversation away; a bare tombstone stays. @returns the conversation, with the newest message it has now */
  async remove(conversation: ConversationRow, row: Row, now: number): Promise<ConversationRow> {
    const event_id = conversation.messages_event_id + 1
    const message: Row = {
      ...row,
      body: null,
      subject: null,
      attributes: '{}',
      media: null,
      content_sid: null,
      delivery: null,
      channel_metadata: null,
      recipients: null,
      event_id,
      removed_at: now,
    }
    await tx.run(save, message)
    if (row.delivery !== null) await receiptWriter(tx).removeOf(row.sid)
    if (row.media !== null)
      await mediaWriter(tx).expire(
        (JSON.parse(row.media) as MessageMedia[]).map(({ sid }) => sid),
        now,
      )
    const last = conversation.last_message_index === row.position ? await tx.get(newest, { conversation_sid: conversation.sid }) : undefined
    const wasLast = conversation.last_message_index === row.position
    const counted: ConversationRow = {
      ...conversation,
      messages_event_id: event_id,
      messages_count: conversation.messages_count - 1,
      last_message_index: wasLast ? (last?.position ?? null) : conversation.last_message_index,
      last_message_date: wasLast ? (last?.date_created ?? null) : conversation.last_message_date,
    }
    await tx.run(countMessages, counted)
    tx.emit({ object: 'messages', sid: conversation.sid, id: event_id, kind: 'removed', message })
    return counted
  },
  ...messageReader(tx),
})
