import { addressConfigurationColumns as columns, parametersOf, without } from './columns.ts'
import { listing, type PageRequest } from './paging.ts'
import type { AddressConfigurationRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const bySid = statement<{ account_sid: string; sid: string }, Row>((db, p) =>
  db.selectFrom('address_configurations').select(columns).where('sid', '=', p('sid')).where('account_sid', '=', p('account_sid')),
)
const byAddress = statement<{ account_sid: string; address: string }, Row>((db, p) =>
  db.selectFrom('address_configurations').select(columns).where('account_sid', '=', p('account_sid')).where('address', '=', p('address')),
)
const ofAccount = listing<{ account_sid: string }, Row>({
  select: (db, p) => db.selectFrom('address_configurations').select(columns).where('account_sid', '=', p('account_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const ofType = listing<{ account_sid: string; type: Row['type'] }, Row>({
  select: (db, p) =>
    db.selectFrom('address_configurations').select(columns).where('account_sid', '=', p('account_sid')).where('type', '=', p('type')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const insert = statement<Row, unknown>((db, p) => db.insertInto('address_configurations').values(parametersOf(columns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('address_configurations')
    .set(parametersOf(without(columns, 'sid', 'account_sid', 'type', 'address', 'date_created'), p))
    .where('sid', '=', p('sid')),
)
const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('address_configurations').where('sid', '=', p('sid')))

export const addressConfigurationReader = (db: Database) => ({
  find: (account_sid: string, sid: string): Promise<Row | undefined> => db.get(bySid, { account_sid, sid }),
  findByAddress: (account_sid: string, address: string): Promise<Row | undefined> => db.get(byAddress, { account_sid, address }),
  page: ({ account_sid, type }: { account_sid: string; type?: Row['type'] | undefined }, request: PageRequest) =>
    type === undefined ? ofAccount(db, { account_sid }, request) : ofType(db, { account_sid, type }, request),
})

export const addressConfigurationWriter = (tx: Transaction) => ({
  insert: (row: Row): Promise<void> => tx.run(insert, row),
  save: (row: Row): Promise<void> => tx.run(save, row),
  remove: ({ sid }: Row): Promise<void> => tx.run(remove, { sid }),
  ...addressConfigurationReader(tx),
})
