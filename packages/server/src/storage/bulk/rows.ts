import { createHash } from 'node:crypto'

/**
 * A database as a pile of rows, for moves and backups, which know nothing of what is in them. A row is the values of its columns, in the order in
 * which the table names them: text, numbers, null and bytes, the same in SQLite and PostgreSQL.
 */
export type Value = string | number | null | Uint8Array
export type Row = readonly Value[]

export interface Table {
  name: string
  columns: readonly string[]
}

/** Rows that are read, and written, at a time. */
export const portion = 500

/** What a database keeps of its own use: its schema's steps, and who commits. */
export const isBookkeeping = (table: string) => table.startsWith('kysely_migration') || table === 'commit_marks'

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
export const quotedColumns = ({ columns }: Table) => columns.map(quoted).join(', ')

/** Where rows come from: one state of the database, whatever happens to it meanwhile. */
export interface RowSource {
  /** The steps of the schema that its database has taken. */
  readonly steps: readonly string[]
  readonly tables: readonly Table[]
  /** All rows of a table, in portions. */
  read(table: Table): AsyncIterable<readonly Row[]>
  close(): Promise<void>
}

/** An empty database to be filled. Nothing is in it before `finish`, and all is after. */
export interface RowTarget {
  insert(table: Table, rows: readonly Row[]): Promise<void>
  /** What was inserted, read again. */
  read(table: Table): AsyncIterable<readonly Row[]>
  /** @param lastly what is done to the rows before they are there */
  finish(lastly: readonly string[]): Promise<void>
  /** Leaves it as it was. */
  abandon(): Promise<void>
}

/** How many rows of which content: equal for equal tables, in whatever order the rows come. */
export interface Sum {
  rows: number
  digest: string
}

const digestBits = 256n

/** Adds up the rows of one table. */
export class Summing {
  #rows = 0
  #digest = 0n

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const hash = createHash('sha256')
        .update(JSON.stringify(row.map(writable)))
        .digest('hex')
      this.#digest = BigInt.asUintN(Number(digestBits), this.#digest + BigInt(`0x${hash}`))
    }
    this.#rows += rows.length
  }

  get sum(): Sum {
    return { rows: this.#rows, digest: this.#digest.toString(16).padStart(Number(digestBits) / 4, '0') }
  }
}

/** @returns the refusal to pour rows among others */
export const notEmpty = (place: string, table: string) =>
  new DatabaseProblem(`${place} is not empty: there are rows in ${table}`, { advice: 'Name a database that is empty, or not there yet.' })

export const sameSum = (one: Sum, other: Sum) => one.rows === other.rows && one.digest === other.digest

/** A value as JSON can hold it. */
export const writable = (value: Value): unknown => (value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value)

/** The value again. */
export function readable(json: unknown): Value {
  if (json === null || typeof json === 'string' || typeof json === 'number') return json
  const { base64 } = (json ?? {}) as { base64?: unknown }
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64')
  throw new TypeError('A value of an unknown kind')
}

/** A move, a backup or a restoration that is refused or has failed, in words for the operator. Nothing was changed. */
export class DatabaseProblem extends Error {
  override readonly name = 'DatabaseProblem'
  /** What to do about it. */
  readonly advice: string | undefined
  /** Whether there was no database to talk to. */
  readonly unreachable: boolean

  constructor(message: string, { advice, unreachable = false, cause }: { advice?: string; unreachable?: boolean; cause?: unknown } = {}) {
    super(message, { cause })
    this.advice = advice
    this.unreachable = unreachable
  }
}
