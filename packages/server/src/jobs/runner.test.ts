import { describe, expect, inject, it } from 'vitest'
import { closeRunner } from '../../../../spec/support/close-runner.ts'
import { dataParent } from '../../../../spec/support/data-parent.ts'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { eventually } from '../../../../spec/support/until.ts'
import { createClock, type MovableClock } from '../base/clock.ts'
import { BareWorld, databaseKinds } from '../storage/bare-world.ts'
import type { NewJob } from '../storage/jobs.ts'
import type { JobRow } from '../storage/schema.ts'
import { sideways } from '../storage/sideways.ts'
import type { Store } from '../storage/store.ts'
import { type JobHandler, type JobOutcome, runJobs } from './runner.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent }

/** Jobs that say what they are called, and a handler that remembers which it was given. */
class Workshop {
  readonly begun: string[] = []
  readonly ended: string[] = []
  /** Those that came with what they carry. */
  readonly carried: string[] = []
  #waiting = new Map<string, ((outcome: JobOutcome) => void)[]>()

  constructor(
    readonly world: BareWorld,
    readonly outcomeOf: (name: string, job: JobRow) => JobOutcome | 'when told' = () => ({ kind: 'done' }),
  ) {}

  job(name: string, key: string | null = null, changes: Partial<NewJob> = {}): NewJob {
    const { ids, clock, account_sid } = this.world
    return {
      sid: ids.sid('job'),
      account_sid,
      kind: 'test',
      key,
      payload: JSON.stringify(name),
      run_at: clock.now(),
      date_created: clock.now(),
      ...changes,
    }
  }

  ask(...jobs: NewJob[]): Promise<void> {
    return this.world.store.write((tx) => tx.jobs.insert(...jobs))
  }

  handler(changes: Partial<JobHandler> = {}): JobHandler {
    return {
      attempts: 3,
      backOff: { first: 1_000, most: 60_000, factor: 4 },
      concurrency: 10,
      run: async (job, carried) => {
        const name: string = JSON.parse(job.payload)
        this.begun.push(name)
        if (carried) this.carried.push(name)
        const outcome = this.outcomeOf(name, job)
        const settled = outcome === 'when told' ? await this.#told(name) : outcome
        this.ended.push(name)
        return settled
      },
      ...changes,
    }
  }

  run(store = this.world.store, { pacing = createClock(), ...changes }: Partial<JobHandler> & { pacing?: MovableClock } = {}) {
    const { clock, ids, log } = this.world
    const runner = runJobs({ store, clock, pacing, ids, log }, { test: this.handler(changes) })
    return { [Symbol.asyncDispose]: () => closeRunner(runner, pacing) }
  }

  #told(name: string): Promise<JobOutcome> {
    return new Promise((resolve) => this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]))
  }

  end(name: string, outcome: JobOutcome = { kind: 'done' }): void {
    for (const resolve of this.#waiting.get(name) ?? []) resolve(outcome)
    this.#waiting.delete(name)
  }

  begins(name: string, times = 1): Promise<true> {
    return eventually(`${name} to begin; begun: ${this.begun}`, () => this.begun.filter((one) => one === name).length >= times || undefined)
  }

  async rows(): Promise<{ jobs: number; lanes: number }> {
    const count = async (table: string) =>
      Number((await sideways(this.world.place.address, `select count(*) as count from ${table}`))[0]?.['count'])
    return { jobs: await count('jobs'), lanes: await count('job_lanes') }
  }

  /** Waits until nothing is left of any job. */
  allGone(): Promise<true> {
    return eventually('all jobs to be gone', async () => {
      const { jobs, lanes } = await this.rows()
      return jobs + lanes === 0 || undefined
    })
  }
}

/** Waits until nobody else takes a lane before an instant of the machines' clock. */
function leasedBeyond({ place }: BareWorld, lane: string, instant: number, meanwhile = async () => {}): Promise<true> {
  return eventually(`the lane ${lane} to be leased`, async () => {
    await meanwhile()
    const [row] = await sideways(place.address, `select leased_until from job_lanes where lane = '${lane}'`)
    return Number(row?.['leased_until']) > instant || undefined
  })
}

describe.each(databaseKinds)('jobs on %s', (kind) => {
  it('run when their transaction has committed, never when it has not, and are gone when they are done', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world)
    await using _ = shop.run()

    await expect(
      world.store.write(async (tx) => {
        await tx.jobs.insert(shop.job('of a change that failed'))
        throw new Error('changed my mind')
      }),
    ).rejects.toThrow('changed my mind')
    await shop.ask(shop.job('first'), shop.job('second'))

    await shop.allGone()
    expect(shop.ended.toSorted()).toEqual(['first', 'second'])
  })

  it('with one key run one after the other in the order of their insertion; other keys do not wait', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world, (name) => (name === 'a0' ? 'when told' : { kind: 'done' }))
    await using _ = shop.run()
    await shop.ask(...Array.from({ length: 50 }, (_, n) => [shop.job(`a${n}`, 'a'), shop.job(`b${n}`, 'b')]).flat())

    await shop.begins('b49')
    expect(shop.begun.filter((name) => name.startsWith('a'))).toEqual(['a0'])
    await shop.ask(shop.job('a50', 'a'))
    shop.end('a0')

    await shop.allGone()
    expect(shop.ended.filter((name) => name.startsWith('a'))).toEqual(Array.from({ length: 51 }, (_, n) => `a${n}`))
    expect(shop.ended.filter((name) => name.startsWith('b'))).toEqual(Array.from({ length: 50 }, (_, n) => `b${n}`))
  })

  it('that fail are tried again with growing pauses, in front of those behind them, and are dead in the end', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world, (name) => (name === 'bad' ? { kind: 'retry', error: 'nobody there' } : { kind: 'done' }))
    await using _ = shop.run()
    await shop.ask(shop.job('bad', 'a'), shop.job('good', 'a'))

    const written = (attempts: number) =>
      eventually(`attempt ${attempts} to be written`, async () => {
        const [row] = await sideways(world.place.address, 'select * from jobs where payload = \'"bad"\'')
        return Number(row?.['attempts']) === attempts && shop.begun.length >= attempts ? row : undefined
      })
    const pauseOf = (row: Record<string, unknown>) => Number(row['run_at']) - Number(row['date_updated'])
    const first = await written(1)
    expect(pauseOf(first)).toBeGreaterThanOrEqual(800)
    // Between the two instants this process may have rested.
    expect(pauseOf(first)).toBeLessThan(3_200)
    await world.clock.advance(1_000)
    const second = await written(2)
    expect(pauseOf(second)).toBeGreaterThanOrEqual(3_200)
    expect(shop.begun).toEqual(['bad', 'bad'])
    await world.clock.advance(4_000)

    await shop.begins('good')
    expect(shop.begun).toEqual(['bad', 'bad', 'bad', 'good'])
    await eventually('the good one to be gone', async () => (await shop.rows()).jobs === 1 || undefined)
    expect(await sideways(world.place.address, 'select state, attempts, last_error from jobs')).toEqual([
      { state: 'dead', attempts: 3, last_error: 'nobody there' },
    ])
    await eventually('its lane to be let go of', async () => (await shop.rows()).lanes === 0 || undefined)
  })

  it('leave their lane held for a moment, in which the next need not take it', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world)
    const pacing = createClock(() => 1_000_000)
    await using _ = shop.run(world.store, { pacing })
    for (const name of ['a0', 'a1']) {
      await shop.ask(shop.job(name, 'a'))
      await shop.begins(name)
      // Long enough for what became of it to be written; however long that takes, no more of the moment goes by meanwhile.
      for (let passed = 0; passed < 40; passed++) await pacing.advance(1)
      await eventually('the job to be gone', async () => (await shop.rows()).jobs === 0 || undefined)
      expect((await shop.rows()).lanes).toBe(1)
    }
    await eventually('the lane to be let go of', async () => {
      await pacing.advance(10)
      return (await shop.rows()).lanes === 0 || undefined
    })
  })

  it('need not be read when their lane is held; those that are too large, and those behind them, are read in their order', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world, (name) => (name === 'a0' ? 'when told' : { kind: 'done' }))
    await using _ = shop.run()
    const jobs = (from: number, to: number, size: number) =>
      Array.from({ length: to - from }, (_, n) => shop.job(`a${from + n}`, 'a', { carried: { size } }))
    await shop.ask(...jobs(0, 1, 100))
    await shop.begins('a0')

    await shop.ask(...jobs(1, 3, 100))
    await shop.ask(...jobs(3, 4, 100_000_000), ...jobs(4, 6, 100))
    shop.end('a0')

    await shop.allGone()
    expect(shop.ended).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5'])
    // On PostgreSQL other nodes may have put some in between.
    expect(shop.carried).toEqual(kind === 'sqlite' ? ['a1', 'a2'] : [])
  })

  it('that are withdrawn are not done, though they were next', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world, (name) => (name === 'a0' ? 'when told' : { kind: 'done' }))
    await using _ = shop.run()
    const [first, second, third] = ['a0', 'a1', 'a2'].map((name) => shop.job(name, 'a', { carried: { size: 1 } })) as [
      NewJob,
      NewJob,
      NewJob,
    ]
    await shop.ask(first)
    await shop.begins('a0')
    await shop.ask(second, third)

    await world.store.write((tx) => tx.jobs.withdraw([second.sid]))
    shop.end('a0')

    await shop.allGone()
    expect(shop.ended).toEqual(['a0', 'a2'])
  })

  it('wait as long as the other side asks, and are dead at once when trying helps nobody', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const outcomes: Record<string, JobOutcome> = {
      busy: { kind: 'retry', error: 'come back later', after: 30_000 },
      hopeless: { kind: 'dead', error: 'gone' },
    }
    const shop = new Workshop(world, (name) => outcomes[name] as JobOutcome)
    await using _ = shop.run()
    await shop.ask(shop.job('busy'), shop.job('hopeless'))

    const rows = await eventually('both to be written', async () => {
      const found = await sideways(world.place.address, 'select * from jobs where attempts = 1 order by position')
      return found.length === 2 ? found : undefined
    })
    expect(Number(rows[0]?.['run_at']) - Number(rows[0]?.['date_updated'])).toBeGreaterThanOrEqual(30_000)
    expect(rows[1]).toMatchObject({ state: 'dead', last_error: 'gone' })
  })

  it('for later run at their time', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world)
    await using _ = shop.run()
    await shop.ask(shop.job('later', null, { run_at: world.clock.now() + 3_600_000 }), shop.job('now'))
    await shop.begins('now')

    await world.clock.advance(1_800_000)
    expect(shop.begun).toEqual(['now'])
    await world.clock.advance(1_800_000)
    await shop.begins('later')
  })

  it('of a pool in which nothing moves keep no other pool waiting', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world, (name) => (name.startsWith('stuck') ? 'when told' : { kind: 'done' }))
    await using _ = shop.run(world.store, { concurrency: 5 })
    await shop.ask(...Array.from({ length: 100 }, (_, n) => shop.job(`stuck${n}`, `key${n}`, { pool: 'dead.example' })))
    await eventually('five to be stuck', () => shop.begun.length === 5 || undefined)

    await shop.ask(shop.job('free', 'key', { pool: 'live.example' }))

    await shop.begins('free')
    expect(shop.begun).toHaveLength(6)
    await eventually('all to be done', async () => {
      for (const name of shop.begun) shop.end(name)
      return (await shop.rows()).lanes === 0 || undefined
    })
    expect(shop.ended).toHaveLength(101)
  })

  it('are done after a restart when the process before ended in the midst of them', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world)
    await shop.ask(shop.job('one', 'a'), shop.job('two', 'a'))
    // A process that took the lane, and is no more.
    const request = { pool: 'test ', now: world.clock.now(), alive: world.clock.now(), leased_by: 'gone', limit: 10 }
    expect(await world.store.write((tx) => tx.jobs.claim({ ...request, leased_until: world.clock.now() + 60_000 }))).toEqual(['test a'])
    await world.reopen()

    const pacing = createClock()
    await using _ = shop.run(world.store, { pacing })
    await shop.ask(shop.job('three', 'b'))
    await shop.begins('three')
    // The file is one process's alone: whoever held the lane is known to be gone.
    if (kind === 'postgres') expect(shop.begun).toEqual(['three'])

    await pacing.advance(60_001)
    await eventually('those of the other process to be done', async () => {
      await world.clock.advance(1_000)
      return shop.ended.length === 3 || undefined
    })
    expect(shop.ended.filter((name) => name !== 'three')).toEqual(['one', 'two'])
  })

  it('that fail for a reason of ours are logged with their cause, and tried again', async () => {
    await using world = await BareWorld.open(kind, fresh)
    let times = 0
    const shop = new Workshop(world, () => {
      if (times++ === 0) throw new TypeError('oops')
      return { kind: 'done' }
    })
    await using _ = shop.run()
    await shop.ask(shop.job('fragile'))

    await eventually('the failure to be written', async () => {
      const [row] = await sideways(world.place.address, 'select attempts from jobs')
      return Number(row?.['attempts']) === 1 || undefined
    })
    expect(world.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ err: new TypeError('oops') }) }),
    )
    await world.clock.advance(1_000)
    await shop.allGone()
  })

  it('write what they learned in the transaction that settles them; what cannot be written stops nobody', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world, (name) => ({
      kind: 'done',
      record: async (tx) => {
        if (name === 'clumsy') throw new Error('cannot be written')
        await tx.users.insert(world.newUser(name))
      },
    }))
    await using _ = shop.run()
    await shop.ask(...['anna', 'clumsy', 'bert'].map((name) => shop.job(name)))

    await shop.allGone()
    const users = await sideways(world.place.address, 'select identity from users order by identity')
    expect(users).toEqual([{ identity: 'anna' }, { identity: 'bert' }])
  })

  it('are done once, though the process stood still for longer than their lane is leased', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world, (name) => (name === 'a0' ? 'when told' : { kind: 'done' }))
    let slept = 0
    await using _ = shop.run(world.store, { pacing: createClock(() => Date.now() + slept) })
    await shop.ask(shop.job('a0', 'a'), shop.job('a1', 'a'))
    await shop.begins('a0')

    // A machine that slept looks for work before it has said that it lives.
    slept = 60_000
    await leasedBeyond(world, 'test a', Date.now() + slept, () => world.clock.advance(1_000))
    await shop.ask(shop.job('b0', 'b'))
    await shop.begins('b0')
    const begun = [...shop.begun]
    shop.end('a0')
    await shop.allGone()

    expect(begun).toEqual(['a0', 'b0'])
    expect(shop.begun).toEqual(['a0', 'b0', 'a1'])
  })

  it('are done once, though the process stood still before it had written what became of them', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world)
    let slept = 0
    const pacing = createClock(() => 1_000_000 + slept)
    let goOn = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let isHeldUp = false
    const { store } = world
    let hasLooked = false
    const slow: Store = {
      ...store,
      read: {
        ...store.read,
        jobs: {
          ...store.read.jobs,
          pools: async (alive) => {
            const pools = await store.read.jobs.pools(alive)
            hasLooked = true
            return pools
          },
        },
      },
      onCommit: (listener) => store.onCommit(listener),
      write: async (work) => {
        if (isHeldUp) {
          isHeldUp = false
          await held
        }
        return store.write(work)
      },
    }
    await using _ = shop.run(slow, { pacing })
    // A test that fails holds nothing up.
    using _held = { [Symbol.dispose]: goOn }
    // Otherwise what it takes at its start would be held up instead.
    await eventually('the first look for work', () => hasLooked || undefined)
    await shop.ask(shop.job('a0', 'a'))
    await shop.begins('a0')

    // Its outcome is on its way to the database, and its lane is let go of behind it.
    isHeldUp = true
    await eventually('the outcome to be on its way', async () => {
      await pacing.advance(10)
      return !isHeldUp || undefined
    })
    await pacing.advance(100)
    slept = 60_000
    await leasedBeyond(world, 'test a', pacing.now(), () => world.clock.advance(1_000))
    await shop.ask(shop.job('b0', 'b'))
    await shop.begins('b0')
    goOn()
    await eventually('all to be gone', async () => {
      await pacing.advance(25)
      const { jobs, lanes } = await shop.rows()
      return jobs + lanes === 0 || undefined
    })

    expect(shop.begun).toEqual(['a0', 'b0'])
  })

  it('are done once, though their lane is taken anew in the moment in which it is let go of', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world, (name) => (['b0', 'a20'].includes(name) ? 'when told' : { kind: 'done' }))
    const slept = 0
    const pacing = createClock(() => 1_000_000 + slept)
    await using _ = shop.run(world.store, { pacing, concurrency: 1 })
    const inOnePool = { pool: 'one.example' }
    await shop.ask(...Array.from({ length: 25 }, (_, n) => shop.job(`a${n}`, 'a', inOnePool)), shop.job('b0', 'b', inOnePool))
    // After a portion of the first lane the other one has its turn.
    await shop.begins('b0')
    await shop.ask(shop.job('c0', 'c', inOnePool))

    // In one turn the first lane is let go of, and whoever makes room looks for the next.
    const passing = pacing.advance(20)
    shop.end('b0')
    await passing
    await shop.begins('a20')
    // It says that it lives, each time after the time before: the lane stays its own.
    for (let renewals = 0; renewals < 4; renewals++) {
      await pacing.advance(5_000)
      await leasedBeyond(world, 'test a', pacing.now() + 15_000 - 1)
    }
    expect(shop.begun.filter((name) => name === 'a20')).toHaveLength(1)
    shop.end('a20')
    await eventually('all to be gone', async () => {
      await pacing.advance(25)
      const { jobs, lanes } = await shop.rows()
      return jobs + lanes === 0 || undefined
    })
  })

  it('that come while their lane is being let go of are never left behind', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const shop = new Workshop(world)
    await using _ = shop.run()
    const names = Array.from({ length: 300 }, (_, n) => `job${n}`)
    // Two at a time on few keys: a lane ends again and again in the moment in which it is filled.
    const asking = async (half: number) => {
      for (let n = half; n < names.length; n += 2) await shop.ask(shop.job(names[n] as string, `key${n % 3}`))
    }
    await Promise.all([asking(0), asking(1)])

    // No clock is moved and nobody polls: each is found by its own news.
    await shop.allGone()
    expect(shop.ended.toSorted()).toEqual(names.toSorted())
  })
})

it('two nodes on one database share the work: each job is done once, and those of a key in order', async () => {
  await using world = await BareWorld.open('postgres', fresh)
  const other = await world.openAnother()
  const shop = new Workshop(world)
  const names = Array.from({ length: 400 }, (_, n) => `job${n}`)
  await shop.ask(...names.map((name, n) => shop.job(name, `key${n % 40}`)))
  {
    await using _one = shop.run(world.store, { concurrency: 4 })
    await using _two = shop.run(other, { concurrency: 4 })
    await shop.allGone()
  }
  await other.close()

  expect(shop.ended.toSorted()).toEqual(names.toSorted())
  for (let key = 0; key < 40; key++) {
    const ofKey = shop.ended.map((name) => Number(name.slice(3))).filter((n) => n % 40 === key)
    expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b))
  }
})

it('a node that stood still, and has its lane again, does not do what another did of it meanwhile', async () => {
  await using world = await BareWorld.open('postgres', fresh)
  const other = await world.openAnother()
  const shop = new Workshop(world, (name) => (name === 'a0' ? 'when told' : { kind: 'done' }))
  const others = new Workshop(world)
  await using _ = shop.run()
  await shop.ask(shop.job('a0', 'a'), shop.job('a1', 'a'))
  await shop.begins('a0')
  {
    await using _other = others.run(other, { pacing: createClock(() => Date.now() + 60_000) })
    await others.allGone()
  }
  await other.write((tx) => tx.jobs.insert(shop.job('a2', 'a')))
  await other.close()

  await leasedBeyond(world, 'test a', Date.now(), () => world.clock.advance(1_000))
  await shop.ask(shop.job('b0', 'b'))
  await shop.begins('b0')
  shop.end('a0')
  await shop.allGone()

  expect(others.begun).toEqual(['a0', 'a1'])
  expect(shop.begun.filter((name) => name !== 'b0')).toEqual(['a0', 'a2'])
})
