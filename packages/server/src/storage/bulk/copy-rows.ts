import { DatabaseProblem, type RowSource, type RowTarget, type Sum, Summing, sameSum, type Table } from './rows.ts'

/** What was copied of one table. */
export interface CopiedTable extends Sum {
  table: string
}

export type Progress = (table: string, rows: number) => void

/**
 * Copies all rows and reads them again: the target is finished only when every table there has the rows of the source, each value the same, the
 * event ids by which clients catch up among them. `lastly` are statements that change them afterwards.
 *
 * @throws DatabaseProblem when they differ; the target is then as it was
 */
export async function copyRows(
  source: RowSource,
  target: RowTarget,
  progress: Progress = () => {},
  lastly: readonly string[] = [],
): Promise<CopiedTable[]> {
  try {
    const copied: CopiedTable[] = []
    for (const table of source.tables) {
      const sum = await copyTable(source, target, table, progress)
      assertSame(table, sum, await sumOf(target, table))
      copied.push({ table: table.name, ...sum })
    }
    await target.finish(lastly)
    return copied
  } catch (error) {
    await target.abandon()
    throw error
  }
}

async function copyTable(source: RowSource, target: RowTarget, table: Table, progress: Progress): Promise<Sum> {
  const summing = new Summing()
  for await (const rows of source.read(table)) {
    summing.add(rows)
    await target.insert(table, rows)
    progress(table.name, summing.sum.rows)
  }
  return summing.sum
}

async function sumOf(from: Pick<RowSource, 'read'>, table: Table): Promise<Sum> {
  const summing = new Summing()
  for await (const rows of from.read(table)) summing.add(rows)
  return summing.sum
}

function assertSame({ name }: Table, wanted: Sum, found: Sum): void {
  if (sameSum(wanted, found)) return
  throw new DatabaseProblem(
    wanted.rows === found.rows
      ? `The ${found.rows} rows of ${name} are not the same after copying`
      : `${name} has ${found.rows} rows after copying, and not ${wanted.rows}`,
  )
}
