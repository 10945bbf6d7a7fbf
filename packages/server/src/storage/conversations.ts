import type { ConversationRow, ConversationRow as Row } from './schema.ts'
import { listing } from './paging.ts'
import { type Database, statement } from './statement.ts'
import type { Transaction } from './store.ts'

const bySid = statement<{ sid: string }, Row>((db, p) => db.selectFrom('conversations').selectAll().where('sid', '=', p('sid')))

const bySidLocked = statement<{ sid: string }, Row>((db, p, dialect) => {
  const selected = db.selectFrom('conversations').selectAll().where('sid', '=', p('sid'))
  return dialect === 'postgres' ? selected.forUpdate() : selected
})

const byUniqueName = statement<{ chat_service_sid: string; unique_name: string }, Row>((db, p) =>
  db
    .selectFrom('conversations')
    .selectAll()
    .where('chat_service_sid', '=', p('chat_service_sid'))
    .where('unique_name', '=', p('unique_name')),
)

const ofService = listing<{ chat_service_sid: string }, Row>({
  select: (db, p) => db.selectFrom('conversations').selectAll().where('chat_service_sid', '=', p('chat_service_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})

interface Dates {
  chat_service_sid: string
  start_date: number
  end_date: number
}

const byDate = listing<Dates, Row>({
  select: (db, p) =>
    db
      .selectFrom('conversations')
      .selectAll()
      .where('chat_service_sid', '=', p('chat_service_sid'))
      .where('date_created', '>=', p('start_date'))
      .where('date_created', '<=', p('end_date')),
  keys: ['date_created', 'sid'],
  order: 'desc',
  cursorOf: (row) => [row.date_created, row.sid],
})

const byState = listing<Dates & { state: Row['state'] }, Row>({
  select: (db, p) =>
    db
      .selectFrom('conversations')
      .selectAll()
      .where('chat_service_sid', '=', p('chat_service_sid'))
      .where('state', '=', p('state'))
      .where('date_created', '>=', p('start_date'))
      .where('date_created', '<=', p('end_date')),
  keys: ['date_created', 'sid'],
  order: 'desc',
  cursorOf: (row) => [row.date_created, row.sid],
})

const dueInactive = statement<{ now: number; limit: number }, { sid: string }>((db, p) =>
  db.selectFrom('conversations').select('sid').where('date_inactive', '<=', p('now')).orderBy('date_inactive').limit(p('limit')),
)
const dueClosed = statement<{ now: number; limit: number }, { sid: string }>((db, p) =>
  db.selectFrom('conversations').select('sid').where('date_closed', '<=', p('now')).orderBy('date_closed').limit(p('limit')),
)
const nextInactive = statement<Record<never, never>, { due: number }>((db) =>
  db
    .selectFrom('conversations')
    .select('date_inactive as due')
    .where('date_inactive', 'is not', null)
    .orderBy('date_inactive')
    .limit(1)
    .$castTo<{ due: number }>(),
)
const nextClosed = statement<Record<never, never>, { due: number }>((db) =>
  db
    .selectFrom('conversations')
    .select('date_closed as due')
    .where('date_closed', 'is not', null)
    .orderBy('date_closed')
    .limit(1)
    .$castTo<{ due: number }>(),
)

const insert = statement<Row, unknown>((db, p) =>
  db.insertInto('conversations').values({
    sid: p('sid'),
    account_sid: p('account_sid'),
    chat_service_sid: p('chat_service_sid'),
    messaging_service_sid: p('messaging_service_sid'),
    friendly_name: p('friendly_name'),
    unique_name: p('unique_name'),
    attributes: p('attributes'),
    state: p('state'),
    state_updated: p('state_updated'),
    created_by: p('created_by'),
    timer_inactive: p('timer_inactive'),
    timer_closed: p('timer_closed'),
    date_inactive: p('date_inactive'),
    date_closed: p('date_closed'),
    email_address: p('email_address'),
    email_name: p('email_name'),
    document_event_id: p('document_event_id'),
    messages_event_id: p('messages_event_id'),
    roster_event_id: p('roster_event_id'),
    next_index: p('next_index'),
    last_message_index: p('last_message_index'),
    last_message_date: p('last_message_date'),
    messages_count: p('messages_count'),
    participants_count: p('participants_count'),
    date_created: p('date_created'),
    date_updated: p('date_updated'),
  }),
)

const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('conversations')
    .set({
      messaging_service_sid: p('messaging_service_sid'),
      friendly_name: p('friendly_name'),
      unique_name: p('unique_name'),
      attributes: p('attributes'),
      state: p('state'),
      state_updated: p('state_updated'),
      timer_inactive: p('timer_inactive'),
      timer_closed: p('timer_closed'),
      date_inactive: p('date_inactive'),
      date_closed: p('date_closed'),
      email_address: p('email_address'),
      email_name: p('email_name'),
      document_event_id: p('document_event_id'),
      messages_event_id: p('messages_event_id'),
      roster_event_id: p('roster_event_id'),
      next_index: p('next_index'),
      last_message_index: p('last_message_index'),
      last_message_date: p('last_message_date'),
      messages_count: p('messages_count'),
      participants_count: p('participants_count'),
      date_created: p('date_created'),
      date_updated: p('date_updated'),
    })
    .where('sid', '=', p('sid')),
)

const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('conversations').where('sid', '=', p('sid')))
const removeMessages = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('messages').where('conversation_sid', '=', p('sid')))

/** Which conversations of a service: all in order of creation, or filtered and newest first (rest-api §1.9). */
export interface ConversationFilter {
  chat_service_sid: string
  state?: Row['state'] | undefined
  start_date?: number | undefined
  end_date?: number | undefined
}

export const conversationReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),

  findByUniqueName: (chat_service_sid: string, unique_name: string): Promise<Row | undefined> =>
    db.get(byUniqueName, { chat_service_sid, unique_name }),

  page({ chat_service_sid, state, start_date, end_date }: ConversationFilter, request: Parameters<typeof ofService>[2]) {
    if (state === undefined && start_date === undefined && end_date === undefined) return ofService(db, { chat_service_sid }, request)
    const dates = { chat_service_sid, start_date: start_date ?? 0, end_date: end_date ?? Number.MAX_SAFE_INTEGER }
    return state === undefined ? byDate(db, dates, request) : byState(db, { ...dates, state }, request)
  },

  /** SIDs of conversations whose inactivity timer, or closing timer, has run out; the longest overdue first. */
  async due(now: number, limit: number): Promise<string[]> {
    const due = [...(await db.all(dueInactive, { now, limit })), ...(await db.all(dueClosed, { now, limit }))]
    return [...new Set(due.map((row) => row.sid))]
  },

  /** When the next timer of any conversation falls due. */
  async nextDue(): Promise<number | undefined> {
    const [inactive, closed] = [await db.get(nextInactive, {}), await db.get(nextClosed, {})]
    if (!inactive || !closed) return inactive?.due ?? closed?.due
    return Math.min(inactive.due, closed.due)
  },
})

export const conversationWriter = (tx: Transaction) => ({
  ...conversationReader(tx),

  /** The row as it is now; nobody else changes it, or anything in the conversation, until this transaction ends. */
  lock: (sid: string): Promise<Row | undefined> => tx.get(bySidLocked, { sid }),

  async insert(row: Row): Promise<void> {
    await tx.run(insert, row)
  },

  /** Writes a locked row whose document has changed, and says so. */
  async saveDocument(row: ConversationRow): Promise<Row> {
    const saved = { ...row, document_event_id: row.document_event_id + 1 }
    await tx.run(save, saved)
    tx.emit({ object: 'document', sid: saved.sid, id: saved.document_event_id, kind: 'updated', conversation: saved, onlyLastMessage: false })
    return saved
  },

  /** Writes a locked row of which clients see nothing by itself (counters). */
  async save(row: Row): Promise<void> {
    await tx.run(save, row)
  },

  /** Takes the conversation and its messages away. Participants are removed before, each with its event. */
  async remove(row: Row): Promise<void> {
    await tx.run(removeMessages, { sid: row.sid })
    await tx.run(remove, { sid: row.sid })
    tx.emit({ object: 'conversation', sid: row.sid, kind: 'deleted', conversation: row })
  },
})
