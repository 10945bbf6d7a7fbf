import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Parley, startParley } from '../support/parley.ts'
import { App } from '../support/sdk.ts'

describe('metrics', () => {
  let parley: Parley
  beforeAll(async () => {
    parley = await startParley()
  })
  afterAll(() => parley.close())

  const figure = async (name: string) => {
    const text = await (await fetch(`${parley.url}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }

  it('count connections, what they watch, and what they are told', async () => {
    const app = new App({ version: '3.0.1', uri: parley.socketUrl, identity: 'alice', token: parley.token('alice') })
    await app.hears('initialized')
    expect(await figure('parley_connections')).toBe(1)
    // The app is initialized before its subscriptions stand: what comes before that is replayed, and no delivery.
    await expect.poll(() => figure('parley_subscriptions')).toBeGreaterThanOrEqual(2)

    const told = await figure('parley_deliveries_total')
    const { sid } = await parley.conversations.conversations.create()
    await parley.conversations.conversations(sid).participants.create({ identity: 'alice' })
    await app.hears('conversationJoined')
    expect(await figure('parley_deliveries_total')).toBeGreaterThan(told)
    expect(await figure('parley_subscriptions')).toBeGreaterThan(0)

    await app.client.shutdown()
    await expect.poll(() => figure('parley_connections')).toBe(0)
  })
})
