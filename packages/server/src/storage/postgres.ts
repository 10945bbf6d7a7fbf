import { ParleyError } from '@parley/protocol'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Clock } from '../base/clock.ts'
import { SettingsError } from '../base/config.ts'
import { createIds } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { stopwatch, vitals } from '../base/vitals.ts'
import type { Append, AppendedMessage, Outcome } from './append-messages.ts'
import { appendOnPostgres } from './append-on-postgres.ts'
import type { Change } from './changes.ts'
import { type CommitMark, CommitMarks, leaveMark, removeOldMarks, wasCommitted } from './commit-marks.ts'
import { CommitListeners, conflict, stopping } from './committed.ts'
import { LostRace } from './lost-race.ts'
import { migrate } from './migrations/index.ts'
import { NodeNews, tellNodes } from './node-news.ts'
import { ConnectionLost, PostgresConnection, PostgresReading, PostgresTransaction, query, retryLost, types } from './postgres-connection.ts'
import { readersOf, type Store, type Writers, writersOf } from './store.ts'

/**
 * PostgreSQL. A write is a transaction on a connection of its own; row locks order those that touch the same things. Messages go by lanes: a
 * conversation always takes the same lane, a lane has one transaction under way and meanwhile collects the next, which takes all its rows in
 * a handful of statements. The server itself joins the commits of all connections.
 *
 * Locks are taken in one order, so that nobody waits in a circle: conversations by their SIDs, then users by theirs. What still loses a race, or
 * its connection, runs again. When the connection breaks during the commit, the mark tells afterwards whether it took place (commit-marks.ts).
 */
export interface PostgresSettings {
  url: string
  /** Connections at most. */
  pool: number
}

const laneCount = 2
const largestBatch = 500

/** How often a write that lost a race, or its connection, runs before it gives up, and how long it waits for the next connection, in milliseconds. */
const attempts = 5
const waits = [50, 200, 800, 2_000]

/** How long it takes, in milliseconds, until somebody asks again what became of a commit that its caller has given up. */
const betweenLateLooks = 1_000

/** How long to wait for a transaction whose connection broke, and which PostgreSQL may not have noticed, in milliseconds. */
const lockPatience = 1_000

const uniqueViolation = '23505'
const serializationFailure = '40001'
const deadlockDetected = '40P01'
const races: unknown[] = [uniqueViolation, serializationFailure, deadlockDetected]
const lostRace = (error: unknown) => error instanceof LostRace || (error instanceof pg.DatabaseError && races.includes(error.code))

/** Connects, and brings the schema up to date. */
export async function openPostgres(settings: PostgresSettings, clock: Clock, log: Log): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: settings.url,
    max: settings.pool,
    application_name: 'parley',
    types,
    keepAlive: true,
    // Statements that do not need each other's answers travel together.
    pipeline: true,
    connectionTimeoutMillis: 10_000,
    // Nothing here takes long. Who hears nothing for a minute has lost the connection, and whoever it was that died holds no locks for longer.
    query_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
  })
  // A connection may die at any moment; without listeners, one for those that rest and one for those at work, that would end the process.
  pool.on('error', (cause) => log.warn({ err: cause }, 'A connection to PostgreSQL was lost'))
  pool.on('connect', (client) => client.on('error', () => {}))
  try {
    await greet(pool)
    await migrate(new Kysely<unknown>({ dialect: new PostgresDialect({ pool: { connect: () => pool.connect(), end: async () => {} } }) }))
    await removeOldMarks(new PostgresReading(pool), clock.now())
  } catch (error) {
    await pool.end()
    throw error
  }
  const node = createIds(clock.now).uuid()
  const listeners = new CommitListeners(log)
  const news = await NodeNews.open({ url: settings.url, node, clock, log, hear: (change) => listeners.tell([change]) })
  return new PostgresStore(pool, clock, log, node, listeners, news)
}

/** @throws SettingsError while there is no database where the settings say */
async function greet(pool: pg.Pool): Promise<void> {
  const client = await pool.connect().catch((cause: NodeJS.ErrnoException) => {
    throw new SettingsError(`PARLEY_DATABASE_URL leads to no database that can be used: ${cause.message || cause.code}`, { cause })
  })
  client.release()
}

class PostgresStore implements Store {
  readonly read
  readonly #lanes: Lane[]
  readonly #marks: CommitMarks
  readonly #underWay = new Set<Promise<unknown>>()
  /** The commit that was asked for last: told, or failed. */
  #lastCommit: Promise<void> = Promise.resolve()
  #closed = false

  constructor(
    private readonly pool: pg.Pool,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly node: string,
    private readonly listeners: CommitListeners,
    private readonly news: NodeNews,
  ) {
    this.#marks = new CommitMarks(node)
    this.read = readersOf(new PostgresReading(this.pool))
    this.#lanes = Array.from({ length: laneCount }, () => new Lane((requests) => this.#append(requests)))
  }

  write<T>(work: (tx: Writers) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(stopping())
    return this.#track(this.#retry((tx) => work(writersOf(tx))))
  }

  append(request: Append): Promise<AppendedMessage> {
    if (this.#closed) return Promise.reject(stopping())
    return (this.#lanes[laneOf(request.conversation_sid)] as Lane).send(request)
  }

  /** What failed may have been sent before: from the second attempt on that is looked into. */
  #append(requests: readonly Append[]): Promise<Outcome[]> {
    let attempt = 0
    return this.#retry((tx) => {
      tx.willWrite()
      return appendOnPostgres(tx, requests, attempt++ > 0)
    })
  }

  onCommit(listener: (changes: readonly Change[]) => void): void {
    this.listeners.add(listener)
  }

  async ping(): Promise<void> {
    await retryLost(() => query(this.pool, 'select 1'))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await Promise.allSettled([...this.#underWay, ...this.#lanes.map((lane) => lane.idle())])
    await Promise.all([this.news.close(), this.pool.end()])
  }

  #track<T>(running: Promise<T>): Promise<T> {
    const ended = running.finally(() => this.#underWay.delete(ended))
    this.#underWay.add(ended)
    return ended
  }

  /** Runs a transaction, again when it lost a race or its connection before the commit. */
  async #retry<T>(inside: (tx: PostgresTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transact(inside)
      } catch (error) {
        const lost = error instanceof ConnectionLost
        if (!lost && !lostRace(error)) throw error
        if (attempt === attempts) throw lost ? unavailable(error) : conflict(error)
        if (lost) await this.#wait(waits[attempt - 1] as number)
      }
    }
  }

  async #transact<T>(inside: (tx: PostgresTransaction) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    const mark = this.#marks.take()
    const tx = new PostgresTransaction(client, (db) => leaveMark(db, mark, this.clock.now()))
    let result: T
    let wrote: boolean
    try {
      ;[, result] = await Promise.all([query(client, 'begin'), inside(tx)])
      tellNodes(tx, this.node)
      wrote = await tx.marked()
    } catch (error) {
      await this.#abandon(client, mark, error)
      throw error
    }
    await this.#commit(client, mark, wrote, tx)
    return result
  }

  /**
   * Commits, lets go of the connection, and tells what changed. Whoever locked what another commit let go asked for its own commit later: so
   * telling in the order in which commits were asked for keeps the order of everything that depends on each other.
   */
  async #commit(client: pg.PoolClient, mark: CommitMark, wrote: boolean, { changes, sent }: PostgresTransaction): Promise<void> {
    const before = this.#lastCommit
    let done = () => {}
    this.#lastCommit = new Promise((resolve) => {
      done = resolve
    })
    try {
      const took = stopwatch()
      const committed = query(client, 'commit')
      committed.catch(() => {})
      // PostgreSQL rolls back instead when one of them fails.
      await Promise.all([...sent, committed])
        .then(() => {
          client.release()
          this.#marks.giveBack(mark)
        })
        .catch(async (error) => {
          await this.#abandon(client, mark, error)
          if (wrote || !(error instanceof ConnectionLost)) await this.#resolve(mark, changes, error)
        })
      vitals.commits.add(took())
      await before
      this.listeners.tell(changes)
    } finally {
      void before.then(done)
    }
  }

  /** Finds out, over another connection, what became of a commit during which the connection broke. */
  async #resolve(mark: CommitMark, changes: readonly Change[], error: unknown): Promise<void> {
    if (!(error instanceof ConnectionLost)) throw error
    for (const wait of waits) {
      await this.#wait(wait)
      const committed = await this.#outcomeOf(mark)
      if (committed) return
      if (committed === false) throw error
    }
    this.log.warn(
      { err: error },
      'A write was given up though PostgreSQL may have committed it; what it changed is told when that is known',
    )
    void this.#tellLate(mark, changes)
    // Not to be run again: it may have taken place.
    throw unavailable(error)
  }

  /** Tells what a commit changed once it is known that it took place; whoever watches would not hear of it else. Nobody waits for that. */
  async #tellLate(mark: CommitMark, changes: readonly Change[]): Promise<void> {
    while (!this.#closed) {
      await this.#wait(betweenLateLooks)
      const committed = await this.#outcomeOf(mark)
      if (committed) this.listeners.tell(changes)
      if (committed !== undefined) return
    }
  }

  /** Whether a transaction has committed; undefined while that cannot be found out. */
  async #outcomeOf(mark: CommitMark): Promise<boolean | undefined> {
    try {
      return await this.#wasCommitted(mark)
    } catch (cause) {
      this.log.debug({ err: cause }, 'Whether PostgreSQL has committed a write cannot be found out yet')
      return undefined
    }
  }

  async #wasCommitted(mark: CommitMark): Promise<boolean> {
    const client = await this.#connect()
    try {
      await query(client, `begin; set local lock_timeout = ${lockPatience}`)
      const committed = await wasCommitted(new PostgresConnection(client), mark, this.clock.now())
      await query(client, 'commit')
      client.release()
      return committed
    } catch (error) {
      await rollBack(client, error)
      throw error
    }
  }

  /** Ends a failed transaction. Its mark is free again when that was seen. */
  async #abandon(client: pg.PoolClient, mark: CommitMark, error: unknown): Promise<void> {
    if (await rollBack(client, error)) this.#marks.giveBack(mark)
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect()
    } catch (cause) {
      throw new ConnectionLost('PostgreSQL cannot be reached', { cause })
    }
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(milliseconds, resolve))
  }
}

const unavailable = (cause: unknown) => new ParleyError('unavailable', { cause })

/** Rolls back. When not even this is possible the connection is thrown away, and PostgreSQL does it by itself. @returns whether it was seen to be done */
async function rollBack(client: pg.PoolClient, error: unknown): Promise<boolean> {
  const broken =
    error instanceof ConnectionLost
      ? error
      : await query(client, 'rollback')
          .then(() => undefined)
          .catch((cause: Error) => cause)
  client.release(broken)
  return broken === undefined
}

function laneOf(sid: string): number {
  return Number.parseInt(sid.slice(-4), 16) % laneCount || 0
}

interface Sending {
  request: Append
  resolve(appended: AppendedMessage): void
  reject(reason: unknown): void
}

/** Messages of some conversations, one batch after the other. */
class Lane {
  #waiting: Sending[] = []
  #running: Promise<void> | undefined

  constructor(private readonly write: (requests: readonly Append[]) => Promise<Outcome[]>) {}

  send(request: Append): Promise<AppendedMessage> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async #run() {
    // The sockets of this turn are read first, so that their messages go together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, largestBatch))
    this.#running = undefined
  }

  async #send(batch: readonly Sending[]): Promise<void> {
    try {
      const outcomes = await this.write(batch.map((one) => one.request))
      for (const [at, outcome] of outcomes.entries()) {
        const { resolve, reject } = batch[at] as Sending
        if ('appended' in outcome) resolve(outcome.appended)
        else reject(outcome.refused)
      }
    } catch (error) {
      if (batch.length === 1 || error instanceof ParleyError) {
        for (const { reject } of batch) reject(error)
        return
      }
      // One of them upset the database. In halves it is soon alone, and the others stand.
      const half = batch.length >> 1
      await this.#send(batch.slice(0, half))
      await this.#send(batch.slice(half))
    }
  }
}
