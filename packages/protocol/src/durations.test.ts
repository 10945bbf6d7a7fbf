import { Type } from '@sinclair/typebox'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationMilliseconds, durationText } from './durations.ts'
import { ParleyError } from './errors.ts'
import { decodeJson } from './fields.ts'
import { limitsOf } from './limits.ts'

const milliseconds = { Y: 31_536_000_000, Mo: 2_592_000_000, W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1_000 }
const amount = fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined })

describe('an ISO 8601 duration', () => {
  it('is the sum of its parts, each of which may be left away', () => {
    fc.assert(
      fc.property(
        fc.tuple(amount, amount, amount, amount, amount, amount, amount),
        ([years, months, weeks, days, hours, minutes, seconds]) => {
          const part = (count: number | undefined, letter: string) => (count === undefined ? '' : `${count}${letter}`)
          const date = part(years, 'Y') + part(months, 'M') + part(weeks, 'W') + part(days, 'D')
          const time = part(hours, 'H') + part(minutes, 'M') + part(seconds, 'S')
          const sum =
            (years ?? 0) * milliseconds.Y +
            (months ?? 0) * milliseconds.Mo +
            (weeks ?? 0) * milliseconds.W +
            (days ?? 0) * milliseconds.D +
            (hours ?? 0) * milliseconds.H +
            (minutes ?? 0) * milliseconds.M +
            (seconds ?? 0) * milliseconds.S
          expect(durationMilliseconds(`P${date}${time && `T${time}`}`)).toBe(date + time === '' ? undefined : sum)
        },
      ),
      { seed: 1, numRuns: 500 },
    )
  })

  it.each([
    ['PT0.5H', 1_800_000],
    ['P1.5D', 129_600_000],
    ['PT0S', 0],
    ['P0D', 0],
  ])('may have fractions, and be nothing: %s', (duration, expected) => {
    expect(durationMilliseconds(duration)).toBe(expected)
  })

  it.each([
    '',
    'P',
    'PT',
    'P1',
    'P1DT',
    '1D',
    'P-1D',
    '-P1D',
    'PT1D',
    'P1H',
    'PT1M1H',
    'P1.D',
    'P.5D',
    'P1,5D',
    ' P1D',
    'P1D\n',
    'P１D',
    'P1DT1H1H',
  ])('is not %j', (text) => {
    expect(durationMilliseconds(text)).toBeUndefined()
  })

  it('is a number or nothing, whatever text there is', () => {
    const piece = fc.constantFrom('P', 'T', 'D', 'H', 'M', 'S', 'W', 'Y', '1', '99', '.', '5', '-', ' ')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const found = durationMilliseconds(text)
          expect(found === undefined || found >= 0).toBe(true)
        },
      ),
      { seed: 2, numRuns: 2_000 },
    )
  })

  it('of a million digits is refused as quickly as it is read', () => {
    const digits = '1'.repeat(1_000_000)
    for (const text of [`P${digits}`, `P${digits}.${digits}`, `PT${digits}X`, `P${digits}Y${digits}`])
      expect(durationMilliseconds(text)).toBeUndefined()
  })
})

describe('a timer', () => {
  const limits = limitsOf('open')
  const schema = Type.Object({
    timer: durationText({ invalid: 'timer-inactive-invalid', tooShort: 'timer-inactive-too-short', atLeastSeconds: 60 }),
  })
  const read = (timer: unknown) => {
    try {
      return decodeJson(schema, { timer }, limits).timer
    } catch (error) {
      if (error instanceof ParleyError) return error.reason
      throw error
    }
  }

  it.each([
    ['PT1M', 'PT1M'],
    ['pt1m', 'PT1M'],
    ['P100Y', 'P100Y'],
    ['', null],
    [null, null],
    ['PT0S', null],
    ['PT59.9S', 'timer-inactive-too-short'],
    ['P101Y', 'timer-inactive-invalid'],
    [`P${'9'.repeat(400)}Y`, 'timer-inactive-invalid'],
    [60, 'timer-inactive-invalid'],
    [{}, 'timer-inactive-invalid'],
    ['soon', 'timer-inactive-invalid'],
  ])('reads %j as %j', (said, expected) => {
    expect(read(said)).toBe(expected)
  })
})
