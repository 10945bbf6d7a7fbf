import { type ColumnDefinitionBuilder, type Kysely, PostgresAdapter, sql } from 'kysely'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const primary = (column: ColumnDefinitionBuilder) => column.primaryKey()

/** Work after a commit, and the webhooks that are called. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const onPostgres = db.getExecutor().adapter instanceof PostgresAdapter
  const text = onPostgres ? sql`text collate "C"` : 'text'
  // Rows that change often find room on their page.
  const changing = onPostgres ? sql`with (fillfactor = 70)` : sql``

  await db.schema
    .createTable('jobs')
    .addColumn('position', onPostgres ? 'bigint' : 'integer', (column) =>
      onPostgres ? column.generatedAlwaysAsIdentity().primaryKey() : column.primaryKey().autoIncrement(),
    )
    .addColumn('sid', text, required)
    .addColumn('account_sid', text, required)
    .addColumn('kind', text, required)
    .addColumn('lane', text, required)
    .addColumn('pool', text, required)
    .addColumn('payload', text, required)
    .addColumn('state', text, required)
    .addColumn('run_at', 'bigint', required)
    .addColumn('attempts', 'integer', required)
    .addColumn('last_error', text)
    .addColumn('date_created', 'bigint', required)
    .addColumn('date_updated', 'bigint', required)
    .execute()
  await db.schema.createIndex('jobs_sid').unique().on('jobs').column('sid').execute()
  await db.schema.createIndex('jobs_of_lane').on('jobs').columns(['lane', 'position']).where(sql<boolean>`state = 'waiting'`).execute()
  // For counting them.
  await db.schema.createIndex('jobs_dead').on('jobs').column('kind').where(sql<boolean>`state = 'dead'`).execute()
  await db.schema.createIndex('jobs_of_account').on('jobs').columns(['account_sid', 'state', 'sid']).execute()

  await db.schema
    .createTable('job_lanes')
    .addColumn('lane', text, primary)
    .addColumn('pool', text, required)
    .addColumn('run_at', 'bigint', required)
    .addColumn('leased_by', text)
    .addColumn('leased_until', 'bigint', required)
    .modifyEnd(changing)
    .execute()
  await db.schema.createIndex('job_lanes_due').on('job_lanes').columns(['pool', 'run_at']).execute()

  await db.schema
    .createTable('webhook_deliveries')
    .addColumn('sid', text, primary)
    .addColumn('account_sid', text, required)
    .addColumn('chat_service_sid', text, required)
    .addColumn('conversation_sid', text)
    .addColumn('webhook_sid', text)
    .addColumn('level', text, required)
    .addColumn('phase', text, required)
    .addColumn('event_type', text, required)
    .addColumn('url', text, required)
    .addColumn('method', text, required)
    .addColumn('parameters', text, required)
    .addColumn('idempotency_token', text, required)
    .addColumn('state', text, required)
    .addColumn('attempts', 'integer', required)
    .addColumn('last_status', 'integer')
    .addColumn('last_error', text)
    .addColumn('date_attempted', 'bigint')
    .addColumn('date_created', 'bigint', required)
    .addColumn('date_updated', 'bigint', required)
    .modifyEnd(changing)
    .execute()
  await db.schema.createIndex('webhook_deliveries_of_service').on('webhook_deliveries').columns(['chat_service_sid', 'sid']).execute()
  await db.schema
    .createIndex('webhook_deliveries_of_event')
    .on('webhook_deliveries')
    .columns(['chat_service_sid', 'event_type', 'sid'])
    .execute()
  await db.schema
    .createIndex('webhook_deliveries_of_conversation')
    .on('webhook_deliveries')
    .columns(['conversation_sid', 'sid'])
    .where(sql.ref('conversation_sid'), 'is not', null)
    .execute()
  // Nearly all are delivered, and found in the other lists.
  await db.schema
    .createIndex('webhook_deliveries_of_state')
    .on('webhook_deliveries')
    .columns(['chat_service_sid', 'state', 'sid'])
    .where(sql<boolean>`state <> 'delivered'`)
    .execute()

  await db.schema
    .createTable('webhook_attempts')
    .addColumn('delivery_sid', text, required)
    .addColumn('retry_count', 'integer', required)
    .addColumn('request_headers', text, required)
    .addColumn('response_status', 'integer')
    .addColumn('response_headers', text)
    .addColumn('response_body', text)
    .addColumn('error', text)
    .addColumn('date_started', 'bigint', required)
    .addColumn('duration', 'bigint', required)
    .addPrimaryKeyConstraint('webhook_attempts_primary', ['delivery_sid', 'retry_count'])
    .execute()
}
