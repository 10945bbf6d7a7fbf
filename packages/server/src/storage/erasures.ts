import { sql } from 'kysely'
import { erasureColumns, parametersOf, without } from './columns.ts'
import type { ErasureRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const isRunning = sql<boolean>`identity is not null`

const bySid = statement<{ sid: string }, Row>((db, p) => db.selectFrom('erasures').select(erasureColumns).where('sid', '=', p('sid')))
const byIdentity = statement<{ chat_service_sid: string; identity: string }, Row>((db, p) =>
  db
    .selectFrom('erasures')
    .select(erasureColumns)
    .where('chat_service_sid', '=', p('chat_service_sid'))
    .where('identity', '=', p('identity'))
    .where(isRunning),
)
const oldest = statement<Record<never, never>, Row>((db) =>
  db.selectFrom('erasures').select(erasureColumns).where(isRunning).orderBy('date_created').orderBy('sid').limit(1),
)
const oldestLocked = statement<Record<never, never>, Row>((db, _, dialect) => {
  const selected = db.selectFrom('erasures').select(erasureColumns).where(isRunning).orderBy('date_created').orderBy('sid').limit(1)
  return dialect === 'postgres' ? selected.forUpdate().skipLocked() : selected
})
const insert = statement<Row, unknown>((db, p) => db.insertInto('erasures').values(parametersOf(erasureColumns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('erasures')
    .set(parametersOf(without(erasureColumns, 'sid', 'account_sid', 'chat_service_sid', 'date_created'), p))
    .where('sid', '=', p('sid')),
)

export const erasureReader = (db: Database) => ({
  /** By the SID of the user. */
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  /** That of an identity, while it goes on: when it is completed, the identity is known no more. */
  findRunning: (chat_service_sid: string, identity: string): Promise<Row | undefined> => db.get(byIdentity, { chat_service_sid, identity }),
  /** What waits longest to be gone on with. */
  oldest: (): Promise<Row | undefined> => db.get(oldest, {}),
})

export const erasureWriter = (tx: Transaction) => ({
  /** What waits longest, and no other node works on; it is this transaction's. */
  claim: (): Promise<Row | undefined> => tx.get(oldestLocked, {}),
  insert: (row: Row): Promise<void> => tx.run(insert, row),
  save: (row: Row): Promise<void> => tx.run(save, row),
  ...erasureReader(tx),
})
