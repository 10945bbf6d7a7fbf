import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** Where webhooks are configured: for accounts and services here, for conversations on their rows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const text = db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : 'text'
  await db.schema
    .createTable('webhook_configurations')
    .addColumn('owner_sid', text, primary)
    .addColumn('account_sid', text, required)
    .addColumn('chat_service_sid', text)
    .addColumn('method', text, required)
    .addColumn('filters', text, required)
    .addColumn('pre_webhook_url', text)
    .addColumn('post_webhook_url', text)
    .addColumn('target', text, required)
    .addColumn('pre_webhook_fail_closed', 'integer')
    .execute()
  await db.schema.alterTable('conversations').addColumn('webhooks', text).execute()
}
