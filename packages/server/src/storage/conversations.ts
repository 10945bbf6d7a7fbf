import { sql } from 'kysely'
import { conversationColumns, parametersOf, without } from './columns.ts'
import { textsIn } from './json-rows.ts'
import { listing } from './paging.ts'
import { purgeWriter } from './purges.ts'
import type { ConversationRow, ConversationRow as Row } from './schema.ts'
import { type Database, keptStatement, statement, type Transaction } from './statement.ts'

const bySid = keptStatement<{ sid: string }, Row>((db, p) =>
  db.selectFrom('conversations').select(conversationColumns).where('sid', '=', p('sid')),
)

const bySidLocked = statement<{ sid: string }, Row>((db, p, dialect) => {
  const selected = db.selectFrom('conversations').select(conversationColumns).where('sid', '=', p('sid'))
  return dialect === 'postgres' ? selected.forUpdate() : selected
})

const byUniqueName = statement<{ chat_service_sid: string; unique_name: string }, Row>((db, p) =>
  db
    .selectFrom('conversations')
    .select(conversationColumns)
    .where('chat_service_sid', '=', p('chat_service_sid'))
    .where('unique_name', '=', p('unique_name')),
)

const byGroup = statement<{ account_sid: string; group_addresses: string }, Row>((db, p) =>
  db
    .selectFrom('conversations')
    .select(conversationColumns)
    .where('account_sid', '=', p('account_sid'))
    .where('group_addresses', '=', p('group_addresses')),
)

const ofService = listing<{ chat_service_sid: string }, Row>({
  select: (db, p) => db.selectFrom('conversations').select(conversationColumns).where('chat_service_sid', '=', p('chat_service_sid')),
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
  select: (db, p) => db.selectFrom('conversations').select(conversationColumns).where('chat_service_sid', '=', p('chat_service_sid')),
  range: { from: 'start_date', to: 'end_date' },
  keys: ['date_created', 'sid'],
  order: 'desc',
  cursorOf: (row) => [row.date_created, row.sid],
})

const byState = listing<Dates & { state: Row['state'] }, Row>({
  select: (db, p) =>
    db
      .selectFrom('conversations')
      .select(conversationColumns)
      .where('chat_service_sid', '=', p('chat_service_sid'))
      .where('state', '=', p('state')),
  range: { from: 'start_date', to: 'end_date' },
  keys: ['date_created', 'sid'],
  order: 'desc',
  cursorOf: (row) => [row.date_created, row.sid],
})

/** The rows of a deleted service are taken away by and by; until then their timers rest. */
const ofLiveService = sql<boolean>`exists (select 1 from services where services.sid = conversations.chat_service_sid)`

type Timer = 'date_inactive' | 'date_closed'
const due = (timer: Timer) =>
  statement<{ now: number; except: string; limit: number }, { sid: string }>((db, p, dialect) =>
    db
      .selectFrom('conversations')
      .select('sid')
      .where(timer, '<=', p('now'))
      .where(ofLiveService)
      .where(sql<boolean>`sid not in (${textsIn(p('except'), dialect)})`)
      .orderBy(timer)
      .limit(p('limit')),
  )
const next = (timer: Timer) =>
  statement<{ except: string }, { due: number }>((db, p, dialect) =>
    db
      .selectFrom('conversations')
      .select(`${timer} as due`)
      .where(timer, 'is not', null)
      .where(ofLiveService)
      .where(sql<boolean>`sid not in (${textsIn(p('except'), dialect)})`)
      .orderBy(timer)
      .limit(1)
      .$castTo<{ due: number }>(),
  )
const dueInactive = due('date_inactive')
const dueClosed = due('date_closed')
const nextInactive = next('date_inactive')
const nextClosed = next('date_closed')

const insert = statement<Row, unknown>((db, p) => db.insertInto('conversations').values(parametersOf(conversationColumns, p)))

const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('conversations')
    .set(parametersOf(without(conversationColumns, 'sid', 'account_sid', 'chat_service_sid'), p))
    .where('sid', '=', p('sid')),
)

const saveGroup = statement<Pick<Row, 'sid' | 'group_addresses'>, unknown>((db, p) =>
  db
    .updateTable('conversations')
    .set({ group_addresses: p('group_addresses') })
    .where('sid', '=', p('sid')),
)

const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('conversations').where('sid', '=', p('sid')))

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

  /** The open group of these numbers. */
  findGroup: (account_sid: string, group_addresses: string): Promise<Row | undefined> => db.get(byGroup, { account_sid, group_addresses }),

  page({ chat_service_sid, state, start_date, end_date }: ConversationFilter, request: Parameters<typeof ofService>[2]) {
    if (state === undefined && start_date === undefined && end_date === undefined) return ofService(db, { chat_service_sid }, request)
    const dates = { chat_service_sid, start_date: start_date ?? Number.MIN_SAFE_INTEGER, end_date: end_date ?? Number.MAX_SAFE_INTEGER }
    return state === undefined ? byDate(db, dates, request) : byState(db, { ...dates, state }, request)
  },

  /** SIDs of conversations whose inactivity timer, or closing timer, has run out, but for some; the longest overdue first. */
  async due(now: number, limit: number, except: readonly string[] = []): Promise<string[]> {
    const asked = { now, limit, except: JSON.stringify(except) }
    const due = [...(await db.all(dueInactive, asked)), ...(await db.all(dueClosed, asked))]
    return [...new Set(due.map((row) => row.sid))]
  },

  /** When the next timer of any conversation falls due, but for some. */
  async nextDue(except: readonly string[] = []): Promise<number | undefined> {
    const asked = { except: JSON.stringify(except) }
    const [inactive, closed] = [await db.get(nextInactive, asked), await db.get(nextClosed, asked)]
    if (!inactive || !closed) return inactive?.due ?? closed?.due
    return Math.min(inactive.due, closed.due)
  },
})

export const conversationWriter = (tx: Transaction) => ({
  /** The row as it is now; nobody else changes it, or anything in the conversation, until this transaction ends. */
  lock: (sid: string): Promise<Row | undefined> => tx.get(bySidLocked, { sid }),

  async insert(row: Row): Promise<void> {
    await tx.run(insert, row)
  },

  /** Writes a locked row whose document has changed, and says so. */
  async saveDocument(row: ConversationRow): Promise<Row> {
    const saved = { ...row, document_event_id: row.document_event_id + 1 }
    await tx.run(save, saved)
    tx.emit({
      object: 'document',
      sid: saved.sid,
      id: saved.document_event_id,
      kind: 'updated',
      conversation: saved,
      onlyLastMessage: false,
    })
    return saved
  },

  /** Writes a locked row of which clients see nothing by itself (counters). */
  async save(row: Row): Promise<void> {
    await tx.run(save, row)
  },

  /** Writes the name of a locked conversation's group. */
  saveGroup: (row: Pick<Row, 'sid' | 'group_addresses'>): Promise<void> => tx.run(saveGroup, row),

  /** Takes the conversation away; its messages, which nobody reaches any more, follow by and by. Participants are removed before. */
  async remove(row: Row, now: number): Promise<void> {
    await tx.run(remove, { sid: row.sid })
    await purgeWriter(tx).insert({ sid: row.sid, date_created: now })
    tx.emit({ object: 'conversation', sid: row.sid, kind: 'deleted', conversation: row })
  },
  ...conversationReader(tx),
})
