import type SQLite from 'better-sqlite3'
import { Kysely, SqliteAdapter, SqliteDialect } from 'kysely'
import { migrate } from './index.ts'

/** Kysely does not count on it, but what SQLite does to a schema is part of a transaction, as everything else. */
class Adapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class Dialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new Adapter()
  }
}

/** Brings a SQLite file to this version's schema, or to an older step of it: wholly, or not at all. Closes the database. */
export async function migrateSqlite(database: SQLite.Database, upTo?: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new Dialect({ database }) })
  await migrate(db, upTo).finally(() => db.destroy())
}
