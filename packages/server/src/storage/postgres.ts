import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Log } from '../base/log.ts'
import { type Append, type AppendedMessage, appendMessages } from './append-messages.ts'
import type { Change } from './changes.ts'
import { attempts, CommitListeners, conflict, conversationMissing } from './committed.ts'
import { migrate } from './migrations/index.ts'
import type { Database, Statement } from './statement.ts'
import { readersOf, type Store, type Transaction, type Writers, writersOf } from './store.ts'

/**
 * PostgreSQL. A write is a transaction on a connection of its own; row locks order those that touch the same things. Messages go by lanes: a
 * conversation always takes the same lane, a lane has one transaction under way and meanwhile collects the next, which takes all its rows in
 * a handful of statements. The server itself joins the commits of all connections.
 */
export interface PostgresSettings {
  url: string
  /** Connections at most. */
  pool: number
}

const laneCount = 2
const largestBatch = 500

// Event ids, instants and counts are integers below 2^53.
const int8 = 20
pg.types.setTypeParser(int8, Number)

type Client = Pick<pg.PoolClient, 'query'>

class Connection implements Database {
  readonly dialect = 'postgres'

  constructor(protected readonly client: Client) {}

  async #query(statement: Statement<never, unknown>, parameters: unknown): Promise<pg.QueryResult> {
    const compiled = statement.compiled('postgres')
    return this.client.query({ name: compiled.name, text: compiled.sql, values: compiled.values(parameters as Record<string, unknown>) })
  }

  async all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    return (await this.#query(statement as Statement<never, unknown>, parameters)).rows as R[]
  }

  async get<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined> {
    return (await this.all(statement, parameters))[0]
  }

  async run<P>(statement: Statement<P, unknown>, parameters: P): Promise<void> {
    await this.#query(statement as Statement<never, unknown>, parameters)
  }
}

class WritingConnection extends Connection implements Transaction {
  readonly changes: Change[] = []
  emit(change: Change): void {
    this.changes.push(change)
  }
}

const codeOf = (error: unknown) => (error instanceof pg.DatabaseError ? error.code : undefined)
const uniqueViolation = '23505'
const serializationFailure = '40001'
const deadlockDetected = '40P01'
const lostRace = (error: unknown) => [uniqueViolation, serializationFailure, deadlockDetected].includes(codeOf(error) ?? '')

/** Connects, and brings the schema up to date. */
export async function openPostgres(settings: PostgresSettings, log: Log): Promise<Store> {
  const pool = new pg.Pool({ connectionString: settings.url, max: settings.pool, application_name: 'parley' })
  // A connection that dies while it rests is replaced; without a listener it would end the process.
  pool.on('error', (cause) => log.warn({ err: cause }, 'A connection to PostgreSQL was lost'))
  try {
    await migrate(new Kysely<unknown>({ dialect: new PostgresDialect({ pool: { connect: () => pool.connect(), end: async () => {} } }) }))
  } catch (error) {
    await pool.end()
    throw error
  }
  return new PostgresStore(pool, log)
}

interface Sending {
  request: Append
  resolve(appended: AppendedMessage): void
  reject(reason: unknown): void
}

class PostgresStore implements Store {
  readonly read
  readonly #listeners: CommitListeners
  readonly #lanes: Lane[]

  constructor(
    private readonly pool: pg.Pool,
    log: Log,
  ) {
    this.#listeners = new CommitListeners(log)
    this.read = readersOf(new Connection(pool as unknown as Client))
    this.#lanes = Array.from({ length: laneCount }, () => new Lane((inside) => this.#transaction(inside)))
  }

  async write<T>(work: (tx: Writers) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transaction((tx) => work(writersOf(tx)))
      } catch (error) {
        if (!lostRace(error)) throw error
        if (attempt === attempts) throw conflict(error)
      }
    }
  }

  append(request: Append): Promise<AppendedMessage> {
    return (this.#lanes[laneOf(request.conversation_sid)] as Lane).send(request)
  }

  onCommit(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.add(listener)
  }

  async ping(): Promise<void> {
    await this.pool.query('select 1')
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.idle()))
    await this.pool.end()
  }

  async #transaction<T>(inside: (tx: WritingConnection) => Promise<T>): Promise<T> {
    const client = await this.pool.connect()
    const tx = new WritingConnection(client)
    let broken: Error | undefined
    try {
      await client.query('begin')
      const result = await inside(tx)
      await client.query('commit')
      this.#listeners.tell(tx.changes)
      return result
    } catch (error) {
      // When not even this is possible the connection is thrown away, and PostgreSQL rolls back by itself.
      await client.query('rollback').catch((cause: Error) => {
        broken = cause
      })
      throw error
    } finally {
      client.release(broken)
    }
  }
}

function laneOf(sid: string): number {
  return Number.parseInt(sid.slice(-4), 16) % laneCount
}

/** Messages of some conversations, one batch after the other. */
class Lane {
  #waiting: Sending[] = []
  #running: Promise<void> | undefined

  constructor(private readonly transaction: <T>(inside: (tx: Transaction) => Promise<T>) => Promise<T>) {}

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
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0, largestBatch))
    this.#running = undefined
  }

  async #write(batch: Sending[]): Promise<void> {
    try {
      const outcomes = await this.transaction((tx) =>
        appendMessages(
          tx,
          batch.map((one) => one.request),
          conversationMissing,
        ),
      )
      outcomes.forEach((outcome, at) => {
        const { resolve, reject } = batch[at] as Sending
        if ('appended' in outcome) resolve(outcome.appended)
        else reject(outcome.refused)
      })
    } catch (error) {
      const [only, ...others] = batch
      if (others.length === 0) only?.reject(error)
      // One of the batch upset the database: alone, each stands or falls by itself.
      else for (const one of batch) await this.#write([one])
    }
  }
}
