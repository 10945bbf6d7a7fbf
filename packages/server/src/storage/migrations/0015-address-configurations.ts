import { type ColumnDefinitionBuilder, type Kysely, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** How messages to addresses of ours are taken, and which numbers make a group. */
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

  await db.schema.alterTable('conversations').addColumn('group_addresses', 'text').execute()
  // One open group of an account for the same numbers.
  await db.schema
    .createIndex('conversations_group')
    .unique()
    .on('conversations')
    .columns(['account_sid', 'group_addresses'])
    .where(sql.ref('group_addresses'), 'is not', null)
    .execute()
}
