import { setTimeout as sleep } from 'node:timers/promises'
import { numberedBody, onDelivery } from '../bots/deliveries.ts'
import type { Bot, Population } from '../bots/population.ts'
import type { Lab } from '../lab.ts'
import type { Figure } from '../measure/figures.ts'
import { describeNoise } from '../measure/figures.ts'
import { median } from '../measure/statistics.ts'
import { until, within } from '../measure/wait.ts'
import { rates, type WindowUse } from '../measure/window.ts'
import type { Scenario } from './scenario.ts'

const conversations = 50
const membersEach = 4
const inFlightEach = 2
const warmUpMilliseconds = 3_000

interface Ingest {
  messagesPerSecond: number
  deliveriesPerSecond: number
  /** Processor time of the server a message, microseconds: what noise of others changes least. */
  microsecondsEach: number
  uses: WindowUse[]
}

/** Everybody sends as fast as the answers come, two at a time; then all that was acknowledged must have reached everybody. */
export async function measureIngest(population: Population, windows: number, milliseconds: number): Promise<Ingest> {
  const rooms = await population.createRooms(conversations, membersEach)
  const bots = await population.joinAll(rooms.flatMap(({ identities }) => identities))
  let acknowledged = 0
  let delivered = 0
  let sent = 0
  let sending = true
  for (const { session } of bots) onDelivery(session, () => delivered++)
  const lane = async ({ session, client }: Bot) => {
    while (sending) {
      const status = await session.sendMessage(population.serviceSid, client.conversations[0]!.sid, numberedBody(sent++))
      if (status !== 201) throw new Error(`A message was answered ${status}`)
      acknowledged++
    }
  }
  const lanes = Promise.all(bots.flatMap((bot) => Array.from({ length: inFlightEach }, () => lane(bot))))
  const measured = (async () => {
    await sleep(warmUpMilliseconds)
    return rates(population.subject.meter, windows, milliseconds, () => [acknowledged, delivered])
  })()
  const parts = await Promise.race([measured, lanes.then(() => measured)])
  sending = false
  await within(20_000, 'the answers to the last messages', lanes)
  await until(
    () => delivered === acknowledged * membersEach,
    () => `${acknowledged} messages were acknowledged, ${delivered} of ${acknowledged * membersEach} deliveries came`,
  )
  for (const { session } of bots) session.destroy()
  const rate = (at: number) => median(parts.map(({ perSecond }) => perSecond[at]!))
  return {
    messagesPerSecond: rate(0),
    deliveriesPerSecond: rate(1),
    microsecondsEach: median(parts.map(({ use, perSecond }) => (use.serverMilliseconds * 1_000_000) / use.milliseconds / perSecond[0]!)),
    uses: parts.map(({ use }) => use),
  }
}

/** The same load on the bare server. */
export function ingestLimit(lab: Lab): Promise<Ingest> {
  return lab.limit('ingest', () => lab.on('bare', (population) => measureIngest(population, 3, lab.size(1_500, 3_000))))
}

function figures(scenario: string, result: Ingest, limit: Ingest, targets: { messages: number; deliveries?: number }): Figure[] {
  const note = describeNoise(result.uses)
  return [
    {
      scenario,
      name: 'messages, acknowledged and durable',
      value: result.messagesPerSecond,
      unit: '/s',
      target: { atLeast: targets.messages },
      limit: limit.messagesPerSecond,
      note,
    },
    {
      scenario,
      name: 'deliveries',
      value: result.deliveriesPerSecond,
      unit: '/s',
      ...(targets.deliveries ? { target: { atLeast: targets.deliveries } } : {}),
      limit: limit.deliveriesPerSecond,
    },
    { scenario, name: 'processor time a message', value: result.microsecondsEach, unit: 'µs', limit: limit.microsecondsEach },
  ]
}

export const ingest: Scenario = {
  name: 'ingest',
  about: '50 conversations of four sessions, two sends in flight each, SQLite with synchronous=FULL',
  async run(lab) {
    const limit = await ingestLimit(lab)
    const result = await lab.on('server', (population) => measureIngest(population, lab.size(3, 5), lab.size(2_000, 4_000)))
    return figures('ingest', result, limit, { messages: 10_000, deliveries: 40_000 })
  },
}

export const ingestPostgres: Scenario = {
  name: 'ingest-postgres',
  about: 'the same with PostgreSQL, which shares the core of the server',
  async run(lab) {
    const limit = await ingestLimit(lab)
    const result = await lab.on('server', (population) => measureIngest(population, lab.size(3, 5), lab.size(2_000, 4_000)), {
      postgres: true,
    })
    return figures('ingest-postgres', result, limit, { messages: 6_000 })
  },
}
