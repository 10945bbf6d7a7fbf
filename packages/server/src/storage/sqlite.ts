import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { ParleyError } from '@parley/protocol'
import SQLite from 'better-sqlite3'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { stopwatch, vitals } from '../base/vitals.ts'
import type { Append, AppendedMessage } from './append-messages.ts'
import { appendOnSqlite } from './append-on-sqlite.ts'
import type { Change } from './changes.ts'
import { CommitListeners, conflict, stopping } from './committed.ts'
import { KeptRows } from './kept-rows.ts'
import { LostRace } from './lost-race.ts'
import { migrateSqlite } from './migrations/on-sqlite.ts'
import { SqliteConnection, SqliteTransaction } from './sqlite-connection.ts'
import { lockDatabase } from './sqlite-lock.ts'
import type { Answered, Statement } from './statement.ts'
import { readersOf, type Store, type Writers, writersOf } from './store.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

/**
 * The embedded database: one process, one writer, a reading connection beside it, and a commit that is on the disk before anybody hears of it.
 *
 * Group commit: writes that arrive while the disk is busy with the commit before, or in one turn of the event loop after the other, share one
 * transaction, in the order they came: a page that many of them touch is written once. Each but the first has a savepoint of its own; messages that
 * follow each other are written as one batch.
 *
 * The disk is not waited for on the event loop: the transaction is committed to the write-ahead log, the log is brought to the disk in the
 * background, and only then do listeners and callers hear of it. Until then readers keep the state before, so nobody sees what could be lost.
 */
export interface SqliteSettings {
  file: string
  /** `full`: a commit is on the disk. `normal`: it is in the hands of the operating system. */
  synchronous: 'full' | 'normal'
}

interface Waiting<T> {
  resolve(value: T): void
  reject(reason: unknown): void
}

type Write = Waiting<unknown> & { work: (tx: Writers) => Promise<unknown> }
type Sending = Waiting<AppendedMessage> & { request: Append }
type Entry = Write | Sending

/** Tells a caller what became of its write, once the commit stands. */
type Settle = () => void

/** Writes that run before the event loop has its turn again. */
const largestBatch = 500
/** How long writes wait for more while every turn of the event loop brings some, in milliseconds. */
const longestGathering = 20

/** Opens, and creates when it is not there, the SQLite file. @throws SettingsError while another process has it */
export async function openSqlite(settings: SqliteSettings, clock: Clock, log: Log): Promise<Store> {
  mkdirSync(dirname(settings.file), { recursive: true })
  const lock = lockDatabase(settings.file)
  try {
    await migrateSqlite(connect(settings.file))
    return new SqliteStore(settings, lock, clock, log)
  } catch (error) {
    lock.release()
    throw error
  }
}

function connect(file: string): SQLite.Database {
  const raw = new SQLite(file, { timeout: 2_000 })
  raw.pragma('journal_mode = WAL')
  // Commits are brought to the disk by WriteAheadLog, and checkpoints made there.
  raw.pragma('synchronous = normal')
  raw.pragma('wal_autocheckpoint = 0')
  // What a savepoint may have to bring back; else it is written to a file whenever there is much of it.
  raw.pragma('temp_store = memory')
  return raw
}

class SqliteStore implements Store {
  readonly read
  readonly #reading: Reading
  readonly #tx: SqliteTransaction
  readonly #writers: Writers
  readonly #log: WriteAheadLog
  readonly #listeners: CommitListeners
  readonly #begin: SQLite.Statement
  readonly #commit: SQLite.Statement
  readonly #rollback: SQLite.Statement
  readonly #savepoint: SQLite.Statement
  readonly #releaseSavepoint: SQLite.Statement
  readonly #undo: SQLite.Statement
  /** Whether nothing was written yet in the transaction: then it is its own savepoint. */
  #isFresh = false
  #queue: Entry[] = []
  #running: Promise<void> | undefined
  /** The commit before, until it is on the disk and told. */
  #syncing: Promise<void> | undefined
  #arrived: (() => void) | undefined
  /** Why nothing more is written. */
  #broken: ParleyError | undefined
  #closing = false

  constructor(
    private readonly settings: SqliteSettings,
    private readonly lock: { release(): void },
    clock: Clock,
    private readonly log: Log,
  ) {
    const writing = connect(settings.file)
    // Whoever worked on something in this file is no more: it has one process at a time.
    writing.exec('update job_lanes set leased_by = null, leased_until = 0 where leased_until > 0')
    this.#tx = new SqliteTransaction(writing)
    this.#writers = writersOf(this.#tx)
    this.#reading = new Reading(connect(settings.file))
    this.read = readersOf(this.#reading)
    this.#listeners = new CommitListeners(log)
    this.#log = new WriteAheadLog(writing, clock, log)
    this.#begin = writing.prepare('begin immediate')
    this.#commit = writing.prepare('commit')
    this.#rollback = writing.prepare('rollback')
    this.#savepoint = writing.prepare('savepoint one_write')
    this.#releaseSavepoint = writing.prepare('release one_write')
    this.#undo = writing.prepare('rollback to one_write')
  }

  write<T>(work: (tx: Writers) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => this.#enqueue({ work, resolve: resolve as (value: unknown) => void, reject }))
  }

  append(request: Append): Promise<AppendedMessage> {
    return new Promise((resolve, reject) => this.#enqueue({ request, resolve, reject }))
  }

  onCommit(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.add(listener)
  }

  async ping(): Promise<void> {
    if (this.#broken ?? this.#closing) throw this.#broken ?? stopping()
    this.#reading.raw.prepare('select 1').get()
  }

  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    await this.#running
    await this.#syncing
    await this.#log.close()
    this.#reading.raw.close()
    this.#tx.raw.pragma('wal_checkpoint(TRUNCATE)')
    this.#tx.raw.close()
    this.lock.release()
  }

  #enqueue(entry: Entry): void {
    if (this.#broken ?? this.#closing) {
      entry.reject(this.#broken ?? stopping())
      return
    }
    this.#queue.push(entry)
    this.#running ??= this.#run()
    this.#arrived?.()
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#gather()
      if (this.#queue.length === 0) break
      if (this.#log.tooLong) {
        await this.#syncing
        await this.#log.restart()
      }
      await this.#transact()
    }
    this.#running = undefined
  }

  /** One transaction for all that wait. It stays open for more while the disk is busy with the one before. */
  async #transact(): Promise<void> {
    const taken: Entry[] = []
    const settle: Settle[] = []
    let took: ReturnType<typeof stopwatch>
    try {
      this.#begin.run()
      this.#isFresh = true
      for (;;) {
        const batch = this.#queue.splice(0, largestBatch)
        taken.push(...batch)
        await this.#execute(batch, settle)
        if (!this.#syncing) break
        await Promise.race([this.#syncing, this.#arrival()])
        if (this.#queue.length > 0) await this.#gather()
      }
      if (this.#broken) throw this.#broken
      if (this.settings.synchronous === 'full') this.#reading.hold()
      took = stopwatch()
      this.#commit.run()
    } catch (cause) {
      this.#reading.release()
      if (this.#tx.raw.inTransaction) this.#rollback.run()
      this.#tx.changes.length = 0
      this.#fail(taken.length > 0 ? taken : this.#queue.splice(0), cause)
      return
    }
    this.#log.committed()
    const changes = this.#tx.changes.splice(0)
    const stands = () => {
      vitals.commits.add(took())
      this.#stands(changes, settle)
    }
    if (this.settings.synchronous === 'normal') stands()
    else this.#syncing = this.#log.sync().then(stands, (cause) => this.#breakDown(taken, cause))
  }

  #stands(changes: readonly Change[], settle: readonly Settle[]): void {
    this.#syncing = undefined
    this.#reading.release()
    this.#listeners.tell(changes)
    for (const one of settle) one()
  }

  /** Nothing of the transaction stands. */
  #fail(taken: readonly Entry[], cause: unknown): void {
    this.log.error({ err: cause }, 'A transaction failed')
    for (const one of taken) one.reject(new ParleyError('unavailable', { cause }))
  }

  /** What the disk holds is unknown from here on. A start reads it anew; until then nothing is written. */
  #breakDown(taken: readonly Entry[], cause: unknown): void {
    this.#syncing = undefined
    this.#broken = new ParleyError('unavailable', { text: 'The disk failed; the server has to be started again', cause })
    this.#fail([...taken, ...this.#queue.splice(0)], cause)
  }

  /** Resolves when there is another write. */
  #arrival(): Promise<void> | undefined {
    if (this.#queue.length > 0) return undefined
    return new Promise((resolve) => {
      this.#arrived = () => {
        this.#arrived = undefined
        resolve()
      }
    })
  }

  /** Resolves after a turn of the event loop that brought nothing more to write, or when it was waited for long enough. */
  async #gather(): Promise<void> {
    const gathering = stopwatch()
    let known: number
    do {
      known = this.#queue.length
      await turn()
    } while (this.#queue.length > known && gathering() < longestGathering)
  }

  /** Runs writes in the order they came; messages that follow each other go together. */
  async #execute(batch: readonly Entry[], settle: Settle[]): Promise<void> {
    let sendings: Sending[] = []
    for (const entry of batch) {
      if ('request' in entry) {
        sendings.push(entry)
        continue
      }
      this.#send(sendings, settle)
      sendings = []
      settle.push(await this.#write(entry))
    }
    this.#send(sendings, settle)
  }

  async #write({ work, resolve, reject }: Write): Promise<Settle> {
    const before = this.#tx.changes.length
    this.#mark()
    try {
      const result = await work(this.#writers)
      this.#keep()
      return () => resolve(result)
    } catch (error) {
      this.#revert(before, error)
      // There is one writer: what was lost here was no race, and looking again shows the same.
      return () => reject(isTaken(error) || error instanceof LostRace ? conflict(error) : error)
    }
  }

  #send(sendings: readonly Sending[], settle: Settle[], again = false): void {
    if (sendings.length === 0) return
    const before = this.#tx.changes.length
    this.#mark()
    try {
      const requests = sendings.map((one) => one.request)
      const outcomes = appendOnSqlite(this.#tx, requests, again)
      this.#keep()
      for (const [at, outcome] of outcomes.entries()) {
        const { resolve, reject } = sendings[at] as Sending
        settle.push('appended' in outcome ? () => resolve(outcome.appended) : () => reject(outcome.refused))
      }
    } catch (error) {
      this.#revert(before, error)
      // Somebody sends again what is there already.
      if (isTaken(error) && !again) {
        this.#send(sendings, settle, true)
        return
      }
      const [only, ...others] = sendings
      if (others.length === 0) {
        settle.push(() => only?.reject(error))
        return
      }
      // One of them upset the database. In halves it is soon alone, and the others stand.
      const half = sendings.length >> 1
      this.#send(sendings.slice(0, half), settle)
      this.#send(sendings.slice(half), settle)
    }
  }

  /** Says where a write begins, so that it can be taken back alone. */
  #mark(): void {
    if (!this.#isFresh) this.#savepoint.run()
  }

  /** The write stands if the transaction does. */
  #keep(): void {
    if (this.#isFresh) this.#isFresh = false
    else this.#releaseSavepoint.run()
  }

  /** Takes one write back. @throws when SQLite has given up the whole transaction, as it does when the disk is full */
  #revert(changes: number, cause: unknown): void {
    if (!this.#tx.raw.inTransaction) throw cause
    if (this.#isFresh) {
      this.#rollback.run()
      this.#begin.run()
    } else {
      this.#undo.run()
      this.#releaseSavepoint.run()
    }
    this.#tx.changes.length = changes
  }
}

const isTaken = (error: unknown) =>
  error instanceof SQLite.SqliteError && ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(error.code)

/** What is ready to be read from the sockets is read first, so that it goes together. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** The reading connection. While it is held it keeps showing the state of that moment. */
class Reading extends SqliteConnection {
  readonly #begin = this.raw.prepare('begin')
  // A transaction takes its picture at the first read.
  readonly #look = this.raw.prepare('select 1 from sqlite_schema limit 1')
  readonly #end = this.raw.prepare('commit')
  readonly #kept = new KeptRows()

  override allNow<P, R>(statement: Statement<P, R>, parameters: P): R[] {
    return this.#keep(statement, parameters, () => super.allNow(statement, parameters))
  }

  override getNow<P, R>(statement: Statement<P, R>, parameters: P): R | undefined {
    return this.#keep(statement, parameters, () => {
      const row = super.getNow(statement, parameters)
      if (row !== undefined && statement.alsoAnswers) this.#tellOther(statement.alsoAnswers(row), row)
      return row
    })
  }

  #tellOther({ statement, parameters }: Answered, row: unknown): void {
    this.#kept.get(statement, statement.compiled(this.dialect).values(parameters), () => row)
  }

  #keep<P, T>(statement: Statement<P, unknown>, parameters: P, read: () => T): T {
    if (!statement.isKept) return read()
    return this.#kept.get(statement, statement.compiled(this.dialect).values(parameters as Record<string, unknown>), read)
  }

  hold(): void {
    this.#begin.run()
    this.#look.get()
  }

  /** From here on the newest commit is seen. */
  release(): void {
    if (this.raw.inTransaction) this.#end.run()
    this.#kept.forget()
  }
}
