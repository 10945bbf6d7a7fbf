import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isoInstant } from './instants.ts'

describe('an instant as text', () => {
  it('is what a date says, whatever was written before it', () => {
    const far = 8_640_000_000_000_000
    const near = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 })
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: -far, max: far }), near), { maxLength: 20 }), (instants) => {
        expect(instants.map(isoInstant)).toEqual(instants.map((instant) => new Date(instant).toISOString()))
      }),
    )
  })

  it('is none where a date has none', () => {
    expect(() => isoInstant(Number.NaN)).toThrow(RangeError)
    expect(() => isoInstant(9_000_000_000_000_000)).toThrow(RangeError)
  })
})
