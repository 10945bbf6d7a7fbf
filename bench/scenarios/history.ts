import { fillConversation } from '../bots/fill-conversation.ts'
import type { Population } from '../bots/population.ts'
import type { Figure } from '../measure/figures.ts'
import { type Cost, oneByOne } from '../measure/one-by-one.ts'
import { median } from '../measure/statistics.ts'
import type { Scenario } from './scenario.ts'

const writers = 8
const pageSize = 50

interface History {
  rest: Cost
  /** By the server's own account, where it gives one. */
  restAtServer: number | undefined
  restMiddle: Cost
  syncNewest: Cost
  syncMiddle: Cost
}

interface RestPage {
  messages: unknown[]
  meta: { next_page_url?: string | null }
}

interface SyncPage {
  items: unknown[]
}

/** Reads pages of one long conversation, one at a time. The times are the client's, so they include its own part and the loopback. */
async function measure(population: Population, messages: number, rounds: number): Promise<History> {
  const { rest, conversationsPath } = population
  const { meter } = population.subject
  const [room] = await population.createRooms(1, writers)
  await fillConversation(population, room!, messages)
  const { session, client } = await population.join(room!.identities[0]!)
  const atServer: number[] = []

  const restPage = async (path: string): Promise<RestPage> => {
    const { status, body, serverMilliseconds } = await rest.get(path)
    const page = body as RestPage
    if (status !== 200 || page.messages.length !== pageSize)
      throw new Error(`A page was answered ${status} with ${page.messages?.length} messages`)
    if (serverMilliseconds !== undefined) atServer.push(serverMilliseconds)
    return page
  }
  const syncPage = async (params: Record<string, string>): Promise<void> => {
    const path = `/v3/Lists/${client.conversations[0]!.messages}/Items`
    const { status, body } = await session.get(path, { HideExpired: 'true', PageSize: String(pageSize), Order: 'desc', ...params })
    const page = body as SyncPage
    if (status !== 200 || page.items.length !== pageSize) throw new Error(`A page was answered ${status} with ${page.items?.length} items`)
  }

  const newest = `${conversationsPath}/${room!.sid}/Messages?PageSize=${pageSize}&Order=desc`
  const second = (await restPage(newest)).meta.next_page_url ?? newest
  const restCost = await oneByOne(meter, rounds, () => restPage(newest))
  const restAtServer = atServer.length > 0 ? median(atServer) : undefined
  return {
    rest: restCost,
    restAtServer,
    restMiddle: await oneByOne(meter, rounds, () => restPage(new URL(second, population.subject.url).href)),
    syncNewest: await oneByOne(meter, rounds, () => syncPage({})),
    syncMiddle: await oneByOne(meter, rounds, () => syncPage({ From: String(Math.floor(messages / 2)) })),
  }
}

export const history: Scenario = {
  name: 'history',
  about: 'a page of 50 messages out of a long conversation, by REST and by Sync, one request at a time',
  async run(lab) {
    const messages = lab.size(20_000, 200_000)
    const rounds = lab.size(100, 400)
    const limit = await lab.on('bare', (population) => measure(population, lab.size(2_000, 20_000), rounds))
    const result = await lab.on('server', (population) => measure(population, messages, rounds))
    const figure = (name: string, cost: Cost, bare: Cost, note?: string): Figure => ({
      scenario: 'history',
      name: `${name}, of ${messages.toLocaleString('en')}`,
      value: cost.p50,
      unit: 'ms',
      target: { atMost: 1 },
      limit: bare.p50,
      p50: cost.p50,
      p99: cost.p99,
      note: `${Math.round(cost.microseconds)} µs of processor time${note ?? ''}`,
    })
    const atServer = result.restAtServer === undefined ? '' : `; p50 by Twilio-Request-Duration ${result.restAtServer} ms`
    return [
      figure('REST, newest page', result.rest, limit.rest, atServer),
      figure('REST, second page', result.restMiddle, limit.restMiddle),
      figure('Sync, newest page', result.syncNewest, limit.syncNewest),
      figure('Sync, page in the middle', result.syncMiddle, limit.syncMiddle),
    ]
  },
}
