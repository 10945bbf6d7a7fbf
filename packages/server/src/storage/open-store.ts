import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

export interface DatabaseSettings {
  /** `sqlite:<file>` or `postgres://…`. */
  url: string
  /** How sure a SQLite commit is before it is acknowledged: `full` survives a power cut, `normal` the death of the process. */
  sqliteSynchronous: 'full' | 'normal'
  /** Connections to PostgreSQL at most. */
  postgresPool: number
}

/** Opens the database and brings its schema up to date. @throws when it cannot be reached or written */
export function openStore(settings: DatabaseSettings, clock: Clock, log: Log): Promise<Store> {
  return settings.url.startsWith('sqlite:')
    ? openSqlite({ file: settings.url.slice('sqlite:'.length), synchronous: settings.sqliteSynchronous }, clock, log)
    : openPostgres({ url: settings.url, pool: settings.postgresPool }, log)
}
