import { createHash } from 'node:crypto'
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  type LimitNode,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import type { Change } from './changes.ts'
import type { Schema } from './schema.ts'

/**
 * Statements are written once with Kysely, which checks them against the schema and knows the dialects, and are compiled once a dialect.
 * What runs is a prepared statement with an array of values: no query is built on the way of a request.
 */
export type Dialect = 'sqlite' | 'postgres'

/** Asks for a parameter by name: `where('sid', '=', p('sid'))`. */
export type Parameters<P> = <K extends keyof P & string>(name: K) => RawBuilder<P[K]>

export interface Compiled {
  /** Names the prepared statement on a PostgreSQL connection. */
  readonly name: string
  readonly sql: string
  /** The values in the order of the statement's placeholders. */
  values(parameters: Record<string, unknown>): unknown[]
}

/** A statement with parameters P that answers rows R. */
export interface Statement<P, R> {
  compiled(dialect: Dialect): Compiled
  /** Whether its rows may be kept until the next commit: those that many ask for, again and again. */
  readonly isKept: boolean
  /** The other kept statement that its one row answers, and for which parameters. */
  alsoAnswers?(row: R): Answered
  readonly types?: { parameters: P; row: R }
}

/** A statement with its parameters. */
export interface Answered {
  statement: Pick<Statement<unknown, unknown>, 'compiled'>
  parameters: Record<string, unknown>
}

/** Limits are parameters, and SQLite does not plan by them: see `atMost`. */
class SteadyQueryCompiler extends SqliteQueryCompiler {
  protected override visitLimit({ limit }: LimitNode): void {
    this.append('limit cast(')
    this.visitNode(limit)
    this.append(' as bigint)')
  }
}

class Placeholder {
  constructor(readonly name: string) {}
}

const builders: Record<Dialect, Kysely<Schema>> = {
  sqlite: new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SteadyQueryCompiler(),
    },
  }),
  postgres: new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
}

interface Compilable<R> {
  compile(): CompiledQuery<R>
}

/** A name of its own for each text: poolers that share connections between processes of different versions mix nothing up. */
const nameOf = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 20)

function compile(built: Compilable<unknown>): Compiled {
  const query = built.compile()
  const slots = query.parameters
  const names = slots.map((slot) => (slot instanceof Placeholder ? slot.name : undefined))
  return {
    name: nameOf(query.sql),
    sql: query.sql,
    values(parameters) {
      const values = new Array<unknown>(names.length)
      for (let at = 0; at < names.length; at++) {
        const name = names[at]
        const value = name === undefined ? slots[at] : parameters[name]
        if (value === undefined) throw new TypeError(`The parameter ${name} of a statement is missing: ${query.sql}`)
        values[at] = value
      }
      return values
    },
  }
}

/**
 * A limit that is a parameter, in a statement that is written as text. SQLite plans by the value of a bare one, and so prepares the statement anew
 * whenever it runs.
 */
export const atMost = (rows: RawBuilder<number>): RawBuilder<number> => sql`cast(${rows} as bigint)`

/** Writes a statement whose rows are kept until the next commit. */
export const keptStatement: typeof statement = (build, options) => statement(build, { ...options, isKept: true })

/** Every statement there is: none may cost more the more rows there are (query-plans.test.ts). */
export const everyStatement: Statement<never, unknown>[] = []

/** Writes a statement. `build` runs once a dialect, when the statement is first used. */
export function statement<P, R>(
  build: (db: Kysely<Schema>, p: Parameters<P>, dialect: Dialect) => Compilable<R>,
  { isKept = false, alsoAnswers }: { isKept?: boolean; alsoAnswers?: (row: R) => Answered } = {},
): Statement<P, R> {
  const cache: Partial<Record<Dialect, Compiled>> = {}
  const parameter = ((key: string) => sql`${new Placeholder(key)}`) as unknown as Parameters<P>
  const written: Statement<P, R> = {
    isKept,
    ...(alsoAnswers ? { alsoAnswers } : {}),
    compiled(dialect) {
      const known = cache[dialect]
      if (known) return known
      const fresh = compile(build(builders[dialect], parameter, dialect))
      cache[dialect] = fresh
      return fresh
    },
  }
  everyStatement.push(written as Statement<never, unknown>)
  return written
}

/** A statement that inserts, for those who send statements without waiting for each. */
export interface Insertion {
  statement: Statement<Record<string, unknown>, unknown>
  parameters: Record<string, unknown>
  /** Is told the number that the row was given, where the database says it at once: SQLite does. */
  numbered?: (number: number) => void
}

/** Runs statements: on a reading connection, or inside a transaction. */
export interface Database {
  readonly dialect: Dialect
  all<P, R>(statement: Statement<P, R>, parameters: P): Promise<R[]>
  get<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined>
  run<P>(statement: Statement<P, unknown>, parameters: P): Promise<void>
}

/** A database inside a transaction. What is emitted here becomes news when, and only when, the transaction has committed. */
export interface Transaction extends Database {
  insert(insertion: Insertion): Promise<void>
  emit(change: Change): void
}
