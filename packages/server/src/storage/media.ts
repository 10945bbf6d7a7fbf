import { type RawBuilder, sql } from 'kysely'
import { mediaColumns, parametersOf, without } from './columns.ts'
import { textsIn } from './json-rows.ts'
import type { MediaRow as Row } from './schema.ts'
import { type Database, type Dialect, statement, type Transaction } from './statement.ts'

/** Whether the SID is one of a JSON list. */
const listed = (sids: RawBuilder<string>, dialect: Dialect) => sql<boolean>`sid in (${textsIn(sids, dialect)})`

interface Sids {
  /** JSON list. */
  sids: string
}

const bySid = statement<{ sid: string }, Row>((db, p) => db.selectFrom('media').select(mediaColumns).where('sid', '=', p('sid')))
const bySids = statement<Sids, Row>((db, p, dialect) =>
  db
    .selectFrom('media')
    .select(mediaColumns)
    .where(listed(p('sids'), dialect)),
)
const due = statement<{ now: number; limit: number }, Row>((db, p) =>
  db
    .selectFrom('media')
    .select(mediaColumns)
    .where('expires_at', '<=', p('now'))
    .orderBy('expires_at')
    .orderBy('sid')
    .limit(p('limit') as never),
)
const insert = statement<Row, unknown>((db, p) => db.insertInto('media').values(parametersOf(mediaColumns, p)))
const complete = statement<Row, { sid: string }>((db, p) =>
  db
    .updateTable('media')
    .set(parametersOf(without(mediaColumns, 'sid', 'account_sid', 'chat_service_sid', 'blob_key'), p))
    .where('sid', '=', p('sid'))
    .where('expires_at', '>', p('date_updated'))
    .returning('sid'),
)
/** Closed for everybody, also for those whose clock is behind. */
const close = statement<{ sid: string; now: number }, { sid: string }>((db, p) =>
  db
    .updateTable('media')
    .set({ uploaded: 0, expires_at: 0 })
    .where('sid', '=', p('sid'))
    .where('expires_at', '<=', p('now'))
    .returning('sid'),
)
const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('media').where('sid', '=', p('sid')))
const expire = statement<Sids & { now: number }, unknown>((db, p, dialect) =>
  db
    .updateTable('media')
    .set({ expires_at: p('now') })
    .where(listed(p('sids'), dialect)),
)

/** In the order of the SIDs, as everybody who locks several. */
export const mediaToAttach = statement<Sids, Row>((db, p, dialect) => {
  const found = db
    .selectFrom('media')
    .select(mediaColumns)
    .where(listed(p('sids'), dialect))
    .orderBy('sid')
  return dialect === 'postgres' ? found.forUpdate() : found
})

/** Media that a message takes. */
export interface Attachment extends Sids {
  conversation_sid: string
  message_sid: string
  now: number
}

export const attach = statement<Attachment, unknown>((db, p, dialect) =>
  db
    .updateTable('media')
    .set({ conversation_sid: p('conversation_sid'), message_sid: p('message_sid'), expires_at: null, date_updated: p('now') })
    .where(listed(p('sids'), dialect)),
)

/** Media of a deleted conversation or service that are still kept, so many at most: from now on they are collected. */
export const expireKept = (of: 'conversation_sid' | 'chat_service_sid') =>
  statement<{ sid: string; now: number; limit: number }, { sid: string }>((db, p) =>
    db
      .updateTable('media')
      .set({ expires_at: p('now') })
      .where('sid', 'in', (inner) =>
        inner
          .selectFrom('media')
          .select('sid')
          .where(of, '=', p('sid'))
          .where('expires_at', 'is', null)
          .limit(p('limit') as never),
      )
      .returning('sid'),
  )

export const mediaReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),

  /** Those of these SIDs that exist, in any order. */
  findMany: (sids: readonly string[]): Promise<Row[]> => db.all(bySids, { sids: JSON.stringify(sids) }),

  /** Media whose time is over; the longest overdue first. */
  due: (now: number, limit: number): Promise<Row[]> => db.all(due, { now, limit }),
})

export const mediaWriter = (tx: Transaction) => ({
  insert: (row: Row): Promise<void> => tx.run(insert, row),

  /** Writes a reserved media that has all its bytes. @returns whether it was still reserved */
  complete: async (row: Row): Promise<boolean> => (await tx.get(complete, row)) !== undefined,

  /** Lets go of media whose message was deleted: from now on they are collected. */
  expire: (sids: readonly string[], now: number): Promise<void> => tx.run(expire, { sids: JSON.stringify(sids), now }),

  /** Shuts a media whose time is over, so that nobody can send it any more. @returns whether its time is over */
  close: async (sid: string, now: number): Promise<boolean> => (await tx.get(close, { sid, now })) !== undefined,

  remove: (sid: string): Promise<void> => tx.run(remove, { sid }),
  ...mediaReader(tx),
})
