import { describe, expect, it } from 'vitest'
import { createClock } from './clock.ts'

/** A machine whose time moves only when it is told to. */
function machine(start = 1_000_000) {
  const hands = { wall: start, steady: 0 }
  return {
    clock: createClock(
      () => hands.wall,
      () => hands.steady,
    ),
    hands,
  }
}

describe('a clock', () => {
  it('tells whole milliseconds of the machine', () => {
    const clock = createClock()
    const before = Date.now()
    const told = clock.now()
    expect(told).toBeGreaterThanOrEqual(before)
    expect(told).toBeLessThanOrEqual(Date.now())
    expect(Number.isInteger(told)).toBe(true)
  })

  it('never goes back when the machine does', () => {
    const { clock, hands } = machine()
    expect(clock.now()).toBe(1_000_000)
    hands.wall -= 500
    expect(clock.now()).toBe(1_000_000)
    hands.wall += 600
    expect(clock.now()).toBe(1_000_100)
  })

  it('runs timers on time although the machine was set back', async () => {
    let wall = Date.now()
    const clock = createClock(
      () => wall,
      () => Math.floor(performance.now()),
    )
    clock.now()
    wall -= 3_600_000

    await new Promise<void>((resolve) => clock.after(5, resolve))
  })

  it('runs a task once, after its delay, and not when it was cancelled', async () => {
    const clock = createClock()
    const ran: string[] = []
    clock.after(5, () => ran.push('cancelled')).cancel()
    clock.after(0.5, () => ran.push('early'))

    await new Promise<void>((resolve) =>
      clock.after(10, () => {
        ran.push('late')
        resolve()
      }),
    )

    expect(ran).toEqual(['early', 'late'])
  })

  it('keeps timers that are longer than the machine can count', async () => {
    const { clock } = machine()
    const month = 30 * 86_400_000
    const ran: number[] = []
    clock.after(month, () => ran.push(clock.now()))

    await clock.advance(month - 1)
    expect(ran).toEqual([])
    await clock.advance(1)

    expect(ran).toEqual([1_000_000 + month])
  })
})

describe('a clock that is moved', () => {
  it('runs what falls due on the way, at its instant and in order', async () => {
    const { clock } = machine()
    const ran: [string, number][] = []
    const note = (name: string) => () => void ran.push([name, clock.now() - 1_000_000])
    clock.after(300, note('third'))
    clock.after(100, note('first'))
    clock.after(200, note('second'))
    clock.after(1_001, note('behind'))

    await clock.advance(1_000)

    expect(ran).toEqual([
      ['first', 100],
      ['second', 200],
      ['third', 300],
    ])
    expect(clock.now()).toBe(1_001_000)
  })

  it('runs what tasks on the way ask for', async () => {
    const { clock } = machine()
    const ran: number[] = []
    const tick = () => {
      ran.push(clock.now() - 1_000_000)
      clock.after(250, tick)
    }
    clock.after(250, tick)

    await clock.advance(1_000)

    expect(ran).toEqual([250, 500, 750, 1_000])
  })

  it('moved far makes few rounds of what is done regularly, and goes on as before then', async () => {
    const { clock } = machine()
    const rounds: number[] = []
    const exact: number[] = []
    const round = () => {
      rounds.push(clock.now() - 1_000_000)
      clock.round(1_000, round)
    }
    clock.round(1_000, round)
    clock.after(3_600_500, () => exact.push(clock.now() - 1_000_000))

    await clock.advance(3_000)
    expect(rounds.splice(0)).toEqual([1_000, 2_000, 3_000])
    await clock.advance(24 * 3_600_000)
    expect(rounds.length).toBeGreaterThan(900)
    expect(rounds.length).toBeLessThanOrEqual(1_001)
    expect(exact).toEqual([3_600_500])
    const before = rounds.length
    await clock.advance(1_000)
    expect(rounds.length).toBe(before + 1)
  })

  it('runs nothing that was cancelled on the way', async () => {
    const { clock } = machine()
    let ran = false
    const timer = clock.after(20, () => {
      ran = true
    })
    clock.after(10, () => timer.cancel())

    await clock.advance(100)

    expect(ran).toBe(false)
  })

  it('has moved at least so far, also while the machine goes on', async () => {
    const clock = createClock()
    for (let n = 0; n < 50; n++) {
      const before = clock.now()
      await clock.advance(7)
      expect(clock.now() - before).toBeGreaterThanOrEqual(7)
      expect(Number.isInteger(clock.now())).toBe(true)
    }
  })
})
