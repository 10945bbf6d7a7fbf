import { describe, expect, it } from 'vitest'
import { createClock } from '../base/clock.ts'
import { Deadlines } from './deadlines.ts'

/** Time that stands still until it is moved. */
const stillClock = () => createClock(() => 1_000_000)

describe('what is waited for', () => {
  it('is ended when its time is over, and not when it came before', async () => {
    const clock = stillClock()
    const deadlines = new Deadlines(clock, 5_000)
    const ended: string[] = []
    deadlines.begin(() => ended.push('first'))
    const came = deadlines.begin(() => ended.push('came'))
    await clock.advance(1_000)
    deadlines.begin(() => ended.push('last'))
    came()

    await clock.advance(3_999)
    expect(ended).toEqual([])
    await clock.advance(1)
    expect(ended).toEqual(['first'])
    await clock.advance(1_000)
    expect(ended).toEqual(['first', 'last'])
    deadlines.begin(() => ended.push('after a pause'))
    await clock.advance(5_000)
    expect(ended).toEqual(['first', 'last', 'after a pause'])
  })

  it('and ends with a thousand others is ended a few at a time, all in a fifth of the time that they had', async () => {
    const clock = stillClock()
    const deadlines = new Deadlines(clock, 5_000)
    const ended: number[] = []
    for (let n = 0; n < 1_000; n++) deadlines.begin(() => ended.push(n))

    await clock.advance(5_000)
    expect(ended.length).toBeLessThan(10)
    await clock.advance(500)
    expect(ended.length).toBeGreaterThan(400)
    expect(ended.length).toBeLessThan(600)
    await clock.advance(500)
    expect(ended).toEqual(Array.from({ length: 1_000 }, (_, n) => n))
  })

  it('is not ended when nobody waits any more', async () => {
    const clock = stillClock()
    const deadlines = new Deadlines(clock, 1_000)
    let ended = false
    deadlines.begin(() => {
      ended = true
    })
    deadlines.close()
    await clock.advance(2_000)
    expect(ended).toBe(false)
  })
})
