import type { OutputOptions } from './options.ts'
import { cell, json, print, printJson, printPairs, printTable, say } from './terminal.ts'

type Resource = Record<string, unknown>

/** One resource: its members, without the addresses of others. */
export function showResource(resource: object, { json: asJson }: OutputOptions): void {
  if (asJson) printJson(resource)
  else printPairs(Object.entries(resource).filter(([name]) => name !== 'links' && name !== 'url'))
}

/** Resources as they come in: a table, or a JSON array. */
export async function showList(
  resources: AsyncIterable<object>,
  columns: readonly string[],
  { json: asJson, limit }: OutputOptions & { limit: number },
): Promise<void> {
  if (asJson) return showJsonArray(resources)
  const rows: string[][] = []
  for await (const one of resources) rows.push(columns.map((column) => cell((one as Resource)[column])))
  if (rows.length > 0)
    printTable(
      columns.map((column) => column.replaceAll('_', ' ')),
      rows,
    )
  else say('There are none.')
  if (rows.length === limit) say(`At most ${limit} are shown: --limit <n>, or --limit all.`)
}

/** Written bit by bit: a long list needs no room. */
async function showJsonArray(resources: AsyncIterable<object>): Promise<void> {
  let before = '['
  for await (const one of resources) {
    process.stdout.write(`${before}\n${json(one, 2).replace(/^/gm, '  ')}`)
    before = ','
  }
  print(before === '[' ? '[]' : '\n]')
}
