import { expect, it } from 'vitest'
import { segmentsOf } from './segments.ts'

it.each([
  ['', 0, null],
  ['a'.repeat(160), 1, null],
  ['a'.repeat(161), 2, null],
  ['€'.repeat(80), 1, null],
  ['€'.repeat(81), 2, null],
  ['é'.repeat(160), 1, null],
  ['être', 1, 'ê'],
  ['я'.repeat(70), 1, 'я'],
  ['я'.repeat(71), 2, 'я'],
  ['fine 👍', 1, '👍'],
])('%j is so many texts: %d', (text, count, foreign) => {
  expect(segmentsOf(text)).toEqual({ count, foreign })
})
