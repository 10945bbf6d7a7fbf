import type { Media } from '@parley/client'
import { expect, it } from 'vitest'
import { boxFor, describedMedia } from './described-media.ts'

const attachedMedia = ['ME1', 'ME2'].map((sid) => ({ sid }) as Media)
const descriptionsOf = (attributes: Parameters<typeof describedMedia>[0]['attributes']) =>
  describedMedia({ attachedMedia, attributes }).map(({ description }) => description)

it('has the description of each, in their order', () => {
  expect(descriptionsOf({ media_descriptions: ['A cat', ''] })).toEqual(['A cat', null])
  expect(descriptionsOf({ media_descriptions: ['A cat', 'A dog', 'A bird'] })).toEqual(['A cat', 'A dog'])
})

it('has the size of each, if it is one', () => {
  const sizesOf = (media_sizes: unknown) => describedMedia({ attachedMedia, attributes: { media_sizes } as never }).map(({ size }) => size)
  expect(sizesOf([[1200, 800], null])).toEqual([{ width: 1200, height: 800 }, null])
  for (const odd of [
    null,
    'x',
    [12, [1]],
    [
      [0, 4],
      [4, -1],
    ],
    [
      ['4', 4],
      [4, Number.NaN],
    ],
    [
      [1, 2, 3],
      [1e9, 1],
    ],
    [{ width: 1, height: 1 }],
  ])
    expect(sizesOf(odd)).toEqual([null, null])
})

it('gives pictures boxes of their shape, neither too large nor too small', () => {
  const boxed = (width: number, height: number) => {
    const { width: across, aspectRatio } = boxFor({ width, height })
    return [across, Math.round(across / aspectRatio)]
  }
  expect(boxed(3_600, 2_400)).toEqual([360, 240])
  expect(boxed(1_000, 2_000)).toEqual([160, 320])
  expect(boxed(200, 150)).toEqual([200, 150])
  expect(boxed(10, 10)).toEqual([96, 96])
  expect(boxed(9_000, 10)).toEqual([360, 96])
  expect(boxed(10, 9_000)).toEqual([96, 320])
  expect(boxFor(null)).toEqual({ width: 288, aspectRatio: 4 / 3 })
})

it('takes nothing but texts, whatever the attributes hold', () => {
  for (const attributes of [null, 'x', [], {}, { media_descriptions: 'A cat' }, { media_descriptions: [{ a: 1 }, '  '] }])
    expect(descriptionsOf(attributes)).toEqual([null, null])
  expect(describedMedia({ attachedMedia: null, attributes: { media_descriptions: ['A cat'] } })).toEqual([])
})
