import { numberedBody, numberIn, onDelivery } from '../bots/deliveries.ts'
import type { Bot, Population } from '../bots/population.ts'
import { startReceiver } from '../bots/receiver.ts'
import { describeNoise, type Figure, format } from '../measure/figures.ts'
import { atRate, type PaceResult } from '../measure/pace.ts'
import { until } from '../measure/wait.ts'
import type { Scenario } from './scenario.ts'

const perSecond = 2_000
const rooms = 50

const listen = (population: Population, form: Record<string, string>) =>
  population.rest.post(`/v1/Services/${population.serviceSid}/Configuration/Webhooks`, form)

/** Messages at a fixed rate, each told to one receiver: time from the instant at which a message was due to its webhook. */
async function measureTelling(population: Population, parts: number): Promise<PaceResult> {
  const made = await population.createRooms(rooms, 1)
  const bots = await population.joinAll(made.flatMap(({ identities }) => identities))
  let told = 0
  let note = (_: number) => {}
  const receiver = await startReceiver((body) => {
    told++
    note(numberIn(body))
  })
  try {
    await listen(population, { PostWebhookUrl: receiver.url, Filters: 'onMessageAdded' })
    const pace = atRate({
      meter: population.subject.meter,
      perSecond,
      warmUpSeconds: 3,
      partSeconds: 1,
      parts,
      send(number) {
        const { session, client } = bots[number % rooms]!
        void session.sendMessage(population.serviceSid, client.conversations[0]!.sid, numberedBody(number))
        population.flush()
      },
    })
    note = (number) => pace.arrived(number)
    const count = await pace.done
    await until(
      () => told >= count,
      () => `${told} of ${count} webhooks came`,
      60_000,
    )
    return pace.result()
  } finally {
    receiver.close()
  }
}

const quietRooms = 20
const quietPerSecond = 100
const hangingSessions = 125
const hangingEach = 8

/** Every message is asked about. Some get their answer at once, and those are timed, while others are kept waiting until the budget is over. */
async function measureAsking(population: Population, hanging: boolean, parts: number): Promise<PaceResult> {
  const made = await population.createRooms(quietRooms, 1, 'quiet')
  const bots = await population.joinAll(made.flatMap(({ identities }) => identities))
  const stuck = hanging ? await hangers(population) : []
  let asked = 0
  const receiver = await startReceiver(
    (body) => {
      if (body === 'hang') asked++
    },
    (body) => body === 'hang',
  )
  let ended = false
  try {
    await listen(population, { PreWebhookUrl: receiver.url, Filters: 'onMessageAdd' })
    const hang = async ({ session, client }: Bot) => {
      while (!ended) await session.sendMessage(population.serviceSid, client.conversations[0]!.sid, 'hang').catch(() => {})
    }
    for (const bot of stuck) for (let lane = 0; lane < hangingEach; lane++) void hang(bot)
    await until(
      () => asked >= stuck.length * hangingEach,
      () => `${asked} questions hang`,
    )
    const pace = atRate({
      meter: population.subject.meter,
      perSecond: quietPerSecond,
      warmUpSeconds: 1,
      partSeconds: 2,
      parts,
      send(number) {
        const { session, client } = bots[number % quietRooms]!
        void session.sendMessage(population.serviceSid, client.conversations[0]!.sid, numberedBody(number))
        population.flush()
      },
    })
    let arrived = 0
    for (const { session } of bots)
      onDelivery(session, (number) => {
        arrived++
        pace.arrived(number)
      })
    const count = await pace.done
    await until(
      () => arrived >= count,
      () => `${arrived} of ${count} messages came`,
    )
    return pace.result()
  } finally {
    ended = true
    receiver.close()
  }
}

async function hangers(population: Population): Promise<Bot[]> {
  const made = await population.createRooms(hangingSessions, 1, 'stuck')
  return population.joinAll(made.flatMap(({ identities }) => identities))
}

export const webhooks: Scenario = {
  name: 'webhooks',
  about: '2,000 messages a second, each told to one receiver; and messages that are asked about while a thousand questions hang',
  async run(lab) {
    const figures: Figure[] = []
    const told = await lab.on('server', (population) => measureTelling(population, lab.size(3, 10)))
    figures.push({
      scenario: 'webhooks',
      name: `message to webhook at ${perSecond.toLocaleString('en')}/s, p99`,
      value: told.p99,
      unit: 'ms',
      p50: told.p50,
      p99: told.p99,
      note: `worst second ${format(told.worst)} ms; ${describeNoise(told.uses)}`,
    })
    const alone = await lab.on('server', (population) => measureAsking(population, false, lab.size(4, 8)))
    const beside = await lab.on('server', (population) => measureAsking(population, true, lab.size(4, 8)))
    figures.push({
      scenario: 'webhooks',
      name: 'asked about, while 1,000 questions hang, p99',
      value: beside.p99,
      unit: 'ms',
      target: { atMost: alone.p99 * 1.2 },
      p50: beside.p50,
      p99: beside.p99,
      note: `without those p50 ${format(alone.p50)}, p99 ${format(alone.p99)} ms; ${describeNoise(beside.uses)}`,
    })
    return figures
  },
}
