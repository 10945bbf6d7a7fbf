import { chmodSync, closeSync, copyFileSync, existsSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import SQLite from 'better-sqlite3'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { SettingsError } from '../../base/config.ts'
import { type DatabaseAddress, databaseAddress, Expectation } from '../../base/setting-values.ts'
import { migrate, steps } from '../migrations/index.ts'
import { migrateSqlite } from '../migrations/on-sqlite.ts'
import { lockDatabase } from '../sqlite-lock.ts'
import { type CopiedTable, copyRows, type Progress } from './copy-rows.ts'
import { openDump, writeDump } from './dump-file.ts'
import { moveDurably } from './durable-file.ts'
import { leapOfCounters } from './leap.ts'
import { addressOf, assertNoServer, connectPostgres, openPostgresRows, openPostgresTarget, stepsOf } from './postgres-rows.ts'
import { DatabaseProblem, type RowSource, type RowTarget } from './rows.ts'
import { assertEmpty, discard, openSqliteRows, openSqliteTarget } from './sqlite-rows.ts'

/** What a look at a database shows, without changing it. */
export interface DatabaseState {
  kind: DatabaseAddress['kind']
  /** File, or host and name: never a password. */
  place: string
  /** Whether there is a database of Parley. */
  exists: boolean
  /** Steps of the schema: those it has taken, those this version would add, and those only a newer version knows. */
  taken: readonly string[]
  pending: readonly string[]
  newer: readonly string[]
  /** The time on the clock of a database server, in milliseconds since 1970; a file has none. */
  time: number | undefined
}

/** Reads where a database is, as `PARLEY_DATABASE_URL` says it. @throws SettingsError that shows no password */
export function parseDatabaseAddress(text: string): DatabaseAddress {
  try {
    return databaseAddress(text)
  } catch (cause) {
    throw cause instanceof Expectation ? new SettingsError(`the address of the database must be ${cause.message}`, { cause }) : cause
  }
}

/** The name of a database that shows no secret. */
export const placeOf = (address: DatabaseAddress) => (address.kind === 'sqlite' ? address.file : addressOf(address.url))

/** Looks at a database. @throws DatabaseProblem when it cannot be reached or read */
export async function inspectDatabase(address: DatabaseAddress): Promise<DatabaseState> {
  const { taken, time } = address.kind === 'sqlite' ? await inspectSqlite(address.file) : await inspectPostgres(address.url)
  return {
    kind: address.kind,
    place: placeOf(address),
    exists: taken.length > 0,
    taken,
    pending: steps.filter((step) => !taken.includes(step)),
    newer: taken.filter((step) => !steps.includes(step)),
    time,
  }
}

async function inspectSqlite(file: string): Promise<{ taken: readonly string[]; time?: undefined }> {
  if (!existsSync(file)) return { taken: [] }
  const source = openSqliteRows(file)
  await source.close()
  return { taken: source.steps }
}

async function inspectPostgres(url: string): Promise<{ taken: readonly string[]; time: number | undefined }> {
  const client = await connectPostgres(url)
  try {
    const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now')
    return { taken: await stepsOf(client), time: rows[0]?.now.getTime() }
  } finally {
    await client.end()
  }
}

/** Brings a database to this version's schema, or to an older step of it. A server does the same when it starts. */
export async function migrateDatabase(address: DatabaseAddress, upTo?: string): Promise<void> {
  if (address.kind === 'sqlite') return migrateSqliteFile(address.file, upTo)
  const client = await connectPostgres(address.url)
  await client.end()
  const pool = new pg.Pool({ connectionString: address.url, max: 1, application_name: 'parley-db' })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  await migrate(db, upTo).finally(() => db.destroy())
}

async function migrateSqliteFile(file: string, upTo?: string): Promise<void> {
  await holding(file, async () => {
    const raw = new SQLite(file)
    raw.pragma('journal_mode = WAL')
    await migrateSqlite(raw, upTo)
  })
}

/** Keeps servers away from a SQLite file meanwhile. @throws SettingsError while one uses it */
async function holding<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const lock = lockDatabase(file)
  try {
    return await work()
  } finally {
    lock.release()
  }
}

/**
 * Copies everything from one database into another, which is empty: from SQLite to PostgreSQL, back, or to another place. The source is left as it
 * is. Rows keep their SIDs and event ids, so clients go on where they were.
 *
 * @throws DatabaseProblem while a server uses one of them, when the target is not empty, and when the copy is not the same
 */
export async function portDatabase(from: DatabaseAddress, to: DatabaseAddress, progress?: Progress): Promise<CopiedTable[]> {
  if (from.kind === to.kind && placeOf(from) === placeOf(to)) throw new DatabaseProblem('That is the same database')
  if (from.kind === 'sqlite') {
    if (!existsSync(from.file))
      throw new DatabaseProblem(`There is no database ${from.file}`, { advice: 'PARLEY_DATA_DIR says where it is.', unreachable: true })
    return holding(from.file, () => fill(() => Promise.resolve(openSqliteRows(from.file)), to, progress))
  }
  const client = await connectPostgres(from.url)
  try {
    await assertNoServer(client, from.url)
    return await fill(() => openPostgresRows(from.url), to, progress)
  } finally {
    await client.end()
  }
}

/** Opens the source, brings the target to the source's step of the schema, copies, and brings it up to date. */
async function fill(
  open: () => Promise<RowSource>,
  to: DatabaseAddress,
  progress?: Progress,
  lastly?: readonly string[],
): Promise<CopiedTable[]> {
  const source = await open()
  try {
    const upTo = lastKnownStep(source)
    if (to.kind === 'postgres') {
      const copied = await copyRows(source, await openPostgresTarget(to.url, () => migrateDatabase(to, upTo)), progress, lastly)
      await migrateDatabase(to)
      return copied
    }
    return await holding(to.file, async () => {
      const target: RowTarget = await openSqliteTarget(to.file, (draft) => migrateSqliteFile(draft, upTo))
      return copyRows(source, target, progress, lastly)
    })
  } finally {
    await source.close()
  }
}

/** @throws DatabaseProblem when the rows were written by a newer version, or are none of ours */
function lastKnownStep({ steps: taken }: RowSource): string {
  const unknown = taken.find((step) => !steps.includes(step))
  if (unknown !== undefined)
    throw new DatabaseProblem(`A newer version of Parley has written it (step ${unknown})`, { advice: 'Use that version, or a newer one.' })
  const last = taken.at(-1)
  if (last === undefined) throw new DatabaseProblem('There is nothing of Parley in it')
  return last
}

/** How a backup was made. */
export interface Backup {
  /** `sqlite`: the database file itself. `dump`: our own format, which any database can be restored from. */
  format: 'sqlite' | 'dump'
  tables: CopiedTable[] | undefined
}

/**
 * Writes a backup, while servers go on: one state of the database. SQLite is copied as it is, unless a dump is wanted; PostgreSQL is dumped.
 *
 * @throws DatabaseProblem when the file is there already
 */
export async function backupDatabase(
  address: DatabaseAddress,
  file: string,
  { portable = false, created, progress }: { portable?: boolean; created: Date; progress?: Progress },
): Promise<Backup> {
  if (existsSync(file))
    throw new DatabaseProblem(`${file} is there already`, { advice: 'Backups are never overwritten: choose another name.' })
  if (address.kind === 'sqlite' && !portable) {
    await copySqlite(address.file, file)
    return { format: 'sqlite', tables: undefined }
  }
  const source = address.kind === 'sqlite' ? openSqliteRows(address.file) : await openPostgresRows(address.url)
  try {
    return { format: 'dump', tables: await writeDump(source, file, created, progress) }
  } finally {
    await source.close()
  }
}

/** By SQLite's online backup, in one go: begun anew whenever a server writes, it might never end. */
async function copySqlite(from: string, to: string): Promise<void> {
  const source = openSqliteRows(from)
  await source.close()
  const draft = `${to}.incoming`
  const db = new SQLite(from, { readonly: true })
  try {
    await db.backup(draft, { progress: () => 0x7fffffff })
    chmodSync(draft, 0o600)
    assertSound(draft)
    moveDurably(draft, to)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  } finally {
    db.close()
  }
}

function assertSound(file: string): void {
  const db = new SQLite(file, { readonly: true })
  try {
    const verdict = db.pragma('quick_check(1)', { simple: true })
    if (verdict !== 'ok') throw new DatabaseProblem(`The backup ${file} is damaged: ${verdict}`)
  } catch (cause) {
    throw cause instanceof DatabaseProblem
      ? cause
      : new DatabaseProblem(`The backup ${file} is damaged: ${(cause as Error).message}`, { cause })
  } finally {
    db.close()
  }
}

/**
 * Fills an empty database from a backup, whichever database that was made of. Its events go on above all that clients may have heard since.
 *
 * @throws DatabaseProblem when the backup is damaged, a server runs, or the database is not empty
 */
export async function restoreDatabase(file: string, to: DatabaseAddress, progress?: Progress): Promise<CopiedTable[] | undefined> {
  if (!existsSync(file)) throw new DatabaseProblem(`There is no backup ${file}`)
  if (!isSqlite(file)) return fill(() => openDump(file), to, progress, leapOfCounters)
  assertSound(file)
  if (to.kind === 'postgres') return fill(() => Promise.resolve(openSqliteRows(file)), to, progress, leapOfCounters)
  await holding(to.file, async () => {
    assertEmpty(to.file)
    const draft = `${to.file}.incoming`
    discard(draft)
    try {
      copyFileSync(file, draft)
      leapAhead(draft)
      for (const ending of ['', '-wal', '-shm']) rmSync(to.file + ending, { force: true })
      moveDurably(draft, to.file)
    } catch (error) {
      discard(draft)
      throw error
    }
  })
  return undefined
}

function leapAhead(file: string): void {
  const db = new SQLite(file)
  try {
    db.transaction(() => {
      for (const statement of leapOfCounters) db.exec(statement)
    })()
  } finally {
    db.close()
  }
}

function isSqlite(file: string): boolean {
  const head = Buffer.alloc(16)
  const handle = openSync(file, 'r')
  readSync(handle, head)
  closeSync(handle)
  return head.toString('latin1') === 'SQLite format 3\0'
}
