import { describe, expect, it } from 'vitest'
import { createClock } from '../base/clock.ts'
import { Deadlines } from './deadlines.ts'

const lifetime = 5_000
/** How long those wait for each other that are ended. */
const beat = 20

/** Deadlines by time that stands still until it is moved, and what has ended. */
function begin() {
  const clock = createClock(() => 1_000_000)
  const deadlines = new Deadlines(clock, lifetime)
  const ended: unknown[] = []
  const call = (name: unknown) => {
    const one = { expire: () => ended.push(name) }
    deadlines.begin(one)
    return one
  }
  return { clock, deadlines, ended, call }
}

describe('what is waited for', () => {
  it('is ended when its time is over, and not when it came before', async () => {
    const { clock, deadlines, ended, call } = begin()
    call('first')
    const came = call('came')
    await clock.advance(1_000)
    call('last')
    deadlines.end(came)

    await clock.advance(lifetime - 1_001)
    expect(ended).toEqual([])
    await clock.advance(1 + beat)
    expect(ended).toEqual(['first'])
    await clock.advance(1_000)
    expect(ended).toEqual(['first', 'last'])
    call('after a pause')
    await clock.advance(lifetime + beat)
    expect(ended).toEqual(['first', 'last', 'after a pause'])
  })

  it('and runs out within a moment is ended together, never before its time', async () => {
    const { clock, ended, call } = begin()
    for (let n = 0; n < 4; n++) {
      call(n)
      await clock.advance(7)
    }
    await clock.advance(lifetime - 4 * 7 + beat - 1)
    expect(ended).toEqual([])
    await clock.advance(1)
    expect(ended).toEqual([0, 1, 2])
    await clock.advance(beat + 1)
    expect(ended).toEqual([0, 1, 2, 3])
  })

  it('and ends with a thousand others is ended a few at a time, all in a fifth of the time that they had', async () => {
    const { clock, ended, call } = begin()
    for (let n = 0; n < 1_000; n++) call(n)

    await clock.advance(lifetime + beat)
    expect(ended.length).toBeLessThan(30)
    await clock.advance(500)
    expect(ended.length).toBeGreaterThan(400)
    expect(ended.length).toBeLessThan(600)
    await clock.advance(500)
    expect(ended).toEqual(Array.from({ length: 1_000 }, (_, n) => n))
  })

  it('and goes on coming faster than that is not late by more than that fifth', async () => {
    const { clock, ended, call } = begin()
    // Two a millisecond.
    const each = 4
    for (let n = 0; n < 12_000; n += 2 * each) {
      for (let one = 0; one < 2 * each; one++) call(n + one)
      await clock.advance(each)
    }
    // The last of them is due.
    await clock.advance(lifetime - each)
    expect(ended.length).toBeGreaterThan(12_000 - 2 * 1_100)
    await clock.advance(1_200)
    expect(ended).toEqual(Array.from({ length: 12_000 }, (_, n) => n))
  })

  it('is not ended when nobody waits any more', async () => {
    const { clock, deadlines, ended, call } = begin()
    call('alone')
    deadlines.close()
    await clock.advance(2 * lifetime)
    expect(ended).toEqual([])
  })
})
