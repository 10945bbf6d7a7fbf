import type { ColumnDefinitionBuilder, Kysely } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** How messages to addresses of ours are taken. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('address_configurations')
    .addColumn('sid', 'text', primary)
    .addColumn('account_sid', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('address', 'text', required)
    .addColumn('friendly_name', 'text')
    .addColumn('address_country', 'text')
    .addColumn('auto_creation', 'text', required)
    .addColumn('date_created', 'bigint', required)
    .addColumn('date_updated', 'bigint', required)
    .execute()
  await db.schema
    .createIndex('address_configurations_address')
    .unique()
    .on('address_configurations')
    .columns(['account_sid', 'address'])
    .execute()
  await db.schema.createIndex('address_configurations_of_account').on('address_configurations').columns(['account_sid', 'sid']).execute()
  await db.schema
    .createIndex('address_configurations_by_type')
    .on('address_configurations')
    .columns(['account_sid', 'type', 'sid'])
    .execute()
}
