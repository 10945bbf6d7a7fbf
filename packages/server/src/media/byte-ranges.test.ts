import { describe, expect, it } from 'vitest'
import { type Wanted, wantedOf } from './byte-ranges.ts'

const modified = Date.parse('2026-11-20T09:34:09.238Z')
const version = { etag: '"abc"', modified, size: 10 }
const then = new Date(modified).toUTCString()
const before = new Date(modified - 5_000).toUTCString()

describe('a request for the ten bytes of a file', () => {
  it.each<[headers: Record<string, string>, wanted: Wanted]>([
    [{}, 'everything'],
    [{ range: 'bytes=0-3' }, { start: 0, end: 3 }],
    [{ range: 'bytes=4-' }, { start: 4, end: 9 }],
    [{ range: 'bytes=-3' }, { start: 7, end: 9 }],
    [{ range: 'bytes=-300' }, { start: 0, end: 9 }],
    [{ range: 'bytes=8-300' }, { start: 8, end: 9 }],
    [{ range: 'Bytes= 9 - 9 ' }, { start: 9, end: 9 }],
    [{ range: 'bytes=10-' }, 'unsatisfiable'],
    [{ range: 'bytes=-0' }, 'unsatisfiable'],
    [{ range: 'bytes=5-2' }, 'everything'],
    [{ range: 'bytes=-' }, 'everything'],
    [{ range: 'bytes=0-1,4-5' }, 'everything'],
    [{ range: 'lines=1-2' }, 'everything'],
    [{ range: 'bytes=0x1-2' }, 'everything'],
    [{ range: `bytes=0-${'9'.repeat(400)}` }, 'everything'],
    [{ 'if-none-match': '"abc"' }, 'nothing new'],
    [{ 'if-none-match': 'W/"abc"' }, 'nothing new'],
    [{ 'if-none-match': '"old", "abc"' }, 'nothing new'],
    [{ 'if-none-match': '*' }, 'nothing new'],
    [{ 'if-none-match': '"old"' }, 'everything'],
    [{ 'if-none-match': '"old"', 'if-modified-since': then }, 'everything'],
    [{ 'if-modified-since': then }, 'nothing new'],
    [{ 'if-modified-since': before }, 'everything'],
    [{ 'if-modified-since': 'yesterday' }, 'everything'],
    [
      { range: 'bytes=0-3', 'if-range': '"abc"' },
      { start: 0, end: 3 },
    ],
    [
      { range: 'bytes=0-3', 'if-range': then },
      { start: 0, end: 3 },
    ],
    [{ range: 'bytes=0-3', 'if-range': '"old"' }, 'everything'],
    [{ range: 'bytes=0-3', 'if-range': 'W/"abc"' }, 'everything'],
    [{ range: 'bytes=0-3', 'if-range': before }, 'everything'],
    [{ range: 'bytes=0-3', 'if-none-match': '"abc"' }, 'nothing new'],
  ])('with %j wants %j', (headers, wanted) => {
    expect(wantedOf(headers, version)).toEqual(wanted)
  })

  it('finds no range in a file without bytes', () => {
    expect(wantedOf({ range: 'bytes=0-' }, { ...version, size: 0 })).toBe('unsatisfiable')
  })
})
