import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** What channels say of messages. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Keys are compared byte by byte everywhere.
  const text = db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : 'text'

  await db.schema.alterTable('messages').addColumn('channel_metadata', text).execute()
  await db.schema.alterTable('messages').addColumn('recipients', text).execute()
  await db.schema
    .createIndex('messages_with_recipients')
    .on('messages')
    .columns(['conversation_sid', 'position'])
    .where(sql<boolean>`recipients is not null and removed_at is null`)
    .execute()

  await db.schema
    .createTable('receipts')
    .addColumn('sid', text, primary)
    .addColumn('account_sid', text, required)
    .addColumn('chat_service_sid', text, required)
    .addColumn('conversation_sid', text, required)
    .addColumn('message_sid', text, required)
    .addColumn('participant_sid', text, required)
    .addColumn('channel_message_sid', text, required)
    .addColumn('status', text)
    .addColumn('error_code', 'integer', required)
    .addColumn('date_created', 'bigint', required)
    .addColumn('date_updated', 'bigint', required)
    .execute()
  await db.schema.createIndex('receipts_participant').unique().on('receipts').columns(['message_sid', 'participant_sid']).execute()
  await db.schema.createIndex('receipts_of_message').on('receipts').columns(['message_sid', 'sid']).execute()
  await db.schema.createIndex('receipts_of_conversation').on('receipts').column('conversation_sid').execute()
}
