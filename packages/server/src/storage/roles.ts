import { parametersOf, roleColumns } from './columns.ts'
import { listing } from './paging.ts'
import type { RoleRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const bySid = statement<{ sid: string }, Row>((db, p) => db.selectFrom('roles').select(roleColumns).where('sid', '=', p('sid')))
const ofService = listing<{ chat_service_sid: string }, Row>({
  select: (db, p) => db.selectFrom('roles').select(roleColumns).where('chat_service_sid', '=', p('chat_service_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const insert = statement<Row, unknown>((db, p) => db.insertInto('roles').values(parametersOf(roleColumns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('roles')
    .set({ permissions: p('permissions'), date_updated: p('date_updated') })
    .where('sid', '=', p('sid')),
)
const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('roles').where('sid', '=', p('sid')))

export const roleReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  page: (chat_service_sid: string, request: Parameters<typeof ofService>[2]) => ofService(db, { chat_service_sid }, request),
})

export const roleWriter = (tx: Transaction) => ({
  async insert(row: Row): Promise<void> {
    await tx.run(insert, row)
  },
  /** Replaces the permissions. */
  async save(row: Row): Promise<void> {
    await tx.run(save, row)
    tx.emit({ object: 'access', sid: row.chat_service_sid, kind: 'roles-changed' })
  },
  async remove(row: Row): Promise<void> {
    await tx.run(remove, { sid: row.sid })
  },
  ...roleReader(tx),
})
