import { parametersOf, presenceColumns } from './columns.ts'
import type { PresenceRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const ofUser = statement<{ user_sid: string; now: number }, Row>((db, p) =>
  db.selectFrom('presences').select(presenceColumns).where('user_sid', '=', p('user_sid')).where('expires_at', '>', p('now')).limit(1),
)
const expired = statement<{ now: number; limit: number }, Row>((db, p) =>
  db
    .selectFrom('presences')
    .select(presenceColumns)
    .where('expires_at', '<=', p('now'))
    .orderBy('expires_at')
    .limit(p('limit') as never),
)
const put = statement<Row, unknown>((db, p) =>
  db
    .insertInto('presences')
    .values(parametersOf(presenceColumns, p))
    .onConflict((known) => known.columns(['user_sid', 'node_sid']).doUpdateSet({ expires_at: p('expires_at') })),
)
const renew = statement<{ node_sid: string; expires_at: number }, unknown>((db, p) =>
  db
    .updateTable('presences')
    .set({ expires_at: p('expires_at') })
    .where('node_sid', '=', p('node_sid')),
)
const remove = statement<{ user_sid: string; node_sid: string }, unknown>((db, p) =>
  db.deleteFrom('presences').where('user_sid', '=', p('user_sid')).where('node_sid', '=', p('node_sid')),
)

export const presenceReader = (db: Database) => ({
  /** Whether some live node has a connection of the user. */
  isOnline: async (user_sid: string, now: number): Promise<boolean> => (await db.get(ofUser, { user_sid, now })) !== undefined,
  /** Presences whose node did not renew them. */
  expired: (now: number, limit: number): Promise<Row[]> => db.all(expired, { now, limit }),
})

export const presenceWriter = (tx: Transaction) => ({
  put: (row: Row): Promise<void> => tx.run(put, row),
  renew: (node_sid: string, expires_at: number): Promise<void> => tx.run(renew, { node_sid, expires_at }),
  remove: (user_sid: string, node_sid: string): Promise<void> => tx.run(remove, { user_sid, node_sid }),
  ...presenceReader(tx),
})
