import { describe, expect, it } from 'vitest'
import { KeptRows } from './kept-rows.ts'

describe('kept rows', () => {
  const user = {}
  const conversation = {}

  /** A table that counts how often it is read. */
  function table(rows: Record<string, unknown>) {
    const kept = new KeptRows()
    const table = {
      kept,
      reads: 0,
      get: (statement: object, ...values: unknown[]) =>
        kept.get(statement, values, () => {
          table.reads++
          return rows[values.join()]
        }),
    }
    return table
  }

  it('are read once for the same statement and values, and again when they are forgotten', () => {
    const rows = table({ one: { name: 'Alice' } })

    const answers = [rows.get(user, 'one'), rows.get(user, 'one')]
    rows.kept.forget()

    expect(answers).toEqual([{ name: 'Alice' }, { name: 'Alice' }])
    expect(rows.reads).toBe(1)
    rows.get(user, 'one')
    expect(rows.reads).toBe(2)
  })

  it('of other statements, or for other values, are others', () => {
    const rows = table({ one: { name: 'Alice' }, 'one,two': { name: 'Bob' } })

    rows.get(user, 'one')
    rows.get(conversation, 'one')

    expect(rows.get(user, 'one', 'two')).toEqual({ name: 'Bob' })
    expect(rows.reads).toBe(3)
  })

  it('are not what was not there: it is looked for again', () => {
    const rows = table({})

    expect([rows.get(user, 'one'), rows.get(user, 'one')]).toEqual([undefined, undefined])
    expect(rows.reads).toBe(2)
  })

  it('cannot be changed by one reader for the others', () => {
    const rows = table({ one: [{ name: 'Alice' }] })

    const answer = rows.get(user, 'one') as { name: string }[]

    expect(() => answer.push({ name: 'Mallory' })).toThrow(TypeError)
    expect(() => Object.assign(answer[0] as object, { name: 'Mallory' })).toThrow(TypeError)
  })

  it('are no more than a few megabytes: what is too much makes room for what is newer', () => {
    const text = 'x'.repeat(100_000)
    const rows = table(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [n, { text }])))

    for (let n = 0; n < 30; n++) rows.get(user, n)
    rows.get(user, 29)
    expect(rows.reads).toBe(30)

    rows.get(user, 0)
    expect(rows.reads).toBe(31)
  })

  it('do not make room for one answer that is larger than many', () => {
    const rows = table({ one: { name: 'Alice' }, all: [{ text: 'x'.repeat(300_000) }] })

    rows.get(user, 'one')
    rows.get(user, 'all')
    rows.get(user, 'all')
    rows.get(user, 'one')

    expect(rows.reads).toBe(3)
  })
})
