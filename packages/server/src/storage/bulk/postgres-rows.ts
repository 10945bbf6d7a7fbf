import pg from 'pg'
import { types } from '../postgres-connection.ts'
import {
  DatabaseProblem,
  isBookkeeping,
  notEmpty,
  portion,
  quoted,
  quotedColumns,
  type Row,
  type RowSource,
  type RowTarget,
  type Table,
} from './rows.ts'

/** A connection of our own. @throws DatabaseProblem that shows no password */
export async function connectPostgres(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'parley-db', types, connectionTimeoutMillis: 10_000 })
  // A connection may die at any moment; whoever waits for it hears of it there.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (cause) {
    throw new DatabaseProblem(`PostgreSQL at ${addressOf(url)} cannot be reached: ${(cause as Error).message}`, {
      advice: 'PARLEY_DATABASE_URL says where it is.',
      unreachable: true,
      cause,
    })
  }
}

/** An address without its password. */
export function addressOf(url: string): string {
  const { host, pathname } = new URL(url)
  return host + pathname
}

/** @throws DatabaseProblem while servers are connected */
export async function assertNoServer(client: pg.Client, url: string): Promise<void> {
  const { rows } = await client.query<{ count: number }>(
    "select count(*) as count from pg_stat_activity where datname = current_database() and application_name = 'parley'",
  )
  if ((rows[0]?.count ?? 0) > 0)
    throw new DatabaseProblem(`A server is using ${addressOf(url)}`, {
      advice: 'Stop it first: what it writes meanwhile would be missing.',
    })
}

/** The rows of a PostgreSQL database, as they are at this moment. */
export async function openPostgresRows(url: string): Promise<RowSource> {
  const client = await connectPostgres(url)
  try {
    await client.query('begin isolation level repeatable read read only')
    return {
      steps: await stepsOf(client),
      tables: await tablesOf(client),
      read: (table) => portionsOf(client, table),
      close: () => client.end(),
    }
  } catch (error) {
    await client.end()
    throw error
  }
}

export async function stepsOf(client: pg.Client): Promise<string[]> {
  const { rows: found } = await client.query("select to_regclass('kysely_migration') is not null as known")
  if (!found[0]?.known) return []
  const { rows } = await client.query<{ name: string }>('select name from kysely_migration order by name')
  return rows.map(({ name }) => name)
}

async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<{ table_name: string; column_name: string }>(
    `select c.table_name, c.column_name from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = current_schema() and t.table_type = 'BASE TABLE'`,
  )
  const tables = new Map<string, string[]>()
  for (const { table_name, column_name } of rows) {
    if (!isBookkeeping(table_name)) tables.set(table_name, [...(tables.get(table_name) ?? []), column_name])
  }
  return [...tables].map(([name, columns]) => ({ name, columns: columns.sort() })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function* portionsOf(client: pg.Client, table: Table): AsyncGenerator<Row[]> {
  await client.query(`declare portions no scroll cursor for select ${quotedColumns(table)} from ${quoted(table.name)}`)
  for (;;) {
    const { rows } = await client.query<Row>({ text: `fetch ${portion} from portions`, rowMode: 'array' } as never)
    if (rows.length === 0) break
    yield rows
  }
  await client.query('close portions')
}

/**
 * An empty PostgreSQL database to be filled, in one transaction.
 *
 * @param prepare brings the schema into it
 * @throws DatabaseProblem when it has rows already, or a server uses it
 */
export async function openPostgresTarget(url: string, prepare: () => Promise<void>): Promise<RowTarget> {
  const client = await connectPostgres(url)
  try {
    await assertNoServer(client, url)
    for (const { name } of await tablesOf(client)) {
      const { rowCount } = await client.query(`select 1 from ${quoted(name)} limit 1`)
      if (rowCount) throw notEmpty(addressOf(url), name)
    }
    await prepare()
    await client.query('begin')
  } catch (error) {
    await client.end()
    throw error
  }
  return {
    async insert(table, rows) {
      // One parameter for all rows, whatever their columns: PostgreSQL reads each value as its column wants it.
      const records = rows.map((row) => Object.fromEntries(table.columns.map((column, at) => [column, inJson(row[at] ?? null)])))
      const name = quoted(table.name)
      await client.query(
        `insert into ${name} (${quotedColumns(table)}) overriding system value
         select ${quotedColumns(table)} from json_populate_recordset(null::${name}, $1::json)`,
        [JSON.stringify(records)],
      )
    },
    read: (table) => portionsOf(client, table),
    async finish(lastly) {
      for (const statement of lastly) await client.query(statement)
      await continueIdentities(client)
      await client.query('commit')
      await client.query('analyze')
      await client.end()
    },
    async abandon() {
      await client.end()
    },
  }
}

const inJson = (value: Row[number]) => (value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value)

/** What the database counts by itself goes on after the highest that is there. */
async function continueIdentities(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ table_name: string; column_name: string }>(
    "select table_name, column_name from information_schema.columns where table_schema = current_schema() and is_identity = 'YES'",
  )
  for (const { table_name, column_name } of rows) {
    const [table, column] = [quoted(table_name), quoted(column_name)]
    await client.query(
      `select setval(pg_get_serial_sequence($1, $2), (select max(${column}) from ${table})) where exists (select 1 from ${table})`,
      [table, column_name],
    )
  }
}
