import { createReadStream, createWriteStream, existsSync, rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { CopiedTable, Progress } from './copy-rows.ts'
import { moveDurably } from './durable-file.ts'
import { DatabaseProblem, portion, type Row, type RowSource, readable, type Sum, Summing, sameSum, type Table, writable } from './rows.ts'

/**
 * A backup that any database can be restored from: JSON lines, compressed with gzip.
 *
 * The first line says what it is, the schema's steps and the tables; then, for each table, a line with its name and one array a row; the last
 * line has the sums of all tables. A file without it was cut off.
 */
interface Head {
  parley_dump: 1
  /** ISO 8601. */
  created: string
  steps: readonly string[]
  tables: readonly Table[]
}

interface Tail {
  end: Record<string, Sum>
}

/** Writes all rows of a source into a file. It gets its name when it is whole and on the disk; its owner alone can read it. */
export async function writeDump(source: RowSource, file: string, created: Date, progress: Progress = () => {}): Promise<CopiedTable[]> {
  if (existsSync(file))
    throw new DatabaseProblem(`${file} is there already`, { advice: 'Backups are never overwritten: choose another name.' })
  const draft = `${file}.incoming`
  const copied: CopiedTable[] = []

  async function* lines(): AsyncGenerator<string> {
    const head: Head = { parley_dump: 1, created: created.toISOString(), steps: source.steps, tables: source.tables }
    yield `${JSON.stringify(head)}\n`
    for (const table of source.tables) {
      yield `${JSON.stringify({ table: table.name })}\n`
      const summing = new Summing()
      for await (const rows of source.read(table)) {
        summing.add(rows)
        progress(table.name, summing.sum.rows)
        yield `${rows.map((row) => JSON.stringify(row.map(writable))).join('\n')}\n`
      }
      copied.push({ table: table.name, ...summing.sum })
    }
    const tail: Tail = { end: Object.fromEntries(copied.map(({ table, rows, digest }) => [table, { rows, digest }])) }
    yield `${JSON.stringify(tail)}\n`
  }

  try {
    await pipeline(Readable.from(lines()), createGzip(), createWriteStream(draft, { mode: 0o600 }))
    moveDurably(draft, file)
    return copied
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** The rows in a dump. The file is read once, from its beginning to its end: so tables are asked for in their order. */
export async function openDump(file: string): Promise<RowSource> {
  const stream = createReadStream(file)
  const unpacked = stream.pipe(createGunzip())
  const lines = createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY })
  // Readers hear of a broken pack by the lines; of a file that cannot be read, they hear here.
  stream.on('error', (error) => unpacked.destroy(error))
  const iterator = lines[Symbol.asyncIterator]()

  const next = async (): Promise<unknown> => {
    try {
      const { value, done } = await iterator.next()
      if (done) throw unpacked.errored ?? new Error('it was cut off')
      return JSON.parse(value as string)
    } catch (cause) {
      throw damaged(file, cause as Error)
    }
  }

  const head = (await next()) as Partial<Head>
  if (head.parley_dump !== 1 || !head.tables || !head.steps) throw damaged(file, new Error('it is no backup of this version of Parley'))
  const sums: Record<string, Sum> = {}
  let ahead = await next()

  async function* read(table: Table): AsyncGenerator<Row[]> {
    if ((ahead as { table?: string }).table !== table.name)
      throw damaged(file, new Error(`the table ${table.name} is not where it should be`))
    const summing = new Summing()
    let rows: Row[] = []
    const full = () => {
      const whole = rows
      summing.add(whole)
      rows = []
      return whole
    }
    for (ahead = await next(); Array.isArray(ahead); ahead = await next()) {
      if (ahead.length !== table.columns.length) throw damaged(file, new Error(`a row of ${table.name} has ${ahead.length} values`))
      if (rows.push(ahead.map(readable)) >= portion) yield full()
    }
    if (rows.length > 0) yield full()
    sums[table.name] = summing.sum
    if ((head.tables as readonly Table[]).at(-1)?.name === table.name) assertWhole((ahead as Partial<Tail>).end)
  }

  function assertWhole(end: Tail['end'] | undefined): void {
    for (const [name, sum] of Object.entries(sums)) {
      const wanted = end?.[name]
      if (!wanted || !sameSum(wanted, sum)) throw damaged(file, new Error(`the rows of ${name} are not those that were written`))
    }
  }

  return { steps: head.steps, tables: head.tables, read, close: async () => void stream.destroy() }
}

const damaged = (file: string, cause: Error) => new DatabaseProblem(`The backup ${file} is damaged: ${cause.message}`, { cause })
