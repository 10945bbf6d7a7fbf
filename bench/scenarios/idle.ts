import { setTimeout as sleep } from 'node:timers/promises'
import { concurrently } from '../bots/concurrently.ts'
import { initialise, openAll } from '../bots/open-objects.ts'
import type { Population } from '../bots/population.ts'
import { describeNoise } from '../measure/figures.ts'
import type { WindowUse } from '../measure/window.ts'
import { residentBytes } from '../subject/usage.ts'
import type { Scenario } from './scenario.ts'

const membersEach = 10
const width = 64
const settleMilliseconds = 10_000

interface Idle {
  kilobytesEach: number
  initialisedPerSecond: number
  openedPerSecond: number
  initialising: WindowUse
}

/** Memory comes to rest some time after the work: the least of what is seen until then. */
async function restingBytes(pid: number): Promise<number> {
  let least = residentBytes(pid)
  const end = performance.now() + settleMilliseconds
  while (performance.now() < end) {
    await sleep(250)
    least = Math.min(least, residentBytes(pid))
  }
  return least
}

/** Sessions come, read what the SDK reads, subscribe, and stay. */
async function measure(population: Population, sessions: number): Promise<Idle> {
  const { pid, meter } = population.subject
  const rooms = await population.createRooms(sessions / membersEach, membersEach)
  const people = rooms.flatMap(({ identities }) => identities).map((identity) => ({ identity, token: population.token(identity) }))
  const before = await restingBytes(pid)

  const closeInitialising = meter.open()
  const initialised = await concurrently(people, width, async ({ identity, token }) => {
    const session = await population.connect(identity, token)
    return { session, state: await initialise(session) }
  })
  const initialising = closeInitialising()

  const opened = performance.now()
  await concurrently(initialised, width, ({ session, state }) => openAll(session, state))
  const openedPerSecond = (sessions * 1_000) / (performance.now() - opened)

  const after = await restingBytes(pid)
  for (const { session } of initialised) session.destroy()
  return {
    kilobytesEach: (after - before) / sessions / 1_024,
    initialisedPerSecond: (sessions * 1_000) / initialising.milliseconds,
    openedPerSecond,
    initialising,
  }
}

export const idle: Scenario = {
  name: 'idle',
  about: 'memory of a session with one conversation, and how fast sessions initialise (socket, init, configuration, two maps)',
  async run(lab) {
    const sessions = lab.size(3_000, 10_000)
    const limit = await lab.on('bare', (population) => measure(population, sessions))
    const result = await lab.on('server', (population) => measure(population, sessions))
    const of = `${sessions.toLocaleString('en')} sessions`
    return [
      {
        scenario: 'idle',
        name: `memory of a session, ${of}`,
        value: result.kilobytesEach,
        unit: 'KB',
        target: { atMost: 24 },
        limit: limit.kilobytesEach,
      },
      {
        scenario: 'idle',
        name: 'initialisations',
        value: result.initialisedPerSecond,
        unit: '/s',
        target: { atLeast: 1_500 },
        limit: limit.initialisedPerSecond,
        note: describeNoise([result.initialising]),
      },
      {
        scenario: 'idle',
        name: 'opening the conversation and subscribing',
        value: result.openedPerSecond,
        unit: '/s',
        limit: limit.openedPerSecond,
      },
    ]
  },
}
