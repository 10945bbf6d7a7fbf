import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type LimitName, type Limits, limitsOf } from '@parley/protocol'
import { describe, expect, it } from 'vitest'
import { createClock } from '../base/clock.ts'
import { RequestQueue } from './request-queue.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** A queue over a clock that stands still, and what it did. */
function open(changes: Partial<Record<LimitName, number>>) {
  const limits: Limits = limitsOf('open', changes)
  const clock = createClock(() => 1_000_000)
  const pressed: boolean[] = []
  let overflows = 0
  let room: Promise<void> | undefined
  const queue = new RequestQueue(limits, clock, {
    overflowed: () => overflows++,
    pressed: (isFull) => pressed.push(isFull),
    room: () => room,
  })
  const started: number[] = []
  const done: (() => void)[] = []
  let names = 0
  return {
    clock,
    queue,
    pressed,
    started,
    overflows: () => overflows,
    /** The client stops to read its answers. @returns what makes it read them */
    crowd() {
      let read = () => {}
      room = new Promise((resolve) => {
        read = () => {
          room = undefined
          resolve()
        }
      })
      return read
    },
    /** Adds requests that are under way until they are finished. */
    add(count: number, bytes = 100) {
      for (let added = 0; added < count; added++) {
        const name = names++
        queue.add(
          () =>
            new Promise<void>((resolve) => {
              started.push(name)
              done.push(resolve)
            }),
          bytes,
        )
      }
    },
    /** Finishes what was started, and lets others start. */
    async finish(count = done.length) {
      for (const resolve of done.splice(0, count)) resolve()
      await turns(2)
    },
  }
}

async function turns(count: number) {
  for (let at = 0; at < count; at++) await new Promise((resolve) => setImmediate(resolve))
}

describe('the requests of one connection', () => {
  it('are worked on as many at a time as the limit says, and the others in their order', async () => {
    const { add, started, finish } = open({ requestsInFlight: 3 })
    add(5)
    await turns(2)
    expect(started).toEqual([0, 1, 2])
    await finish(1)
    expect(started).toEqual([0, 1, 2, 3])
    await finish()
    expect(started).toEqual([0, 1, 2, 3, 4])
  })

  it('wait when they come faster than the limit, and none is refused', async () => {
    const { add, started, clock, finish, overflows } = open({ requestsPerSecond: 10 })
    add(35)
    await turns(4)
    expect(started).toHaveLength(10)
    await finish()
    expect(started).toHaveLength(10)
    for (const expected of [20, 30, 35]) {
      await clock.advance(1_000)
      await turns(2)
      expect(started).toHaveLength(expected)
    }
    expect(started).toEqual(Array.from({ length: 35 }, (_, at) => at))
    expect(overflows()).toBe(0)
  })

  it('are no more at once after a silence than before it', async () => {
    const { add, started, clock, finish } = open({ requestsPerSecond: 10 })
    await clock.advance(60_000)
    add(15)
    await finish()
    expect(started).toHaveLength(10)
  })

  it('end the connection when more of them wait than the limit says', () => {
    const { add, overflows } = open({ requestsInFlight: 1, requestsWaiting: 10 })
    add(11)
    expect(overflows()).toBe(0)
    add(1)
    expect(overflows()).toBe(1)
  })

  it('stop the reading while many bytes of them wait, and let it go on when half are done', async () => {
    const { add, finish, pressed } = open({ requestsInFlight: 1 })
    add(5, 1_048_576)
    expect(pressed).toEqual([])
    add(1, 1_048_576)
    expect(pressed).toEqual([true])
    await finish(1)
    await finish(1)
    expect(pressed).toEqual([true])
    await finish(1)
    expect(pressed).toEqual([true, false])
  })

  it('wait while the client does not read answers, and go on when it does', async () => {
    const { add, started, finish, crowd } = open({})
    add(2)
    const read = crowd()
    add(3)
    await finish()
    expect(started).toEqual([0, 1])
    read()
    await turns(2)
    expect(started).toEqual([0, 1, 2, 3, 4])
  })

  it('leave turns to others, however many there are', async () => {
    const { queue } = open({ requestsPerSecond: Number.POSITIVE_INFINITY })
    const startedInTurn = [0]
    const count = () => {
      startedInTurn.push(0)
      if (startedInTurn.length < 20) setImmediate(count)
    }
    setImmediate(count)
    for (let at = 0; at < 200; at++)
      queue.add(async () => {
        startedInTurn[startedInTurn.length - 1]! += 1
      }, 1)
    await turns(20)
    expect(startedInTurn.slice(0, 9)).toEqual([25, 25, 25, 25, 25, 25, 25, 25, 0])
  })

  it('are forgotten when they are done, also by a queue that is never empty', async () => {
    const { queue } = open({ requestsPerSecond: Number.POSITIVE_INFINITY })
    const requests: WeakRef<object>[] = []
    let done = 0
    const add = () => {
      const frame = { payload: 'what a request keeps in memory' }
      requests.push(new WeakRef(frame))
      queue.add(async () => {
        if (frame.payload) done++
      }, 1)
    }
    for (let at = 0; at < 30; at++) add()
    while (done < 10_000) {
      // As many come as begin in one turn, so that some always wait.
      for (let at = 0; at < 25; at++) add()
      await turns(1)
    }
    collectGarbage()
    expect(done).toBeLessThan(requests.length)
    expect(requests.filter((frame) => frame.deref() !== undefined).length).toBeLessThan(2_000)
  })

  it('are over when the connection is', async () => {
    const { add, started, queue, finish } = open({ requestsInFlight: 1 })
    add(3)
    queue.close()
    await finish()
    expect(started).toEqual([0])
  })
})
