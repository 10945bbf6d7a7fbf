import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { App } from '../support/sdk.ts'

const minute = 60_000
const pair = { 'messagingBinding.address': '+15005550006', 'messagingBinding.proxyAddress': '+15550100001' }

describe.each(databases)('the timers of a conversation, on %s', (database) => {
  let parley: Parley
  beforeAll(async () => {
    parley = await startParley({ database })
  })
  afterAll(() => parley.close())

  const create = () =>
    parley.conversations.conversations.create({ 'timers.inactive': 'PT1M', 'timers.closed': 'PT10M' }).then(({ sid }) => sid)
  const fetch = (sid: string) => parley.conversations.conversations(sid).fetch()
  const becomes = (sid: string, state: string) => expect.poll(async () => (await fetch(sid)).state, { timeout: 10_000 }).toBe(state)

  it('make it inactive, then closed, and tell those who take part', async () => {
    const app = new App({ version: '3.0.1', uri: parley.socketUrl, identity: 'alice', token: parley.token('alice', { ttl: 86_000 }) })
    await app.hears('initialized')
    const sid = await create()
    await parley.conversations.conversations(sid).participants.create({ identity: 'alice' })
    await app.hears('conversationJoined', (conversation) => conversation.sid === sid)

    await parley.clock.advance(minute + 1_000)
    await app.hears('conversationUpdated', ({ conversation }) => conversation.sid === sid && conversation.state?.current === 'inactive')
    expect(await fetch(sid)).toMatchObject({ state: 'inactive', timers: { date_closed: expect.any(String) } })

    await parley.clock.advance(10 * minute)
    await app.hears('conversationUpdated', ({ conversation }) => conversation.sid === sid && conversation.state?.current === 'closed')
    expect(await fetch(sid)).toMatchObject({ state: 'closed', timers: {} })
    await app.client.shutdown()
  })

  it('start again with every message, which wakes an inactive conversation', async () => {
    const sid = await create()
    await parley.clock.advance(minute + 1_000)
    await becomes(sid, 'inactive')

    await parley.conversations.conversations(sid).messages.create({ body: 'wake up' })
    expect((await fetch(sid)).state).toBe('active')
    await parley.clock.advance(minute / 2)
    await parley.conversations.conversations(sid).messages.create({ body: 'still here' })
    await parley.clock.advance((minute * 3) / 4)
    expect((await fetch(sid)).state).toBe('active')
    await parley.clock.advance(minute / 2)
    await becomes(sid, 'inactive')
  })

  it('free the address pair when they close it, and leave it closed for good', async () => {
    const sid = await create()
    await parley.conversations.conversations(sid).participants.create(pair)
    await parley.clock.advance(11 * minute)
    await becomes(sid, 'closed')

    const other = await create()
    await expect(parley.conversations.conversations(other).participants.create(pair)).resolves.toMatchObject({ conversationSid: other })
    for (const change of [
      () => parley.conversations.conversations(sid).update({ friendlyName: 'again' }),
      () => parley.conversations.conversations(sid).update({ state: 'active' }),
      () => parley.conversations.conversations(sid).messages.create({ body: 'too late' }),
    ])
      await expect(change()).rejects.toMatchObject({ status: 400, code: 50377 })
  })

  it('are not forgotten by a restart', async () => {
    await using restarted = await startParley({ database })
    const { sid } = await restarted.conversations.conversations.create({ 'timers.inactive': 'PT1M' })
    await restarted.restart()
    await restarted.clock.advance(minute + 1_000)
    await expect.poll(async () => (await restarted.conversations.conversations(sid).fetch()).state).toBe('inactive')
  })

  it('come from the account when the conversation names none, and not when it switches them off', async () => {
    await parley.conversations.configuration().update({ defaultInactiveTimer: 'PT2M', defaultClosedTimer: 'PT20M' })
    const { sid } = await parley.conversations.conversations.create()
    const off = await parley.conversations.conversations.create({ 'timers.inactive': 'PT0S', 'timers.closed': 'PT0S' })
    expect(off.timers).toEqual({})
    await parley.clock.advance(2 * minute + 1_000)
    await becomes(sid, 'inactive')
    expect((await fetch(off.sid)).state).toBe('active')
    await parley.conversations.configuration().update({ defaultInactiveTimer: 'PT0S', defaultClosedTimer: 'PT0S' })
  })
})
