import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Commits one row at a time, each on the disk before the next, and prints how many were done a second. */
const seconds = 2
const database = new Database(join(process.env['PARLEY_DATA_DIR'] ?? '.', 'commits.sqlite'))
database.pragma('journal_mode = WAL')
database.pragma('synchronous = FULL')
database.exec('create table if not exists rows (text text)')
const insert = database.prepare('insert into rows values (?)')
const started = performance.now()
let count = 0
while (performance.now() - started < seconds * 1_000) {
  insert.run('x'.repeat(200))
  count++
}
console.log((count * 1_000) / (performance.now() - started))
