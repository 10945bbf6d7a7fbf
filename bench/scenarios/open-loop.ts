import { numberedBody, onDelivery } from '../bots/deliveries.ts'
import type { Population } from '../bots/population.ts'
import { describeNoise, type Figure, format } from '../measure/figures.ts'
import { atRate, type PaceResult } from '../measure/pace.ts'
import { until, within } from '../measure/wait.ts'
import type { Scenario } from './scenario.ts'

const rooms = 20
const members = 10

/** Sends at a fixed rate, whatever happens, and times every arrival at the nine others from the moment at which its message was due. */
async function measure(population: Population, perSecond: number, parts: number): Promise<PaceResult> {
  const made = await population.createRooms(rooms, members)
  const bots = await population.joinAll(made.flatMap(({ identities }) => identities))
  const answers: Promise<number>[] = []
  let delivered = 0

  /** Messages go round the rooms, and in each room round its members. */
  const senderOf = (number: number) => (number % rooms) * members + (Math.floor(number / rooms) % members)

  const pace = atRate({
    meter: population.subject.meter,
    perSecond,
    warmUpSeconds: 3,
    partSeconds: 1,
    parts,
    send(number) {
      const { session, client } = bots[senderOf(number)]!
      answers.push(session.sendMessage(population.serviceSid, client.conversations[0]!.sid, numberedBody(number)))
      population.flush()
    },
  })
  for (const [at, { session }] of bots.entries()) {
    onDelivery(session, (number) => {
      delivered++
      if (senderOf(number) !== at) pace.arrived(number)
    })
  }
  const count = await pace.done
  const statuses = await within(20_000, 'the answers', Promise.all(answers))
  const refused = statuses.filter((status) => status !== 201)
  if (refused.length > 0) throw new Error(`${refused.length} messages were refused, the first with ${refused[0]}`)
  await until(
    () => delivered === count * members,
    () => `${delivered} of ${count * members} deliveries came`,
  )
  return pace.result()
}

const loads = [
  { perSecond: 1_000, atMost: 5 },
  { perSecond: 2_000, atMost: 10 },
]

export const openLoop: Scenario = {
  name: 'open-loop',
  about: 'rooms of ten, a fixed rate of messages: time from the scheduled sending to the event at a receiver',
  async run(lab) {
    const figures: Figure[] = []
    for (const { perSecond, atMost } of loads) {
      const limit = await lab.on('bare', (population) => measure(population, perSecond, lab.size(3, 5)))
      const { p50, p99, worst, lateness, uses } = await lab.on('server', (population) => measure(population, perSecond, lab.size(5, 15)))
      figures.push({
        scenario: 'open-loop',
        name: `send to receipt at ${perSecond.toLocaleString('en')}/s, p99`,
        value: p99,
        unit: 'ms',
        target: { atMost },
        limit: limit.p99,
        p50,
        p99,
        note: `worst second ${format(worst)} ms, generator late by p99 ${format(lateness)} ms; ${describeNoise(uses)}`,
      })
    }
    return figures
  },
}
