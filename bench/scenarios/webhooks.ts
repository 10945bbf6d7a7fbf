import { setTimeout as sleep } from 'node:timers/promises'
import { numberedBody, numberIn, onDelivery } from '../bots/deliveries.ts'
import type { Bot, Population } from '../bots/population.ts'
import { startReceiver } from '../bots/receiver.ts'
import { describeNoise, type Figure, format } from '../measure/figures.ts'
import { atRate, type PaceResult } from '../measure/pace.ts'
import { median } from '../measure/statistics.ts'
import { until } from '../measure/wait.ts'
import { type RatePart, rates } from '../measure/window.ts'
import { measureIngest } from './ingest.ts'
import type { Scenario } from './scenario.ts'

const perSecond = 2_000
const rooms = 50
const warmUpSeconds = 3
/** Sustained is what is reached when the code that runs was compiled, for which a server on one core takes so long. */
const throughputWarmUpSeconds = 10

const listen = (population: Population, form: Record<string, string>) =>
  population.rest.post(`/v1/Services/${population.serviceSid}/Configuration/Webhooks`, form)

/** A room's only member, who says when the number of a message was told. */
interface Telling {
  population: Population
  bots: readonly Bot[]
  /** Called with the number of every message that the receiver is told of. */
  onTold(listener: (number: number) => void): void
  send(number: number): void
}

/** Rooms of one member, and a receiver that is told of every message. */
async function withReceiver<T>(population: Population, work: (telling: Telling) => Promise<T>): Promise<T> {
  const made = await population.createRooms(rooms, 1)
  const bots = await population.joinAll(made.flatMap(({ identities }) => identities))
  let told = (_: number) => {}
  const receiver = await startReceiver((body) => told(numberIn(body)))
  try {
    await listen(population, { PostWebhookUrl: receiver.url, Filters: 'onMessageAdded' })
    return await work({
      population,
      bots,
      onTold(listener) {
        told = listener
      },
      send(number) {
        const { session, client } = bots[number % rooms]!
        void session.sendMessage(population.serviceSid, client.conversations[0]!.sid, numberedBody(number))
      },
    })
  } finally {
    receiver.close()
  }
}

/** Messages at a fixed rate, each told to one receiver: time from the instant at which a message was due to its webhook. */
async function measureDelay({ population, onTold, send }: Telling, parts: number): Promise<PaceResult> {
  const pace = atRate({
    meter: population.subject.meter,
    perSecond,
    warmUpSeconds,
    partSeconds: 1,
    parts,
    send(number) {
      send(number)
      population.flush()
    },
  })
  let told = 0
  onTold((number) => {
    told++
    pace.arrived(number)
  })
  const count = await pace.done
  await until(
    () => told >= count,
    () => `${told} of ${count} webhooks came`,
    60_000,
  )
  return pace.result()
}

const untoldEach = 8

/** As many events as one receiver can be told: each room has a few messages that were not told yet, and sends the next when one was. */
async function measureThroughput({ population, onTold, send }: Telling, parts: number): Promise<readonly RatePart[]> {
  let told = 0
  let untold = rooms * untoldEach
  let ended = false
  onTold((number) => {
    told++
    // In the same room again.
    if (ended) untold--
    else send(number + rooms * untoldEach)
  })
  for (let number = 0; number < rooms * untoldEach; number++) send(number)
  await sleep(throughputWarmUpSeconds * 1_000)
  const measured = await rates(population.subject.meter, parts, 1_000, () => [told])
  ended = true
  await until(
    () => untold === 0,
    () => `${untold} webhooks came not`,
  )
  return measured
}

const quietRooms = 20
const quietPerSecond = 100
const hangingSessions = 125
const hangingEach = 8
/** A thousand that hang for five seconds are asked so often. */
const othersPerSecond = 200

/** What goes on beside the messages that are timed: nothing, questions that hang until the budget is over, or as many that are answered at once. */
type Beside = 'nothing' | 'hanging' | 'answered'

interface Asking {
  /** Messages that are asked about. */
  asked: PaceResult
  /** Messages of another service, which nobody is asked about. */
  unasked: PaceResult
}

/**
 * Every message of one service is asked about. Some get their answer at once, and those are timed, and so are those of a service without a hook,
 * while others are kept waiting until the budget is over, or are asked as often and answered: the difference is what hanging costs, and not the
 * mere load.
 */
async function measureAsking(population: Population, beside: Beside, parts: number): Promise<Asking> {
  const others = beside === 'nothing' ? [] : await membersOf(population, hangingSessions, 'other')
  const bystanders = await population.ofAnotherService('Without hooks')
  let asked = 0
  const receiver = await startReceiver(
    (body) => {
      if (body === 'hang') asked++
    },
    (body) => body === 'hang',
  )
  let ended = false
  let answering: NodeJS.Timeout | undefined
  try {
    const [hooked, free] = [await membersOf(population, quietRooms, 'quiet'), await membersOf(bystanders, quietRooms, 'free')]
    await listen(population, { PreWebhookUrl: receiver.url, Filters: 'onMessageAdd' })
    const say = ({ session, client }: Bot, body: string) =>
      session.sendMessage(population.serviceSid, client.conversations[0]!.sid, body).catch(() => {})
    const hang = async (bot: Bot) => {
      while (!ended) await say(bot, 'hang')
    }
    if (beside === 'hanging') {
      const lanes = others.flatMap((bot) => Array.from({ length: hangingEach }, () => bot))
      // One after the other, as apps ask: each is asked again when it was given up, so they go on coming evenly.
      for (const bot of lanes) {
        void hang(bot)
        await sleep(1_000 / othersPerSecond)
      }
      await until(
        () => asked >= others.length * hangingEach,
        () => `${asked} questions hang`,
      )
    }
    let next = 0
    if (beside === 'answered') answering = setInterval(() => void say(others[next++ % others.length]!, 'answer'), 1_000 / othersPerSecond)
    // So long that those that hang have been given up and asked again; and as long for those that are compared with them.
    const warmUp = 6
    const timed = await Promise.all([talk(population, hooked, warmUp, parts), talk(bystanders, free, warmUp, parts)])
    return { asked: timed[0], unasked: timed[1] }
  } finally {
    ended = true
    clearInterval(answering)
    receiver.close()
    bystanders.close()
  }
}

/** Time from when a message was due until its sender sees it. */
async function talk(population: Population, bots: readonly Bot[], warmUpSeconds: number, parts: number): Promise<PaceResult> {
  const pace = atRate({
    meter: population.subject.meter,
    perSecond: quietPerSecond,
    warmUpSeconds,
    partSeconds: 2,
    parts,
    send(number) {
      const { session, client } = bots[number % bots.length]!
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
}

async function membersOf(population: Population, count: number, prefix: string): Promise<Bot[]> {
  const made = await population.createRooms(count, 1, prefix)
  return population.joinAll(made.flatMap(({ identities }) => identities))
}

/** What a message costs when nobody is told of it: without webhooks, and with an account webhook whose filters let none through. */
async function measureSilence(population: Population, configured: boolean, windows: number): Promise<number> {
  if (configured)
    await population.rest.post('/v1/Configuration/Webhooks', {
      PreWebhookUrl: 'https://hooks.example.org/pre',
      PostWebhookUrl: 'https://hooks.example.org/post',
      Filters: 'onUserUpdated',
    })
  return (await measureIngest(population, windows, 2_000)).microsecondsEach
}

export const webhooks: Scenario = {
  name: 'webhooks',
  about: '2,000 messages a second, each told to one receiver; and messages that are asked about while a thousand questions hang',
  async run(lab) {
    const figures: Figure[] = []
    const add = (figure: Omit<Figure, 'scenario'>) => figures.push({ scenario: 'webhooks', ...figure })

    const parts = await lab.on('server', (population) => withReceiver(population, (telling) => measureThroughput(telling, lab.size(4, 10))))
    const tellings = parts.map((part) => part.perSecond[0]!)
    add({
      name: 'events told to one receiver, sustained',
      value: median(tellings),
      unit: '/s',
      target: { atLeast: perSecond },
      note: `of a run of ${lab.size(4, 10)} s after ${throughputWarmUpSeconds} s; ${describeNoise(parts.map(({ use }) => use))}`,
    })
    add({
      name: 'processor time an event, its message included',
      value: median(parts.map(({ use }, at) => (use.serverMilliseconds * 1_000_000) / use.milliseconds / tellings[at]!)),
      unit: 'µs',
      target: { atMost: 1_000_000 / perSecond },
    })

    const told = await lab.on('server', (population) => withReceiver(population, (telling) => measureDelay(telling, lab.size(3, 10))))
    add({
      name: `message to webhook at ${perSecond.toLocaleString('en')}/s, p99`,
      value: told.p99,
      unit: 'ms',
      p50: told.p50,
      p99: told.p99,
      note: `worst second ${format(told.worst)} ms; ${describeNoise(told.uses)}`,
    })
    const asking = (beside: Beside) => lab.on('server', (population) => measureAsking(population, beside, lab.size(5, 16)))
    const alone = await asking('nothing')
    const answered = await asking('answered')
    const beside = await asking('hanging')
    for (const [name, kind] of [
      ['asked about', 'asked'],
      ['of a service without hooks', 'unasked'],
    ] as const)
      add({
        name: `message ${name}, while 1,000 questions hang, p99`,
        value: beside[kind].p99,
        unit: 'ms',
        target: { atMost: alone[kind].p99 * 1.2 },
        p50: beside[kind].p50,
        p99: beside[kind].p99,
        note: `without those p50 ${format(alone[kind].p50)}, p99 ${format(alone[kind].p99)} ms; with as many answered p50 ${format(answered[kind].p50)}, p99 ${format(answered[kind].p99)} ms; late by ${format(beside[kind].lateness)} ms at p99, ${format(alone[kind].lateness)} without; ${describeNoise(beside[kind].uses)}`,
      })

    const none = await lab.on('server', (population) => measureSilence(population, false, lab.size(2, 5)))
    const filtered = await lab.on('server', (population) => measureSilence(population, true, lab.size(2, 5)))
    add({
      name: 'processor time a message, when filters let nothing through',
      value: filtered,
      unit: 'µs',
      note: `${format(filtered / none)} times that without webhooks, which is ${format(none)} µs`,
    })
    return figures
  },
}
