import { ParleyError } from '@parley/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closeRunner } from '../../../../spec/support/close-runner.ts'
import { dataParent } from '../../../../spec/support/data-parent.ts'
import { eventually } from '../../../../spec/support/until.ts'
import { createClock, type MovableClock } from '../base/clock.ts'
import { BareWorld } from '../storage/bare-world.ts'
import { sideways } from '../storage/sideways.ts'
import type { Store } from '../storage/store.ts'
import { type JobHandler, runJobs } from './runner.ts'

type Step =
  | { kind: 'ask'; lane: string; failures: number; turns: number; size: number }
  | { kind: 'time passes'; milliseconds: number }
  | { kind: 'the machine sleeps'; node: number; milliseconds: number }
  | { kind: 'writes fail'; node: number; reason: 'unavailable' | 'conflict' }
  | { kind: 'writes work'; node: number }
  | { kind: 'killed'; node: number }

const node = fc.nat(1)
const milliseconds = fc.constantFrom(25, 60, 1_500, 6_000, 21_000)
const harmless = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      lane: fc.constantFrom('a', 'b', 'c'),
      failures: fc.nat(2),
      turns: fc.nat(6),
      size: fc.constantFrom(1, 9_000_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time passes' as const), milliseconds }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('the machine sleeps' as const), node, milliseconds }) },
)
const any = fc.oneof(
  { weight: 6, arbitrary: harmless },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('writes fail' as const),
      node,
      reason: fc.constantFrom('unavailable' as const, 'conflict' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('writes work' as const), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('killed' as const), node }) },
)

interface Asked {
  name: string
  lane: string
  failures: number
  turns: number
}

/** A process that does jobs, until it is killed: from then on nothing of it reaches the database, and nothing the other way. */
class Process {
  readonly pacing: MovableClock
  slept = 0
  refusal: 'unavailable' | 'conflict' | undefined
  isKilled = false
  readonly runner: { close(): Promise<void> }
  /** Lanes in which it is doing a job. */
  readonly busy = new Set<string>()

  constructor(
    readonly world: BareWorld,
    handler: (process: Process) => JobHandler,
  ) {
    const { store, clock, ids, log } = world
    this.pacing = createClock(() => 1_000_000 + this.slept)
    this.runner = runJobs({ store: this.#through(store), clock, pacing: this.pacing, ids, log }, { test: handler(this) })
  }

  #through({ read, write, onCommit }: Store): Store {
    const { world } = this
    return {
      ...world.store,
      read,
      write: (work) => {
        if (this.isKilled) return new Promise(() => {})
        if (this.refusal) return Promise.reject(new ParleyError(this.refusal))
        return write.call(world.store, work) as ReturnType<typeof work>
      },
      onCommit: (listener) => onCommit.call(world.store, (changes) => !this.isKilled && listener(changes)),
    }
  }
}

/** What becomes of jobs, whatever happens. */
class Story {
  readonly #asked = new Map<string, Asked>()
  readonly done: string[] = []
  readonly wrong: string[] = []
  readonly #nodes: Process[]

  /** Several nodes have the database of one here: who hears of whose jobs at once differs, and nothing else. */
  constructor(
    readonly world: BareWorld,
    nodes: number,
  ) {
    this.#nodes = Array.from({ length: nodes }, () => this.#start())
  }

  #start(): Process {
    return new Process(this.world, (process) => ({
      attempts: 1_000,
      backOff: { first: 1_000, most: 5_000, factor: 2 },
      concurrency: 2,
      run: async ({ payload, attempts }) => {
        if (process.isKilled) return { kind: 'left' }
        const { name, lane, failures, turns } = this.#asked.get(JSON.parse(payload)) as Asked
        if (process.busy.has(lane)) this.wrong.push(`${name} is begun while another of its lane is being done`)
        process.busy.add(lane)
        for (const { name: other } of this.#before(name, lane))
          if (!this.done.includes(other)) this.wrong.push(`${name} is begun before ${other}`)
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
        process.busy.delete(lane)
        if (process.isKilled) return { kind: 'left' }
        if (attempts < failures) return { kind: 'retry', error: 'not yet' }
        this.done.push(name)
        return { kind: 'done' }
      },
    }))
  }

  *#before(name: string, lane: string): Generator<Asked> {
    for (const asked of this.#asked.values()) {
      if (asked.name === name) return
      if (asked.lane === lane) yield asked
    }
  }

  async take(step: Step): Promise<void> {
    const { world } = this
    const at = 'node' in step ? step.node % this.#nodes.length : 0
    const process = this.#nodes[at] as Process
    switch (step.kind) {
      case 'ask': {
        const name = `${step.lane}${this.#asked.size}`
        this.#asked.set(name, { name, ...step })
        const now = world.clock.now()
        const { lane: key, size } = step
        await world.store.write((tx) =>
          tx.jobs.insert({
            sid: world.ids.sid('job'),
            account_sid: world.account_sid,
            kind: 'test',
            key,
            payload: JSON.stringify(name),
            carried: { size },
            run_at: now,
            date_created: now,
          }),
        )
        break
      }
      case 'time passes':
        await this.#pass(step.milliseconds)
        break
      case 'the machine sleeps':
        process.slept += step.milliseconds
        await world.clock.advance(step.milliseconds)
        break
      case 'writes fail':
        process.refusal = step.reason
        break
      case 'writes work':
        process.refusal = undefined
        break
      case 'killed':
        process.isKilled = true
        // Who opens a file is alone with it, and says so.
        if (this.#nodes.length === 1) await world.reopen()
        this.#nodes[at] = this.#start()
    }
  }

  async #pass(milliseconds: number): Promise<void> {
    for (const { pacing } of this.#nodes) await pacing.advance(milliseconds)
    await this.world.clock.advance(milliseconds)
  }

  /** Lets everything work until nothing is left. @returns the jobs that were asked for, each once */
  async end(): Promise<string[]> {
    for (const process of this.#nodes) process.refusal = undefined
    await eventually('all jobs to be gone', async () => {
      await this.#pass(5_000)
      const left = await sideways(this.world.place.address, 'select 1 from jobs union all select 1 from job_lanes')
      return left.length === 0 || undefined
    })
    for (const { runner, pacing } of this.#nodes) await closeRunner(runner, pacing)
    return [...this.#asked.keys()]
  }
}

async function tell(steps: readonly Step[], nodes = 1): Promise<{ asked: string[]; done: string[]; wrong: string[] }> {
  await using world = await BareWorld.open('sqlite', {
    freshDatabase: () => Promise.reject(new Error('SQLite needs none')),
    parent: dataParent,
  })
  const story = new Story(world, nodes)
  for (const step of steps) await story.take(step)
  const asked = await story.end()
  return { asked, done: story.done, wrong: story.wrong }
}

describe('jobs, whatever happens in whatever order,', () => {
  it('are done once and in the order of their lanes, while the process lives and can write', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(harmless, { maxLength: 40 }), async (steps) => {
        const { asked, done, wrong } = await tell(steps)
        expect(wrong).toEqual([])
        expect(done.toSorted()).toEqual(asked.toSorted())
      }),
      { numRuns: 10 },
    )
  })

  it('are done at least once, and none before one that stands in front of it, though processes are killed and writes fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 40 }), async (steps) => {
        const { asked, done, wrong } = await tell(steps)
        expect(wrong).toEqual([])
        expect([...new Set(done)].sort()).toEqual(asked.toSorted())
      }),
      { numRuns: 10 },
    )
  })

  it('are done at least once by nodes that share them, and in the order of their lanes, though they stand still, are killed and cannot write', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(any, { maxLength: 40 }), async (steps) => {
        const { asked, done, wrong } = await tell(steps, 2)
        expect(wrong).toEqual([])
        expect([...new Set(done)].sort()).toEqual(asked.toSorted())
      }),
      { numRuns: 6 },
    )
  })
})
