import type { ColumnDefinitionBuilder, Kysely } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** Content templates of accounts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('content_templates')
    .addColumn('sid', 'text', primary)
    .addColumn('account_sid', 'text', required)
    .addColumn('friendly_name', 'text')
    .addColumn('language', 'text', required)
    .addColumn('variables', 'text', required)
    .addColumn('types', 'text', required)
    .addColumn('date_created', 'bigint', required)
    .addColumn('date_updated', 'bigint', required)
    .execute()
  await db.schema.createIndex('content_templates_of_account').on('content_templates').columns(['account_sid', 'sid']).execute()
}
