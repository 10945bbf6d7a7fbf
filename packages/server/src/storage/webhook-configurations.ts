import type { WebhookEventType } from '@parley/protocol'
import { parametersOf, webhookConfigurationColumns, without } from './columns.ts'
import type { WebhookConfigurationRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

/** The webhooks of accounts and services: a row for each that has ever configured any. */
const byOwner = statement<{ owner_sid: string }, Row>((db, p) =>
  db.selectFrom('webhook_configurations').select(webhookConfigurationColumns).where('owner_sid', '=', p('owner_sid')),
)
const byOwnerLocked = statement<{ owner_sid: string }, Row>((db, p, dialect) => {
  const selected = db.selectFrom('webhook_configurations').select(webhookConfigurationColumns).where('owner_sid', '=', p('owner_sid'))
  return dialect === 'postgres' ? selected.forUpdate() : selected
})
const anyOfRest = statement<{ account_sid: string }, Pick<Row, 'owner_sid'>>((db, p) =>
  db
    .selectFrom('webhook_configurations')
    .select('owner_sid')
    .where('account_sid', '=', p('account_sid'))
    .where('rest_webhook_enabled', '=', 1)
    .limit(1),
)
const insert = statement<Row, unknown>((db, p) =>
  db.insertInto('webhook_configurations').values(parametersOf(webhookConfigurationColumns, p)),
)
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('webhook_configurations')
    .set(parametersOf(without(webhookConfigurationColumns, 'owner_sid', 'account_sid', 'chat_service_sid'), p))
    .where('owner_sid', '=', p('owner_sid')),
)
const remove = statement<{ owner_sid: string }, unknown>((db, p) =>
  db.deleteFrom('webhook_configurations').where('owner_sid', '=', p('owner_sid')),
)

/** The events that a configuration lets through. */
export const filtersOf = ({ filters }: Pick<Row, 'filters'>): WebhookEventType[] => JSON.parse(filters)

export const webhookConfigurationReader = (db: Database) => ({
  /** What an account or a service has configured, if ever it did. */
  find: (owner_sid: string): Promise<Row | undefined> => db.get(byOwner, { owner_sid }),

  /** Whether the account, or one of its services, hears of what is done by REST without being told to. */
  hearRest: async (account_sid: string): Promise<boolean> => (await db.get(anyOfRest, { account_sid })) !== undefined,
})

export const webhookConfigurationWriter = (tx: Transaction) => ({
  /** The row as it is now; nobody else changes it until this transaction ends. */
  lock: (owner_sid: string): Promise<Row | undefined> => tx.get(byOwnerLocked, { owner_sid }),

  async insert(row: Row): Promise<void> {
    await tx.run(insert, row)
    tx.emit({ object: 'webhooks', sid: row.owner_sid, kind: 'configured' })
  },

  /** Writes a locked row. */
  async save(row: Row): Promise<void> {
    await tx.run(save, row)
    tx.emit({ object: 'webhooks', sid: row.owner_sid, kind: 'configured' })
  },

  remove: (owner_sid: string): Promise<void> => tx.run(remove, { owner_sid }),
})
