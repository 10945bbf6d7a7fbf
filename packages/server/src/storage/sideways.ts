import SQLite from 'better-sqlite3'
import pg from 'pg'
import type { DatabaseAddress } from '../base/setting-values.ts'
import { PostgresReading, types } from './postgres-connection.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import type { Database } from './statement.ts'

/** For tests: runs SQL past the store, as an operator might. */
export async function sideways(address: DatabaseAddress, sql: string): Promise<Record<string, unknown>[]> {
  if (address.kind === 'sqlite') {
    const db = new SQLite(address.file)
    try {
      const statement = isOneQuery(sql) ? db.prepare(sql) : undefined
      if (statement) return statement.all() as Record<string, unknown>[]
      db.exec(sql)
      return []
    } finally {
      db.close()
    }
  }
  const client = new pg.Client({ connectionString: address.url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const isOneQuery = (sql: string) => /^\s*(select|explain|pragma)/i.test(sql)

/** Makes the database refuse messages by what they say: `poison` at once, `break the commit` when it is to be committed. */
export function layTraps(address: DatabaseAddress): Promise<unknown> {
  return sideways(
    address,
    address.kind === 'sqlite'
      ? `create trigger poisoned before insert on messages when new.body = 'poison' begin select raise(abort, 'poisoned'); end;
         create trigger ruined before insert on messages when new.body = 'ruin' begin select raise(rollback, 'ruined'); end;
         create table unkept (promise text references conversations (sid) deferrable initially deferred);
         create trigger broken after insert on messages when new.body = 'break the commit' begin insert into unkept values ('nobody'); end;`
      : `create function refuse() returns trigger as $$ begin raise exception 'poisoned'; end $$ language plpgsql;
         create trigger poisoned before insert on messages for each row when (new.body = 'poison') execute function refuse();
         create constraint trigger broken after insert on messages deferrable initially deferred
           for each row when (new.body = 'break the commit') execute function refuse();`,
  )
}

/** For tests: a reading connection of one's own, on which something can be done after each statement. */
export async function watchedReading(address: DatabaseAddress, afterEach: () => Promise<void>): Promise<Database & AsyncDisposable> {
  const pool = address.kind === 'postgres' ? new pg.Pool({ connectionString: address.url, types }) : undefined
  const file = address.kind === 'sqlite' ? new SQLite(address.file) : undefined
  const db: Database = pool ? new PostgresReading(pool) : new SqliteConnection(file as SQLite.Database)
  const watched = async <T>(answer: Promise<T>): Promise<T> => {
    const rows = await answer
    await afterEach()
    return rows
  }
  return {
    dialect: db.dialect,
    all: (statement, parameters) => watched(db.all(statement, parameters)),
    get: (statement, parameters) => watched(db.get(statement, parameters)),
    run: (statement, parameters) => watched(db.run(statement, parameters)),
    async [Symbol.asyncDispose]() {
      await pool?.end()
      file?.close()
    },
  }
}
