import type { Clock } from '../base/clock.ts'
import type { Settings } from '../base/config.ts'
import type { Log } from '../base/log.ts'
import { openSqlite } from './sqlite.ts'
import type { Store } from './store.ts'

type DatabaseSettings = Pick<Settings, 'database' | 'sqliteSynchronous' | 'postgresPool'>

/** Opens the database and brings its schema up to date. @throws when it cannot be reached or written */
export async function openStore({ database, sqliteSynchronous, postgresPool }: DatabaseSettings, clock: Clock, log: Log): Promise<Store> {
  if (database.kind === 'sqlite') return openSqlite({ file: database.file, synchronous: sqliteSynchronous }, clock, log)
  // Loaded only by those who have it.
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres({ url: database.url, pool: postgresPool }, clock, log)
}
