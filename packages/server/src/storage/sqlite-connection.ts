import type SQLite from 'better-sqlite3'
import type { Change } from './changes.ts'
import { recordMaker } from './record-maker.ts'
import type { Compiled, Database, Insertion, Statement, Transaction } from './statement.ts'

interface Prepared {
  run: SQLite.Statement<unknown[]>
  values: Compiled['values']
  toRow: (values: readonly unknown[]) => unknown
}

/** One connection and its prepared statements: as many as the code has, for statements are constants. */
export class SqliteConnection implements Database {
  readonly dialect = 'sqlite'
  readonly #prepared = new Map<unknown, Prepared>()

  constructor(readonly raw: SQLite.Database) {}

  /** The same as `all`, `get` and `run`, for those who know that SQLite answers at once. */
  allNow<P, R>(statement: Statement<P, R>, parameters: P): R[] {
    const { run, values, toRow } = this.#prepare(statement)
    return run.all(...values(parameters as Record<string, unknown>)).map((row) => toRow(row as unknown[]) as R)
  }

  getNow<P, R>(statement: Statement<P, R>, parameters: P): R | undefined {
    const { run, values, toRow } = this.#prepare(statement)
    const row = run.get(...values(parameters as Record<string, unknown>))
    return row === undefined ? undefined : (toRow(row as unknown[]) as R)
  }

  /** @returns the number of the row, if one was inserted */
  runNow<P>(statement: Statement<P, unknown>, parameters: P): number {
    const { run, values } = this.#prepare(statement)
    return run.run(...values(parameters as Record<string, unknown>)).lastInsertRowid as number
  }

  async all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]> {
    return this.allNow(statement, parameters)
  }

  async get<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined> {
    return this.getNow(statement, parameters)
  }

  async run<P>(statement: Statement<P, unknown>, parameters: P): Promise<void> {
    this.runNow(statement, parameters)
  }

  #prepare<P, R>(statement: Statement<P, R>): Prepared {
    const known = this.#prepared.get(statement)
    if (known) return known
    const { sql, values } = statement.compiled('sqlite')
    const run = this.raw.prepare<unknown[]>(sql)
    const toRow = recordMaker<readonly unknown[], unknown>(run.reader ? run.columns().map(({ name }, at) => [name, at]) : [])
    // Rows come as arrays, and get their names here: much faster than where SQLite's binding does it.
    const prepared = { run: run.reader ? run.raw(true) : run, values, toRow }
    this.#prepared.set(statement, prepared)
    return prepared
  }
}

/** The writing connection, inside a transaction. */
export class SqliteTransaction extends SqliteConnection implements Transaction {
  readonly changes: Change[] = []

  insertNow({ statement, parameters, numbered }: Insertion): void {
    const number = this.runNow(statement, parameters)
    numbered?.(number)
  }

  async insert(insertion: Insertion): Promise<void> {
    this.insertNow(insertion)
  }

  emit(change: Change): void {
    this.changes.push(change)
  }
}
