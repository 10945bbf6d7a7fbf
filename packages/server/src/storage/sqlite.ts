import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import SQLite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type Append, type AppendedMessage, appendMessages } from './append-messages.ts'
import type { Change } from './changes.ts'
import { attempts, CommitListeners, conflict, conversationMissing } from './committed.ts'
import { migrate } from './migrations/index.ts'
import type { Database, Statement } from './statement.ts'
import { readersOf, type Store, type Transaction, type Writers, writersOf } from './store.ts'

/**
 * The embedded database: WAL, one writer, a reading connection beside it, and a commit that is on the disk before anybody hears of it.
 *
 * Group commit: writes that arrive while the process handles its sockets wait for the end of that turn and share one transaction. Each has a
 * savepoint of its own. Messages among them are written as one batch (append-messages.ts).
 */
export interface SqliteSettings {
  file: string
  synchronous: 'full' | 'normal'
}

interface Waiting<T = unknown> {
  resolve(value: T): void
  reject(reason: unknown): void
}

interface Work extends Waiting {
  work: (tx: Writers) => Promise<unknown>
}

interface Sending extends Waiting<AppendedMessage> {
  request: Append
}

/** Prepared statements of one connection. */
class Connection implements Database {
  readonly dialect = 'sqlite'
  readonly #prepared = new Map<Statement<never, unknown>, { run: SQLite.Statement; values: (parameters: Record<string, unknown>) => unknown[] }>()

  constructor(readonly raw: SQLite.Database) {}

  #prepare(statement: Statement<never, unknown>) {
    let prepared = this.#prepared.get(statement)
    if (!prepared) {
      const compiled = statement.compiled('sqlite')
      prepared = { run: this.raw.prepare(compiled.sql), values: compiled.values }
      this.#prepared.set(statement, prepared)
    }
    return prepared
  }

  async all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    const { run, values } = this.#prepare(statement as Statement<never, unknown>)
    return run.all(...values(parameters as Record<string, unknown>)) as R[]
  }

  async get<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined> {
    const { run, values } = this.#prepare(statement as Statement<never, unknown>)
    return run.get(...values(parameters as Record<string, unknown>)) as R | undefined
  }

  async run<P>(statement: Statement<P, unknown>, parameters: P): Promise<void> {
    const { run, values } = this.#prepare(statement as Statement<never, unknown>)
    run.run(...values(parameters as Record<string, unknown>))
  }
}

class WritingConnection extends Connection implements Transaction {
  readonly changes: Change[] = []
  emit(change: Change): void {
    this.changes.push(change)
  }
}

const lostRace = (error: unknown) => error instanceof SQLite.SqliteError && error.code === 'SQLITE_CONSTRAINT_UNIQUE'

function open(settings: SqliteSettings): SQLite.Database {
  const raw = new SQLite(settings.file)
  raw.pragma('journal_mode = WAL')
  raw.pragma(`synchronous = ${settings.synchronous}`)
  raw.pragma('busy_timeout = 5000')
  raw.pragma('cache_size = -16000')
  return raw
}

/** Opens, and creates when it is not there, the SQLite file. */
export async function openSqlite(settings: SqliteSettings, clock: Clock, log: Log): Promise<Store> {
  mkdirSync(dirname(settings.file), { recursive: true })
  const migrating = open(settings)
  // The migrator closes what it was given.
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: migrating }) })
  await migrate(kysely)
  await kysely.destroy()
  return new SqliteStore(settings, clock, log)
}

class SqliteStore implements Store {
  readonly read
  readonly #reading: Connection
  readonly #writing: WritingConnection
  readonly #writers: Writers
  readonly #checkpoints: Checkpoints
  readonly #listeners: CommitListeners
  readonly #begin: SQLite.Statement
  readonly #commit: SQLite.Statement
  readonly #rollback: SQLite.Statement
  readonly #mark: SQLite.Statement
  readonly #release: SQLite.Statement
  readonly #undo: SQLite.Statement
  #works: Work[] = []
  #sendings: Sending[] = []
  #flushing = false
  #scheduled = false

  constructor(settings: SqliteSettings, clock: Clock, log: Log) {
    const writing = open(settings)
    // Checkpoints block whoever makes them; another thread does.
    writing.pragma('wal_autocheckpoint = 0')
    this.#writing = new WritingConnection(writing)
    this.#writers = writersOf(this.#writing)
    this.#reading = new Connection(open(settings))
    this.read = readersOf(this.#reading)
    this.#listeners = new CommitListeners(log)
    this.#checkpoints = new Checkpoints(settings.file, clock, log)
    this.#begin = writing.prepare('begin immediate')
    this.#commit = writing.prepare('commit')
    this.#rollback = writing.prepare('rollback')
    this.#mark = writing.prepare('savepoint one_write')
    this.#release = writing.prepare('release one_write')
    this.#undo = writing.prepare('rollback to one_write')
  }

  write<T>(work: (tx: Writers) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#works.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#schedule()
    })
  }

  append(request: Append): Promise<AppendedMessage> {
    return new Promise((resolve, reject) => {
      this.#sendings.push({ request, resolve, reject })
      this.#schedule()
    })
  }

  onCommit(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.add(listener)
  }

  async ping(): Promise<void> {
    this.#reading.raw.prepare('select 1').get()
  }

  async close(): Promise<void> {
    while (this.#flushing || this.#works.length > 0 || this.#sendings.length > 0) await new Promise((resolve) => setImmediate(resolve))
    await this.#checkpoints.close()
    this.#reading.raw.close()
    this.#writing.raw.pragma('wal_checkpoint(TRUNCATE)')
    this.#writing.raw.close()
  }

  #schedule() {
    if (this.#scheduled || this.#flushing) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#flush()
    })
  }

  /** One transaction for all that wait. */
  async #flush() {
    this.#flushing = true
    const works = this.#works
    const sendings = this.#sendings
    this.#works = []
    this.#sendings = []
    const settle: (() => void)[] = []
    try {
      this.#begin.run()
      for (const one of works) settle.push(await this.#runWork(one))
      if (sendings.length > 0) settle.push(...(await this.#runSendings(sendings)))
      this.#commit.run()
      this.#checkpoints.afterCommit()
    } catch (error) {
      if (this.#writing.raw.inTransaction) this.#rollback.run()
      this.#writing.changes.length = 0
      for (const one of [...works, ...sendings]) one.reject(error)
      settle.length = 0
    }
    this.#flushing = false
    this.#listeners.tell(this.#writing.changes.splice(0))
    for (const one of settle) one()
    if (this.#works.length > 0 || this.#sendings.length > 0) this.#schedule()
  }

  /** Runs `inside` in a savepoint; when it fails, nothing of it stays. */
  async #guarded<T>(inside: () => Promise<T>): Promise<T> {
    const before = this.#writing.changes.length
    this.#mark.run()
    try {
      const result = await inside()
      this.#release.run()
      return result
    } catch (error) {
      this.#undo.run()
      this.#release.run()
      this.#writing.changes.length = before
      throw error
    }
  }

  async #runWork({ work, resolve, reject }: Work): Promise<() => void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#guarded(() => work(this.#writers))
        return () => resolve(result)
      } catch (error) {
        if (!lostRace(error)) return () => reject(error)
        if (attempt === attempts) return () => reject(conflict(error))
      }
    }
  }

  async #runSendings(sendings: Sending[]): Promise<(() => void)[]> {
    try {
      return await this.#guarded(async () => {
        const outcomes = await appendMessages(
          this.#writing,
          sendings.map((one) => one.request),
          conversationMissing,
        )
        return outcomes.map((outcome, at) => {
          const { resolve, reject } = sendings[at] as Sending
          return 'appended' in outcome ? () => resolve(outcome.appended) : () => reject(outcome.refused)
        })
      })
    } catch (error) {
      const [only, ...others] = sendings
      if (others.length === 0) return [() => only?.reject(error)]
      // One of the batch upset the database: alone, each stands or falls by itself.
      const settled: (() => void)[] = []
      for (const one of sendings) settled.push(...(await this.#runSendings([one])))
      return settled
    }
  }
}

/** Commits between two checkpoints, and how long a quiet database waits for one. */
const commitsPerCheckpoint = 500
const quietMilliseconds = 2_000

/** Moves the log into the database file, on a thread of its own that starts when there is something to move. */
class Checkpoints {
  #worker: Worker | undefined
  #commits = 0
  #timer: { cancel(): void } | undefined

  constructor(
    private readonly file: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  afterCommit(): void {
    this.#commits++
    if (this.#commits >= commitsPerCheckpoint) this.#ask()
    else this.#timer ??= this.clock.after(quietMilliseconds, () => this.#ask())
  }

  #ask() {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#commits = 0
    this.#worker ??= this.#start()
    this.#worker.postMessage('checkpoint')
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.mjs', import.meta.url), { workerData: { file: this.file } })
    worker.unref()
    worker.on('message', (problem: string) => this.log.warn({ problem }, 'A checkpoint of the SQLite log failed; it is tried again'))
    worker.on('error', (cause) => {
      this.log.error({ err: cause }, 'The checkpoint thread stopped')
      this.#worker = undefined
    })
    return worker
  }

  async close(): Promise<void> {
    this.#timer?.cancel()
    await this.#worker?.terminate()
  }
}
