import { ParleyError } from '@parley/protocol'
import pg from 'pg'
import type { Change } from './changes.ts'
import type { Database, Insertion, Statement, Transaction } from './statement.ts'

// Event ids, instants and counts are integers below 2^53.
const int8: number = pg.types.builtins.INT8
/** How the values of columns are read. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) => (type === int8 ? Number : pg.types.getTypeParser(type, format)),
}

/** The connection broke, or none could be had. What was not committed did not happen. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost'
}

const connectionException = '08'
const serverStops = '57P'
const tooManyConnections = '53300'

/** Errors that PostgreSQL answers leave the connection as it was, apart from a few that end it; all others come from the connection. */
function isLost(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return true
  const code = error.code ?? ''
  return code.startsWith(connectionException) || code.startsWith(serverStops) || code === tooManyConnections
}

type Client = Pick<pg.Pool | pg.PoolClient, 'query'>

/** Runs a query. @throws ConnectionLost */
export async function query(client: Client, text: string | pg.QueryConfig, values?: unknown[]): Promise<pg.QueryResult> {
  try {
    return await (client as pg.Pool).query(text as string, values)
  } catch (error) {
    throw isLost(error) ? new ConnectionLost('The connection to PostgreSQL broke', { cause: error }) : error
  }
}

/** Runs statements on a connection, or on any of a pool. */
export class PostgresConnection implements Database {
  readonly dialect = 'postgres'

  constructor(protected readonly client: Client) {}

  async all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    const { name, sql, values } = statement.compiled('postgres')
    const { rows } = await query(this.client, { name, text: sql, values: values(parameters as Record<string, unknown>) })
    return rows as R[]
  }

  async get<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined> {
    return (await this.all(statement, parameters))[0]
  }

  async run<P>(statement: Statement<P, unknown>, parameters: P): Promise<void> {
    await this.all(statement, parameters)
  }
}

/** Reads on any connection of a pool: when that one breaks, on another. */
export class PostgresReading extends PostgresConnection {
  override all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    return retryLost(() => super.all(statement, parameters))
  }
}

/** Does once more what failed with its connection. @throws ParleyError 20503 when that does not help */
export async function retryLost<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read().catch((error) => (error instanceof ConnectionLost ? read() : Promise.reject(error)))
  } catch (error) {
    throw error instanceof ConnectionLost ? new ParleyError('unavailable', { cause: error }) : error
  }
}

const reads = /^select\b/i

/** A connection inside a transaction. What is asked for without waiting travels together. */
export class PostgresTransaction extends PostgresConnection implements Transaction {
  readonly changes: Change[] = []
  /** Statements that nobody waits for before the commit. */
  readonly sent: Promise<unknown>[] = []
  #marking: Promise<void> | undefined

  /** @param leaveMark says who commits; runs before the first statement that writes */
  constructor(
    client: Client,
    private readonly leaveMark: (db: Database) => Promise<void>,
  ) {
    super(client)
  }

  override all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    if (!reads.test(statement.compiled('postgres').sql)) this.willWrite()
    return super.all(statement, parameters)
  }

  /** What will write anyway says so with its first reads: then nobody waits for the mark. */
  willWrite(): void {
    if (this.#marking) return
    const marking = this.leaveMark(new PostgresConnection(this.client))
    marking.catch(() => {})
    this.#marking = marking
  }

  /** Resolves when the mark was left: before that nothing may be committed. @returns whether there is one, for who writes nothing leaves none */
  async marked(): Promise<boolean> {
    await this.#marking
    return this.#marking !== undefined
  }

  insert({ statement, parameters }: Insertion): Promise<void> {
    return this.run(statement, parameters)
  }

  emit(change: Change): void {
    this.changes.push(change)
  }

  /** Runs a statement together with the commit. When it fails, so does the transaction. */
  send<P>(statement: Statement<P, unknown>, parameters: P): void {
    const running = this.run(statement, parameters)
    running.catch(() => {})
    this.sent.push(running)
  }
}
