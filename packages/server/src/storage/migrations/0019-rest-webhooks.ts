import type { Kysely } from 'kysely'

/** Whether what is done by REST fires webhooks without being told to. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('webhook_configurations').addColumn('rest_webhook_enabled', 'integer').execute()
  await db.schema
    .createIndex('webhook_configurations_of_account')
    .on('webhook_configurations')
    .columns(['account_sid', 'rest_webhook_enabled'])
    .execute()
}
