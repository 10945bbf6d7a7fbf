import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** What channels say of messages; and what it takes to find, and to take away, all that is kept of one user. */
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

  await db.schema
    .createTable('erasures')
    .addColumn('sid', text, primary)
    .addColumn('account_sid', text, required)
    .addColumn('chat_service_sid', text, required)
    .addColumn('identity', text)
    .addColumn('conversation_sid', text)
    .addColumn('position', 'bigint', required)
    .addColumn('event_id', 'bigint', required)
    .addColumn('conversations_left', 'integer', required)
    .addColumn('messages_erased', 'bigint', required)
    .addColumn('media_erased', 'bigint', required)
    .addColumn('date_created', 'bigint', required)
    .addColumn('date_updated', 'bigint', required)
    .addColumn('date_completed', 'bigint')
    .execute()
  const isRunning = sql<boolean>`identity is not null`
  await db.schema
    .createIndex('erasures_identity')
    .unique()
    .on('erasures')
    .columns(['chat_service_sid', 'identity'])
    .where(isRunning)
    .execute()
  await db.schema.createIndex('erasures_running').on('erasures').columns(['date_created', 'sid']).where(isRunning).execute()
  await db.schema
    .createIndex('erasures_of_service')
    .on('erasures')
    .column('chat_service_sid')
    .where(sql<boolean>`identity is null`)
    .execute()

  // Only what REST sends in the name of somebody who takes no part: other messages are found through their conversations, and cost nothing more.
  await db.schema
    .createIndex('messages_in_name')
    .on('messages')
    .columns(['chat_service_sid', 'author', 'sid'])
    .where(sql<boolean>`participant_sid is null and author <> 'system'`)
    .execute()
  await db.schema
    .createIndex('conversations_of_creator')
    .on('conversations')
    .columns(['chat_service_sid', 'created_by', 'sid'])
    .where(sql<boolean>`created_by is not null`)
    .execute()
  await db.schema.createIndex('media_of_user').on('media').columns(['user_sid', 'sid']).where(sql<boolean>`user_sid is not null`).execute()
}
