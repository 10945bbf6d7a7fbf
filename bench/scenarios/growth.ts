import { concurrently } from '../bots/concurrently.ts'
import { numberedBody } from '../bots/deliveries.ts'
import { fillConversation } from '../bots/fill-conversation.ts'
import { openConversation, subscribe } from '../bots/open-objects.ts'
import type { Population, Room } from '../bots/population.ts'
import type { Figure } from '../measure/figures.ts'
import { type Cost, oneByOne } from '../measure/one-by-one.ts'
import type { Scenario } from './scenario.ts'

const writers = 8
const flat = 1.3
const setUpWidth = 32

type Operation =
  | 'send'
  | 'page of 50 by REST'
  | 'page of 50 by Sync'
  | 'opening a conversation'
  | 'replaying one message'
  | 'first page of conversations'

interface Point {
  size: number
  costs: Record<Operation, Cost>
}

/** What everyday requests cost now. */
async function costs(population: Population, room: Room, rounds: number): Promise<Record<Operation, Cost>> {
  const { rest, conversationsPath, serviceSid } = population
  const { meter } = population.subject
  const { session, client } = await population.join(room.identities[0]!)
  const names = { conversation: `${room.sid}.channel`, messages: `${room.sid}.messages`, participants: `${room.sid}.roster` }
  const expect = async (what: string, answer: Promise<{ status: number }>) => {
    const { status } = await answer
    if (status !== 200 && status !== 201) throw new Error(`${what} was answered ${status}`)
  }
  /** Subscribes as a client does that was away for one message. */
  const replaying = async () => {
    const [, list] = await openConversation(session, names)
    return oneByOne(meter, rounds, () => subscribe(session, [{ ...list, lastEventId: list.lastEventId - 1 }]))
  }
  try {
    return {
      send: await oneByOne(meter, rounds, (round) =>
        expect(
          'A message',
          session.sendMessage(serviceSid, room.sid, numberedBody(round)).then((status) => ({ status })),
        ),
      ),
      'page of 50 by REST': await oneByOne(meter, rounds, () =>
        expect('A page', rest.get(`${conversationsPath}/${room.sid}/Messages?PageSize=50&Order=desc`)),
      ),
      'page of 50 by Sync': await oneByOne(meter, rounds, () =>
        expect(
          'A page',
          session.get(`/v3/Lists/${client.conversations[0]!.messages}/Items`, { HideExpired: 'true', PageSize: '50', Order: 'desc' }),
        ),
      ),
      'opening a conversation': await oneByOne(meter, rounds, () => openConversation(session, names)),
      'replaying one message': await replaying(),
      'first page of conversations': await oneByOne(meter, rounds, () => expect('A page', rest.get(`${conversationsPath}?PageSize=50`))),
    }
  } finally {
    session.destroy()
  }
}

/** Costs while one conversation grows. */
async function growingHistory(population: Population, sizes: readonly number[], rounds: number): Promise<Point[]> {
  const [room] = await population.createRooms(1, writers)
  const points: Point[] = []
  let filled = 0
  for (const size of sizes) {
    await fillConversation(population, room!, size - filled)
    filled = size
    points.push({ size, costs: await costs(population, room!, rounds) })
  }
  return points
}

/** Costs while the service gets more and more conversations. */
async function growingService(population: Population, sizes: readonly number[], rounds: number): Promise<Point[]> {
  const [room] = await population.createRooms(1, writers)
  await fillConversation(population, room!, 200)
  const points: Point[] = []
  let made = 1
  for (const size of sizes) {
    const missing = Array.from({ length: size - made })
    await concurrently(missing, setUpWidth, (_, at) =>
      population.rest.create(population.conversationsPath, { FriendlyName: `Room ${made + at}` }),
    )
    made = size
    points.push({ size, costs: await costs(population, room!, rounds) })
  }
  return points
}

/** For each operation, how many times the cost at the smallest size the cost at the largest is. */
function figures(of: string, points: readonly Point[]): Figure[] {
  const first = points[0]!
  const last = points.at(-1)!
  return (Object.keys(first.costs) as Operation[]).map((operation) => ({
    scenario: 'growth',
    name: `${operation}: ${first.size.toLocaleString('en')} to ${last.size.toLocaleString('en')} ${of}`,
    value: last.costs[operation].microseconds / first.costs[operation].microseconds,
    unit: '× processor time',
    target: { atMost: flat },
    p50: last.costs[operation].p50,
    p99: last.costs[operation].p99,
    note: points.map(({ costs }) => `${Math.round(costs[operation].microseconds)} µs`).join(', '),
  }))
}

export const growth: Scenario = {
  name: 'growth',
  about: 'what sending, reading, opening and listing cost as conversations and messages become many',
  async run(lab) {
    const rounds = lab.size(100, 200)
    const messages = lab.size([1_000, 10_000, 50_000], [1_000, 10_000, 100_000, 1_000_000])
    const conversations = lab.size([100, 1_000, 5_000], [100, 1_000, 10_000, 100_000])
    return [
      ...figures('messages in one conversation', await lab.on('server', (population) => growingHistory(population, messages, rounds))),
      ...figures('conversations in the service', await lab.on('server', (population) => growingService(population, conversations, rounds))),
    ]
  },
}
