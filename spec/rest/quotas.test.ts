import { describe, expect, it } from 'vitest'
import { startParley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { eventually } from '../support/until.ts'

describe('the quotas of the original', () => {
  it('hold with PARLEY_LIMITS=twilio: 30 writes a second in one conversation, and the refusal says what refuses and when to come back', async () => {
    await using parley = await startParley({ settings: { PARLEY_LIMITS: 'twilio' } })
    const [busy, quiet] = [await parley.conversations.conversations.create(), await parley.conversations.conversations.create()]
    const send = (sid: string) =>
      fetch(`${parley.url}/v1/Conversations/${sid}/Messages`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(`${parley.credentials.account_sid}:${parley.credentials.auth_token}`)}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'Body=hello',
      })

    const answers = await Promise.all(Array.from({ length: 200 }, () => send(busy.sid)))
    const refused = answers.find(({ status }) => status === 429)
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(30)
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await refused?.json()).toMatchObject({
      code: 50063,
      status: 429,
      details: { setting: 'PARLEY_LIMIT_ACTIONS_PER_SECOND', limit: 30 },
    })
    // What was refused left nothing behind, and others are not slowed down.
    const stored = await parley.conversations.conversations(busy.sid).messages.list({ pageSize: 100 })
    expect(stored.length).toBe(answers.filter(({ status }) => status === 201).length)
    expect((await send(quiet.sid)).status).toBe(201)
    // Reads are not limited by that.
    await expect(parley.conversations.conversations(busy.sid).fetch()).resolves.toMatchObject({ sid: busy.sid })
  })

  it('hold for each service too, and never for what apps read through Sync', async () => {
    const settings = { PARLEY_LIMITS: 'twilio', PARLEY_LIMIT_ACTIONS_PER_SECOND: '5' }
    await using parley = await startParley({ settings })
    const there = parley.conversations.services((await parley.conversations.services.create({ friendlyName: 'Other' })).sid)
    const made = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => parley.conversations.users.create({ identity: `u${n}` })))
    const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused.length).toBeGreaterThan(0)
    for (const reason of refused) expect(reason).toMatchObject({ status: 429, code: 50063 })
    await expect(there.users.create({ identity: 'u' })).resolves.toMatchObject({ identity: 'u' })

    const { sid } = await there.conversations.create()
    await there.conversations(sid).participants.create({ identity: 'u' })
    const client = await RawClient.start(parley.socketUrl, parley.token('u', { service_sid: (await there.fetch()).sid }))
    const reads = await Promise.all(Array.from({ length: 200 }, () => client.get(`/v3/Documents/${sid}.channel`)))
    expect(new Set(reads.map(({ status }) => status))).toEqual(new Set([200]))
    client.socket.terminate()
  })

  it('do not hold by default', async () => {
    await using parley = await startParley()
    const { sid } = await parley.conversations.conversations.create()
    const sent = await Promise.all(
      Array.from({ length: 100 }, () => parley.conversations.conversations(sid).messages.create({ body: 'hi' })),
    )
    expect(sent.length).toBe(100)
  })

  it('limit the conversations of one identity, closed ones not counted', async () => {
    await using parley = await startParley({ settings: { PARLEY_LIMIT_CONVERSATIONS_PER_IDENTITY: '2' } })
    const join = async () => {
      const { sid } = await parley.conversations.conversations.create()
      await parley.conversations.conversations(sid).participants.create({ identity: 'alice' })
      return sid
    }
    const first = await join()
    await join()
    await expect(join()).rejects.toMatchObject({
      status: 403,
      code: 50214,
      details: { setting: 'PARLEY_LIMIT_CONVERSATIONS_PER_IDENTITY', limit: 2 },
    })
    await parley.conversations.conversations(first).update({ state: 'closed' })
    await expect(join()).resolves.toMatch(/^CH/)
  })
  it('limit the connections of one account; who was refused is let in when there is room', async () => {
    const setting = 'PARLEY_LIMIT_CONNECTIONS_PER_ACCOUNT'
    await using parley = await startParley({ settings: { [setting]: '2' } })
    const token = parley.token('alice')
    const first = await RawClient.start(parley.socketUrl, token)
    await RawClient.start(parley.socketUrl, token)
    const third = await RawClient.open(parley.socketUrl)
    expect((await third.init(token)).header.status).toMatchObject({
      code: 429,
      errorCode: 51001,
      description: `Connection limit exceeded: ${setting} is 2`,
    })
    await first.close()
    await eventually('room for another connection', async () => (await third.init(token)).header.status?.code === 200 || undefined)
    expect((await third.ask({ method: 'update', token })).header.status?.code).toBe(200)
  })
})
