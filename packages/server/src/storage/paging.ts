import type { Kysely } from 'kysely'
import { type Expression, type SelectQueryBuilder, sql } from 'kysely'
import type { Schema } from './schema.ts'
import { type Database, type Dialect, type Parameters, type Statement, statement } from './statement.ts'

/** Where a page starts: the sort keys of the row beside it. */
export type Cursor = readonly (string | number)[]

export interface PageRequest {
  /** Rows at most. */
  limit: number
  /** Rows behind this one (or before it, when `backwards`); the first page when absent. */
  cursor?: Cursor | undefined
  backwards?: boolean | undefined
}

export interface Page<R> {
  rows: R[]
  /** The cursor of the page behind, null when there is none. */
  next: Cursor | null
  /** The cursor of the page before, to be asked for backwards; null when there is none. */
  previous: Cursor | null
}

type Query<R> = SelectQueryBuilder<Schema, never, R>

interface Listing<P, R> {
  /** The rows with their filters, without order and limit. */
  // biome-ignore lint/suspicious/noExplicitAny: Kysely's builder type differs with every join; only its rows matter here.
  select(db: Kysely<Schema>, p: Parameters<P>, dialect: Dialect): SelectQueryBuilder<any, any, R>
  /** The columns that order the list; together they are unique. */
  keys: readonly string[]
  /** Names of the parameters between which the first key lies, both included. */
  range?: { from: keyof P & string; to: keyof P & string }
  order: 'asc' | 'desc'
  /** The sort keys of a row, as its cursor. */
  cursorOf(row: R): Cursor
}

type Variant = 'first' | 'forward' | 'backward'

/**
 * A list that is read page by page with keyset paging: every page costs the same, wherever it stands, given an index over the filters and
 * keys.
 */
export function listing<P extends object, R>(of: Listing<P, R>): (db: Database, parameters: P, request: PageRequest) => Promise<Page<R>> {
  const variant = (kind: Variant): Statement<P & Record<string, unknown>, R> =>
    statement((db, p, dialect) => {
      const parameter = p as (name: string) => Expression<unknown>
      const descending = (of.order === 'desc') !== (kind === 'backward')
      const keys = of.keys.map((key) => sql.ref(key))
      const cursor = sql.join(of.keys.map((_, at) => parameter(`cursor${at}`)))
      let query = of.select(db, p as unknown as Parameters<P>, dialect) as unknown as Query<R>
      if (kind !== 'first') query = query.where(sql<boolean>`(${sql.join(keys)}) ${sql.raw(descending ? '<' : '>')} (${cursor})`)
      // The cursor is a bound of its own. One beside it would be searched from, and the rows between them read for nothing.
      if (of.range && (kind === 'first' || descending)) query = query.where(sql<boolean>`${keys[0]} >= ${parameter(of.range.from)}`)
      if (of.range && (kind === 'first' || !descending)) query = query.where(sql<boolean>`${keys[0]} <= ${parameter(of.range.to)}`)
      for (const key of keys) query = query.orderBy(key as Expression<never>, descending ? 'desc' : 'asc')
      return query.limit(parameter('limit') as never)
    })
  const statements: Record<Variant, Statement<P & Record<string, unknown>, R>> = {
    first: variant('first'),
    forward: variant('forward'),
    backward: variant('backward'),
  }

  return async (db, parameters, { limit, cursor, backwards }) => {
    const kind = cursor ? (backwards ? 'backward' : 'forward') : 'first'
    const at = Object.fromEntries((cursor ?? []).map((value, index) => [`cursor${index}`, value]))
    const found = await db.all(statements[kind], { limit: limit + 1, ...at, ...parameters })
    const more = found.length > limit
    const rows = more ? found.slice(0, limit) : found
    if (kind === 'backward') rows.reverse()
    const edge = (row: R | undefined) => (row === undefined ? null : of.cursorOf(row))
    return {
      rows,
      next: kind === 'backward' || more ? edge(rows.at(-1)) : null,
      previous: kind === 'forward' || (kind === 'backward' && more) ? edge(rows[0]) : null,
    }
  }
}
