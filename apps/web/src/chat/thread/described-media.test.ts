import type { Media } from '@parley/client'
import { expect, it } from 'vitest'
import { describedMedia } from './described-media.ts'

const attachedMedia = ['ME1', 'ME2'].map((sid) => ({ sid }) as Media)
const descriptionsOf = (attributes: Parameters<typeof describedMedia>[0]['attributes']) =>
  describedMedia({ attachedMedia, attributes }).map(({ description }) => description)

it('has the description of each, in their order', () => {
  expect(descriptionsOf({ media_descriptions: ['A cat', ''] })).toEqual(['A cat', null])
  expect(descriptionsOf({ media_descriptions: ['A cat', 'A dog', 'A bird'] })).toEqual(['A cat', 'A dog'])
})

it('takes nothing but texts, whatever the attributes hold', () => {
  for (const attributes of [null, 'x', [], {}, { media_descriptions: 'A cat' }, { media_descriptions: [{ a: 1 }, '  '] }])
    expect(descriptionsOf(attributes)).toEqual([null, null])
  expect(describedMedia({ attachedMedia: null, attributes: { media_descriptions: ['A cat'] } })).toEqual([])
})
