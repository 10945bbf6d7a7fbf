import { expect, it } from 'vitest'
import { segmentsOf } from './segments.ts'

it.each([
  ['', 0, false],
  ['a'.repeat(160), 1, false],
  ['a'.repeat(161), 2, false],
  ['€'.repeat(80), 1, false],
  ['€'.repeat(81), 2, false],
  ['é'.repeat(160), 1, false],
  ['ê', 1, true],
  ['я'.repeat(70), 1, true],
  ['я'.repeat(71), 2, true],
  ['👍', 1, true],
])('%j is so many texts: %d', (text, count, isUnicode) => {
  expect(segmentsOf(text)).toEqual({ count, isUnicode })
})
