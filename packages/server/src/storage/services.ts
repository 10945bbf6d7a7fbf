import { parametersOf, serviceColumns } from './columns.ts'
import { listing } from './paging.ts'
import { purgeWriter } from './purges.ts'
import type { ServiceRow as Row } from './schema.ts'
import { type Database, keptStatement, statement, type Transaction } from './statement.ts'
import { webhookConfigurationWriter } from './webhook-configurations.ts'

const bySid = keptStatement<{ sid: string }, Row>((db, p) => db.selectFrom('services').select(serviceColumns).where('sid', '=', p('sid')))
const ofAccount = listing<{ account_sid: string }, Row>({
  select: (db, p) => db.selectFrom('services').select(serviceColumns).where('account_sid', '=', p('account_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const insert = statement<Row, unknown>((db, p) => db.insertInto('services').values(parametersOf(serviceColumns, p)))
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

const rename = statement<Pick<Row, 'sid' | 'friendly_name' | 'date_updated'>, unknown>((db, p) =>
  db
    .updateTable('services')
    .set({ friendly_name: p('friendly_name'), date_updated: p('date_updated') })
    .where('sid', '=', p('sid')),
)

/** Whoever adds something to a service holds it, so that it is not deleted meanwhile and what was added left behind. */
const bySidHeld = statement<{ sid: string }, Row>((db, p, dialect) => {
  const selected = db.selectFrom('services').select(serviceColumns).where('sid', '=', p('sid'))
  return dialect === 'postgres' ? selected.forKeyShare() : selected
})
const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('services').where('sid', '=', p('sid')))

export const serviceReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  page: (account_sid: string, request: Parameters<typeof ofAccount>[2]) => ofAccount(db, { account_sid }, request),
})

export const serviceWriter = (tx: Transaction) => ({
  ...serviceReader(tx),

  find: (sid: string): Promise<Row | undefined> => tx.get(bySidHeld, { sid }),

  async insert(row: Row): Promise<void> {
    await tx.run(insert, row)
  },
  async save(row: Row): Promise<void> {
    await tx.run(save, row)
    tx.emit({ object: 'access', sid: row.sid, kind: 'service-configured' })
  },
  async rename(named: Pick<Row, 'sid' | 'friendly_name' | 'date_updated'>): Promise<void> {
    await tx.run(rename, named)
  },
  /** Takes the service away, and its connections end. What was in it, and nobody reaches any more, follows by and by. */
  async remove(row: Row, now: number): Promise<void> {
    await tx.run(remove, { sid: row.sid })
    await webhookConfigurationWriter(tx).remove(row.sid)
    await purgeWriter(tx).insert({ sid: row.sid, date_created: now })
    tx.emit({ object: 'access', sid: row.sid, kind: 'service-deleted' })
  },
})
