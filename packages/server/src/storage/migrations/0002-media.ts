import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** Uploaded files. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('media')
    .addColumn('sid', 'text', primary)
    .addColumn('account_sid', 'text', required)
    .addColumn('chat_service_sid', 'text', required)
    .addColumn('conversation_sid', 'text')
    .addColumn('message_sid', 'text')
    .addColumn('user_sid', 'text')
    .addColumn('author', 'text', required)
    .addColumn('category', 'text', required)
    .addColumn('filename', 'text')
    .addColumn('content_type', 'text', required)
    .addColumn('size', 'bigint', required)
    .addColumn('sha256', 'text')
    .addColumn('is_multipart_upstream', 'integer', required)
    .addColumn('blob_key', 'text', required)
    .addColumn('uploaded', 'integer', required)
    .addColumn('expires_at', 'bigint')
    .addColumn('date_created', 'bigint', required)
    .addColumn('date_upload_updated', 'bigint', required)
    .addColumn('date_updated', 'bigint', required)
    .execute()
  await db.schema
    .createIndex('media_expiry')
    .on('media')
    .columns(['expires_at', 'sid'])
    .where(sql.ref('expires_at'), 'is not', null)
    .execute()
  // What is kept of a deleted conversation or service; what expires anyhow need not be found.
  await db.schema
    .createIndex('media_kept_of_conversation')
    .on('media')
    .column('conversation_sid')
    .where(sql.ref('expires_at'), 'is', null)
    .execute()
  await db.schema
    .createIndex('media_kept_of_service')
    .on('media')
    .column('chat_service_sid')
    .where(sql.ref('expires_at'), 'is', null)
    .execute()
}
