import { setTimeout as sleep } from 'node:timers/promises'
import { numberedBody, numberIn } from '../bots/deliveries.ts'
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
  about: '2,000 messages a second, each told to one receiver',
  async run(lab) {
    const figures: Figure[] = []
    const add = (figure: Omit<Figure, 'scenario'>) => figures.push({ scenario: 'webhooks', ...figure })

    // Receivers are called on a thread of its own by a server that has a second core.
    for (const allCores of [true, false]) {
      const measure = async (telling: Telling) => {
        const parts = await measureThroughput(telling, lab.size(4, 10))
        return { parts, told: allCores ? await measureDelay(telling, lab.size(3, 10)) : undefined }
      }
      const { parts, told } = await lab.on('server', (population) => withReceiver(population, measure), { allCores })
      const tellings = parts.map((part) => part.perSecond[0]!)
      const cores = allCores ? '' : ' on one core'
      add({
        name: `events told to one receiver${cores}, sustained`,
        value: median(tellings),
        unit: '/s',
        ...(allCores ? { target: { atLeast: perSecond } } : {}),
        note: `of a run of ${lab.size(4, 10)} s after ${throughputWarmUpSeconds} s; ${describeNoise(parts.map(({ use }) => use))}`,
      })
      add({
        name: `processor time an event${cores}, its message included`,
        value: median(parts.map(({ use }, at) => (use.serverMilliseconds * 1_000_000) / use.milliseconds / tellings[at]!)),
        unit: 'µs',
      })
      if (told)
        add({
          name: `message to webhook at ${perSecond.toLocaleString('en')}/s, p99`,
          value: told.p99,
          unit: 'ms',
          p50: told.p50,
          p99: told.p99,
          note: `worst second ${format(told.worst)} ms; ${describeNoise(told.uses)}`,
        })
    }

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
