import { type RawBuilder, sql } from 'kysely'
import type { Schema } from './schema.ts'
import { type Dialect, type Insertion, statement } from './statement.ts'

/** Columns in a statement that is written as text. */
export const listed = (columns: readonly string[]) => sql.join(columns.map((name) => sql.ref(name)))

/** Rows of a table that come as one JSON list, in its order: one parameter and one statement, however many they are. */
export function rowsIn(table: keyof Schema & string, columns: readonly string[], json: RawBuilder<string>, dialect: Dialect) {
  return dialect === 'postgres'
    ? sql`select ${listed(columns)} from json_populate_recordset(null::${sql.table(table)}, ${json}::json)`
    : sql`select ${sql.join(columns.map((name) => sql`value ->> ${sql.lit(`$.${name}`)} as ${sql.ref(name)}`))} from json_each(${json}) where true`
}

/** The texts of a JSON list, to be found with `in`. */
export function textsIn(json: RawBuilder<string>, dialect: Dialect) {
  return dialect === 'postgres' ? sql`select json_array_elements_text(${json}::json)` : sql`select value from json_each(${json})`
}

/**
 * Inserts rows of a table, in their order. PostgreSQL is given all of them in one journey. There is no journey to SQLite, and a prepared statement
 * for each row costs it a fraction of what it costs to take a JSON list apart.
 */
export function insertingInto<R extends object>(
  table: keyof Schema & string,
  columns: readonly (keyof R & string)[],
  whenThere: RawBuilder<unknown> = sql``,
): (rows: readonly R[], dialect: Dialect) => Insertion[] {
  const inserting = statement<Record<string, unknown>, unknown>((db, p, dialect) => ({
    compile: () =>
      sql`insert into ${sql.table(table)} (${listed(columns)}) ${
        dialect === 'postgres'
          ? rowsIn(table, columns, p('rows') as RawBuilder<string>, dialect)
          : sql`values (${sql.join(columns.map((name) => p(name)))})`
      } ${whenThere}`.compile(db),
  }))
  return (rows, dialect) =>
    dialect === 'postgres'
      ? [{ statement: inserting, parameters: { rows: JSON.stringify(rows) } }]
      : rows.map((row) => ({ statement: inserting, parameters: row as Record<string, unknown> }))
}
