import { existsSync, rmSync } from 'node:fs'
import SQLite from 'better-sqlite3'
import { moveDurably } from './durable-file.ts'
import {
  DatabaseProblem,
  isBookkeeping,
  notEmpty,
  portion,
  quoted,
  quotedColumns,
  type Row,
  type RowSource,
  type RowTarget,
  type Table,
} from './rows.ts'

/** The rows of a SQLite file, as they are at this moment. @throws DatabaseProblem when there is none */
export function openSqliteRows(file: string): RowSource {
  if (!existsSync(file))
    throw new DatabaseProblem(`There is no database ${file}`, { advice: 'PARLEY_DATA_DIR says where it is.', unreachable: true })
  const db = new SQLite(file, { readonly: true, fileMustExist: true, timeout: 5_000 })
  try {
    db.exec('begin')
    return { steps: stepsOf(db), tables: tablesOf(db), read: (table) => portionsOf(db, table), close: async () => void db.close() }
  } catch (cause) {
    db.close()
    throw new DatabaseProblem(`${file} is no database of Parley: ${(cause as Error).message}`, { cause })
  }
}

function stepsOf(db: SQLite.Database): string[] {
  const known = db.prepare("select 1 from sqlite_schema where name = 'kysely_migration'").get()
  return known ? db.prepare<[], string>('select name from kysely_migration order by name').pluck().all() : []
}

function tablesOf(db: SQLite.Database): Table[] {
  const names = db.prepare<[], string>(
    "select name from sqlite_schema where type = 'table' and name not like 'sqlite!_%' escape '!' order by name",
  )
  return names
    .pluck()
    .all()
    .filter((name) => !isBookkeeping(name))
    .map((name) => ({ name, columns: db.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(name).sort() }))
}

async function* portionsOf(db: SQLite.Database, table: Table): AsyncGenerator<Row[]> {
  let rows: Row[] = []
  for (const row of db
    .prepare<[], Row>(`select ${quotedColumns(table)} from ${quoted(table.name)}`)
    .raw()
    .iterate()) {
    if (rows.push(row) < portion) continue
    yield rows
    rows = []
  }
  if (rows.length > 0) yield rows
}

/**
 * A new SQLite file to be filled. It is built beside its place, and gets its name when it is whole and on the disk.
 *
 * @param prepare brings the schema into it
 * @throws DatabaseProblem when a database with rows is there already
 */
export async function openSqliteTarget(file: string, prepare: (draft: string) => Promise<void>): Promise<RowTarget> {
  assertEmpty(file)
  const draft = `${file}.incoming`
  discard(draft)
  try {
    await prepare(draft)
    const db = new SQLite(draft)
    db.exec('begin')
    return {
      async insert(table, rows) {
        const insert = db.prepare(
          `insert into ${quoted(table.name)} (${quotedColumns(table)}) values (${table.columns.map(() => '?').join(', ')})`,
        )
        for (const row of rows) insert.run(...row)
      },
      read: (table) => portionsOf(db, table),
      async finish(lastly) {
        for (const statement of lastly) db.exec(statement)
        db.exec('commit')
        db.pragma('wal_checkpoint(TRUNCATE)')
        db.close()
        for (const name of [file, ...beside(file)]) rmSync(name, { force: true })
        moveDurably(draft, file)
        discard(draft)
      },
      async abandon() {
        db.close()
        discard(draft)
      },
    }
  } catch (error) {
    discard(draft)
    throw error
  }
}

const beside = (file: string) => ['-wal', '-shm', '-journal'].map((ending) => file + ending)
/** Takes away a file that was being filled, and what SQLite has left beside it: a log of another file would be taken for its own. */
export const discard = (draft: string): void => {
  for (const name of [draft, ...beside(draft), `${draft}-lock`]) rmSync(name, { force: true })
}

/** @throws DatabaseProblem when the file has rows, or is something else */
export function assertEmpty(file: string): void {
  if (!existsSync(file)) return
  const db = new SQLite(file, { readonly: true })
  try {
    const filled = tablesOf(db).find(({ name }) => db.prepare(`select 1 from ${quoted(name)} limit 1`).get())
    if (filled) throw notEmpty(file, filled.name)
  } catch (cause) {
    throw cause instanceof DatabaseProblem ? cause : new DatabaseProblem(`${file} is no database: ${(cause as Error).message}`, { cause })
  } finally {
    db.close()
  }
}
