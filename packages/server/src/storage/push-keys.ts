import { parametersOf, pushKeyColumns } from './columns.ts'
import type { PushKeyRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const byName = statement<{ name: Row['name'] }, Row>((db, p) =>
  db.selectFrom('push_keys').select(pushKeyColumns).where('name', '=', p('name')),
)
const insert = statement<Row, unknown>((db, p) =>
  db
    .insertInto('push_keys')
    .values(parametersOf(pushKeyColumns, p))
    .onConflict((known) => known.column('name').doNothing()),
)

export const pushKeyReader = (db: Database) => ({
  find: (name: Row['name']): Promise<Row | undefined> => db.get(byName, { name }),
})

export const pushKeyWriter = (tx: Transaction) => ({
  /** Keeps a new key pair, unless another node was quicker. */
  insert: (row: Row): Promise<void> => tx.run(insert, row),
  ...pushKeyReader(tx),
})
