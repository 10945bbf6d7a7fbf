import { consoleSessionColumns, parametersOf } from './columns.ts'
import type { ConsoleSessionRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const byDigest = statement<{ digest: string }, Row>((db, p) =>
  db.selectFrom('console_sessions').select(consoleSessionColumns).where('digest', '=', p('digest')),
)
const insert = statement<Row, unknown>((db, p) => db.insertInto('console_sessions').values(parametersOf(consoleSessionColumns, p)))
const extend = statement<Pick<Row, 'digest' | 'expires_at'>, unknown>((db, p) =>
  db
    .updateTable('console_sessions')
    .set({ expires_at: p('expires_at') })
    .where('digest', '=', p('digest')),
)
const remove = statement<{ digest: string }, unknown>((db, p) => db.deleteFrom('console_sessions').where('digest', '=', p('digest')))
const removeExpired = statement<{ now: number; limit: number }, { digest: string }>((db, p) =>
  db
    .deleteFrom('console_sessions')
    .where('digest', 'in', (old) =>
      old
        .selectFrom('console_sessions')
        .select('digest')
        .where('expires_at', '<=', p('now'))
        .orderBy('expires_at')
        .orderBy('digest')
        .limit(p('limit') as never),
    )
    .returning('digest'),
)

export const consoleSessionReader = (db: Database) => ({
  find: (digest: string): Promise<Row | undefined> => db.get(byDigest, { digest }),
})

export const consoleSessionWriter = (tx: Transaction) => ({
  ...consoleSessionReader(tx),
  insert: (row: Row): Promise<void> => tx.run(insert, row),
  /** Lets a session end later. */
  extend: ({ digest, expires_at }: Row): Promise<void> => tx.run(extend, { digest, expires_at }),
  remove: (digest: string): Promise<void> => tx.run(remove, { digest }),
  /** Takes away those that have ended, so many at most. @returns how many */
  removeExpired: async (now: number, limit: number): Promise<number> => (await tx.all(removeExpired, { now, limit })).length,
})
