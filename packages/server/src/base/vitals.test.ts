import { describe, expect, it } from 'vitest'
import { Durations, Tally } from './vitals.ts'

describe('durations', () => {
  const taken = (...milliseconds: number[]) => {
    const durations = new Durations()
    for (const one of milliseconds) durations.add(one)
    return durations.take()
  }

  it('tell what 99 of 100 did not exceed, within a twentieth', () => {
    for (const value of [0.1, 1, 3, 17, 250, 4_000, 100_000]) {
      const { p99 } = taken(...Array(99).fill(value), value * 100)
      expect((p99 ?? 0) / value).toBeCloseTo(1, 1)
      expect((taken(...Array(98).fill(value), value * 20, value * 20).p99 ?? 0) / value).toBeCloseTo(20, -0.5)
    }
  })

  it('begin anew when they are taken', () => {
    const durations = new Durations()
    durations.add(5_000)
    expect(durations.take().count).toBe(1)
    expect(durations.take()).toEqual({ count: 0, p99: null })
    durations.add(1)
    expect(durations.take()).toEqual({ count: 1, p99: expect.closeTo(1, 1) })
  })

  it('take whatever they are given', () => {
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e12])
      expect(taken(value)).toMatchObject({ count: 1, p99: expect.any(Number) })
  })
})

it('a tally counts from the last time', () => {
  const tally = new Tally()
  tally.add()
  tally.add(2)
  expect([tally.take(), tally.take()]).toEqual([3, 0])
})
