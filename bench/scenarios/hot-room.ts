import { setTimeout as sleep } from 'node:timers/promises'
import { numberedBody, onDelivery } from '../bots/deliveries.ts'
import type { Population } from '../bots/population.ts'
import type { Lab } from '../lab.ts'
import { fanOutLimit } from '../limits/fan-out-limit.ts'
import { describeNoise, type Figure, format } from '../measure/figures.ts'
import { atRate, type PaceResult } from '../measure/pace.ts'
import { median } from '../measure/statistics.ts'
import { until, within } from '../measure/wait.ts'
import { rates, type WindowUse } from '../measure/window.ts'
import type { Scenario } from './scenario.ts'

const steadyRate = 20
const floodWarmUpMilliseconds = 3_000
const floodSenders = 4
const floodInFlight = 2

/** One sends at a steady rate; the time until the last of all members has the message. */
async function measureLastMember(population: Population, members: number, parts: number): Promise<PaceResult> {
  const [room] = await population.createRooms(1, members)
  const bots = await population.joinAll(room!.identities)
  const arrivals: number[] = []
  const answers: Promise<number>[] = []
  let complete = 0
  const pace = atRate({
    meter: population.subject.meter,
    perSecond: steadyRate,
    warmUpSeconds: 4,
    partSeconds: 5,
    parts,
    send(number) {
      arrivals[number] = 0
      answers.push(bots[0]!.session.sendMessage(population.serviceSid, room!.sid, numberedBody(number)))
      population.flush()
    },
  })
  for (const { session } of bots) {
    onDelivery(session, (number) => {
      arrivals[number] = arrivals[number]! + 1
      if (arrivals[number] < members) return
      complete++
      pace.arrived(number)
    })
  }
  const count = await pace.done
  await within(20_000, 'the answers', Promise.all(answers))
  await until(
    () => complete === count,
    () => `${complete} of ${count} messages reached everybody`,
  )
  return pace.result()
}

interface Flood {
  deliveriesPerSecond: number
  uses: WindowUse[]
}

/** A few send as fast as they are answered; how many deliveries a second reach the members. */
async function measureFlood(population: Population, members: number, windows: number): Promise<Flood> {
  const [room] = await population.createRooms(1, members)
  const bots = await population.joinAll(room!.identities)
  let delivered = 0
  let acknowledged = 0
  let sending = true
  for (const { session } of bots) onDelivery(session, () => delivered++)
  const lane = async (at: number) => {
    while (sending) {
      const status = await bots[at]!.session.sendMessage(population.serviceSid, room!.sid, numberedBody(acknowledged))
      if (status !== 201) throw new Error(`A message was answered ${status}`)
      acknowledged++
    }
  }
  const lanes = Promise.all(Array.from({ length: floodSenders * floodInFlight }, (_, at) => lane(at % floodSenders)))
  const measured = (async () => {
    await sleep(floodWarmUpMilliseconds)
    return rates(population.subject.meter, windows, 2_000, () => [delivered])
  })()
  const parts = await Promise.race([measured, lanes.then(() => measured)])
  sending = false
  await within(60_000, 'the answers to the last messages', lanes)
  await until(
    () => delivered === acknowledged * members,
    () => `${delivered} of ${acknowledged * members} deliveries came`,
    60_000,
  )
  return { deliveriesPerSecond: median(parts.map(({ perSecond }) => perSecond[0]!)), uses: parts.map(({ use }) => use) }
}

async function lastMember(lab: Lab): Promise<Figure> {
  const members = lab.size(300, 1_000)
  const limit = await lab.on('bare', (population) => measureLastMember(population, members, lab.size(1, 2)))
  const { p50, p99, worst, uses } = await lab.on('server', (population) => measureLastMember(population, members, lab.size(1, 4)))
  return {
    scenario: 'hot-room',
    name: `${steadyRate}/s to ${members.toLocaleString('en')} members: last member, p99`,
    value: p99,
    unit: 'ms',
    target: { atMost: 30 },
    limit: limit.p99,
    p50,
    p99,
    note: `worst five seconds ${format(worst)} ms; ${describeNoise(uses)}`,
  }
}

async function flood(lab: Lab): Promise<Figure[]> {
  const members = lab.size(1_000, 5_000)
  const fanOut = await fanOutLimit(lab, members)
  const limit = await lab.on('bare', (population) => measureFlood(population, members, 2))
  const { deliveriesPerSecond, uses } = await lab.on('server', (population) => measureFlood(population, members, lab.size(2, 4)))
  const name = `deliveries in a room of ${members.toLocaleString('en')}`
  return [
    {
      scenario: 'hot-room',
      name,
      value: deliveriesPerSecond,
      unit: '/s',
      target: { atLeast: 80_000 },
      limit: limit.deliveriesPerSecond,
      note: describeNoise(uses),
    },
    { scenario: 'hot-room', name: `bare websockets alone: writes to ${members.toLocaleString('en')} sockets`, value: fanOut, unit: '/s' },
  ]
}

export const hotRoom: Scenario = {
  name: 'hot-room',
  about: 'one room with very many members: time until the last has a message, and deliveries a second',
  run: async (lab) => [await lastMember(lab), ...(await flood(lab))],
}
