import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** Who is signed in to the console. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Keys are compared byte by byte everywhere.
  const text = db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : 'text'

  await db.schema
    .createTable('console_sessions')
    .addColumn('digest', text, primary)
    .addColumn('account_sid', text, required)
    .addColumn('key_sid', text)
    .addColumn('proof', text, required)
    .addColumn('expires_at', 'bigint', required)
    .addColumn('ends_at', 'bigint', required)
    .addColumn('date_created', 'bigint', required)
    .execute()
  await db.schema.createIndex('console_sessions_expiring').on('console_sessions').columns(['expires_at', 'digest']).execute()
}
