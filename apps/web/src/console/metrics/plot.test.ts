import { describe, expect, it } from 'vitest'
import { height, nearest, plot, roundUp, width } from './plot.ts'

describe('a plot', () => {
  const times = [0, 10, 20, 30, 40]

  it('reaches from nothing to a round number above the highest value', () => {
    expect([0, 0.3, 1, 3, 7, 11, 99, 101, 4_200].map(roundUp)).toEqual([1, 0.5, 1, 5, 10, 20, 100, 200, 5_000])
    const { top, y } = plot(times, 40, 7)
    expect([top, y(0), y(10), y(5)]).toEqual([10, height, 0, height / 2])
  })

  it('ends with the newest point, and begins a span before', () => {
    const { x } = plot(times, 40, 1)
    expect([x(40), x(0), x(20), x(-100)]).toEqual([width, 0, width / 2, 0])
  })

  it('leaves a gap where nothing was measured, and shows a lonely point', () => {
    const { line } = plot(times, 40, 1)
    expect(line([1, 1, null, null, 0])).toBe('M0.0 0.0L150.0 0.0M600.0 120.0h0')
    expect(line([null, 1, null, 1, 1])).toBe('M150.0 0.0h0M450.0 0.0L600.0 0.0')
    expect(line([null, null, null, null, null])).toBe('')
    expect(plot([], 40, 0).line([])).toBe('')
  })

  it('knows which point is nearest to the pointer', () => {
    expect([0, 0.3, 0.5, 0.9, 1].map((place) => nearest(times, 40, place))).toEqual([0, 1, 2, 4, 4])
    expect(nearest([], 40, 0.5)).toBe(0)
  })
})
