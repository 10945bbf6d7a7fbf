import type { Clock } from '../base/clock.ts'
import type { Settings } from '../base/config.ts'
import type { Log } from '../base/log.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

type DatabaseSettings = Pick<Settings, 'database' | 'sqliteSynchronous' | 'postgresPool'>

/** Opens the database and brings its schema up to date. @throws when it cannot be reached or written */
export function openStore({ database, sqliteSynchronous, postgresPool }: DatabaseSettings, clock: Clock, log: Log): Promise<Store> {
  return database.kind === 'sqlite'
    ? openSqlite({ file: database.file, synchronous: sqliteSynchronous }, clock, log)
    : openPostgres({ url: database.url, pool: postgresPool }, clock, log)
}
