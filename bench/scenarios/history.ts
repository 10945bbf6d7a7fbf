import { fillConversation } from '../bots/fill-conversation.ts'
import type { Population } from '../bots/population.ts'
import { type Figure, format } from '../measure/figures.ts'
import { type Cost, oneByOne } from '../measure/one-by-one.ts'
import { medianBetween, requestTimes } from '../measure/request-times.ts'
import type { Scenario } from './scenario.ts'

const writers = 8
const pageSize = 50

interface RestCost extends Cost {
  /** Half of the requests were answered within so many milliseconds by the server's own account, where it gives one. */
  atServer: number | undefined
}

interface History {
  rest: RestCost
  restMiddle: RestCost
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

  const restPage = async (path: string): Promise<RestPage> => {
    const { status, body } = await rest.get(path)
    const page = body as RestPage
    if (status !== 200 || page.messages.length !== pageSize)
      throw new Error(`A page was answered ${status} with ${page.messages?.length} messages`)
    return page
  }
  const restCost = async (path: string): Promise<RestCost> => {
    const before = await requestTimes(population.subject.url)
    const cost = await oneByOne(meter, rounds, () => restPage(path))
    return { ...cost, atServer: medianBetween(before, await requestTimes(population.subject.url)) }
  }
  const syncPage = async (params: Record<string, string>): Promise<void> => {
    const path = `/v3/Lists/${client.conversations[0]!.messages}/Items`
    const { status, body } = await session.get(path, { HideExpired: 'true', PageSize: String(pageSize), Order: 'desc', ...params })
    const page = body as SyncPage
    if (status !== 200 || page.items.length !== pageSize) throw new Error(`A page was answered ${status} with ${page.items?.length} items`)
  }

  const newest = `${conversationsPath}/${room!.sid}/Messages?PageSize=${pageSize}&Order=desc`
  const second = (await restPage(newest)).meta.next_page_url ?? newest
  return {
    rest: await restCost(newest),
    restMiddle: await restCost(new URL(second, population.subject.url).href),
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
    const figure = (name: string, cost: Cost, bare: Cost): Figure => ({
      scenario: 'history',
      name: `${name}, of ${messages.toLocaleString('en')}`,
      value: cost.p50,
      unit: 'ms',
      target: { atMost: 1 },
      limit: bare.p50,
      p50: cost.p50,
      p99: cost.p99,
      note: `${Math.round(cost.microseconds)} µs of processor time, of the bare server ${Math.round(bare.microseconds)}`,
    })
    /** The promise is about the server; what the client sees stands beside it. */
    const restFigure = (name: string, cost: RestCost, bare: RestCost): Figure => {
      const { value, limit: _, note, ...atClient } = figure(`REST, ${name}`, cost, bare)
      const times = `at the client ${format(cost.p50 / bare.p50)} times the bare server's`
      return { ...atClient, value: cost.atServer ?? value, note: `p50 at the server; ${times}; ${note}` }
    }
    return [
      restFigure('newest page', result.rest, limit.rest),
      restFigure('second page', result.restMiddle, limit.restMiddle),
      figure('Sync, newest page', result.syncNewest, limit.syncNewest),
      figure('Sync, page in the middle', result.syncMiddle, limit.syncMiddle),
    ]
  },
}
