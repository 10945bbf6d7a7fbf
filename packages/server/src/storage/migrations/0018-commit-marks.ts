import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** Whether a commit took place. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const text = db.getExecutor().adapter instanceof PostgresAdapter ? sql`text collate "C"` : 'text'

  await db.schema
    .createTable('commit_marks')
    .addColumn('slot', text, primary)
    .addColumn('number', 'bigint', required)
    .addColumn('date_updated', 'bigint', required)
    .execute()
  await db.schema.createIndex('commit_marks_of_age').on('commit_marks').columns(['date_updated', 'slot']).execute()
}
