import { listing } from './paging.ts'
import type { ServiceRow as Row } from './schema.ts'
import { type Database, statement } from './statement.ts'
import type { Transaction } from './store.ts'

const bySid = statement<{ sid: string }, Row>((db, p) => db.selectFrom('services').selectAll().where('sid', '=', p('sid')))
const ofAccount = listing<{ account_sid: string }, Row>({
  select: (db, p) => db.selectFrom('services').selectAll().where('account_sid', '=', p('account_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const insert = statement<Row, unknown>((db, p) =>
  db.insertInto('services').values({
    sid: p('sid'),
    account_sid: p('account_sid'),
    friendly_name: p('friendly_name'),
    default_conversation_creator_role_sid: p('default_conversation_creator_role_sid'),
    default_conversation_role_sid: p('default_conversation_role_sid'),
    default_chat_service_role_sid: p('default_chat_service_role_sid'),
    reachability_enabled: p('reachability_enabled'),
    date_created: p('date_created'),
    date_updated: p('date_updated'),
  }),
)
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('services')
    .set({
      default_conversation_creator_role_sid: p('default_conversation_creator_role_sid'),
      default_conversation_role_sid: p('default_conversation_role_sid'),
      default_chat_service_role_sid: p('default_chat_service_role_sid'),
      reachability_enabled: p('reachability_enabled'),
      date_updated: p('date_updated'),
    })
    .where('sid', '=', p('sid')),
)

const contents = ['messages', 'participants', 'conversations', 'users', 'roles'] as const
const removals = contents.map((table) =>
  statement<{ sid: string }, unknown>((db, p) => db.deleteFrom(table).where('chat_service_sid', '=', p('sid'))),
)
const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('services').where('sid', '=', p('sid')))

export const serviceReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  page: (account_sid: string, request: Parameters<typeof ofAccount>[2]) => ofAccount(db, { account_sid }, request),
})

export const serviceWriter = (tx: Transaction) => ({
  ...serviceReader(tx),

  async insert(row: Row): Promise<void> {
    await tx.run(insert, row)
  },
  async save(row: Row): Promise<void> {
    await tx.run(save, row)
    tx.emit({ object: 'access', sid: row.sid, kind: 'service-configured' })
  },
  /** Takes the service and everything in it away; its connections end. */
  async remove(row: Row): Promise<void> {
    for (const removal of removals) await tx.run(removal, { sid: row.sid })
    await tx.run(remove, { sid: row.sid })
    tx.emit({ object: 'access', sid: row.sid, kind: 'service-deleted' })
  },
})
