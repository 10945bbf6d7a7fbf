import SQLite from 'better-sqlite3'
import pg from 'pg'
import type { DatabaseAddress } from '../base/setting-values.ts'

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
