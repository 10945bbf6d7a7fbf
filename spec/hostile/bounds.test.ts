import { once } from 'node:events'
import { encodeFrame } from '@parley/protocol'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { RawClient, requestHeader } from '../support/raw-client.ts'
import { eventually, inTime } from '../support/until.ts'
import { type Attacked, attacked } from './wholesome.ts'

const enter = ({ parley }: Attacked, identity: string) => RawClient.start(parley.socketUrl, parley.token(identity))

async function leave(...clients: RawClient[]): Promise<void> {
  for (const client of clients) {
    client.socket.terminate()
    await client.closed
  }
}

const isOpen = ({ socket }: RawClient) => socket.readyState === WebSocket.OPEN

/** The server has done everything that was asked of it before this, and the answer is here. */
const settled = (client: RawClient) => client.get('/nothing')

describe('a connection', () => {
  const place = attacked()

  it('that does not say who it is ends after thirty seconds; one that did stays', async () => {
    const { parley, bystander } = place()
    const silent = await RawClient.open(parley.socketUrl)
    const wrong = await RawClient.open(parley.socketUrl)
    expect((await wrong.init('not a token')).header.status?.code).toBe(401)
    await parley.clock.advance(20_000)
    await wrong.ask({ method: 'ping' })
    expect([silent, wrong, bystander].map(isOpen)).toEqual([true, true, true])
    await parley.clock.advance(11_000)
    await Promise.all([silent.closed, wrong.closed])
    expect(place().told).toContainEqual(expect.objectContaining({ setting: 'PARLEY_LIMIT_INIT_MILLISECONDS', limit: 30_000 }))
    expect(isOpen(bystander)).toBe(true)
  })

  it('that never answers a ping ends after the second; one that answers stays, however long it is silent', async () => {
    const { parley, bystander } = place()
    const mute = new WebSocket(parley.socketUrl, { autoPong: false })
    const closed = once(mute, 'close')
    await once(mute, 'open')
    mute.send(encodeFrame({ id: '1', method: 'init', token: parley.token('mute') }))
    await once(mute, 'message')

    for (let pings = 0; pings < 2; pings++) {
      const asked = once(bystander.socket, 'ping')
      await parley.pacing.advance(25_000)
      await asked
      // The answer to the ping is on its way before this.
      await settled(bystander)
    }
    await closed
    await parley.pacing.advance(25_000)
    await settled(bystander)
    expect(isOpen(bystander)).toBe(true)
  })

  it('of one identity may be one of many: each hears everything, and none ends for another', async () => {
    const { conversation, say, parley, bystander } = place()
    const token = parley.token('bystander')
    const twins = await Promise.all(Array.from({ length: 50 }, () => RawClient.start(parley.socketUrl, token)))
    await Promise.all(twins.map((twin) => twin.subscribe({ object_sid: `ES${conversation.slice(2)}`, object_type: 'list' })))
    await say('to all of us')
    for (const client of [bystander, ...twins]) await client.hears(({ event }) => event.item_data?.text === 'to all of us')
    await leave(...twins.slice(1))
    await say('to both of us')
    for (const client of [bystander, ...twins.slice(0, 1)]) await client.hears(({ event }) => event.item_data?.text === 'to both of us')
    await leave(...twins.slice(0, 1))
  })

  it('may watch more than ten thousand objects', async () => {
    const mallory = await enter(place(), 'mallory')
    const wishes: { object_sid: string; object_type: 'document' }[] = []
    const make = async () => {
      const { status, body } = await mallory.post(`${place().service}/Conversations`, {})
      expect(status).toBe(201)
      wishes.push({ object_sid: `ET${body.sid.slice(2)}`, object_type: 'document' })
      mallory.incoming.forget()
    }
    while (wishes.length < 10_100) await Promise.all(Array.from({ length: 100 }, make))
    let established = 0
    for (let at = 0; at < wishes.length; at += 1_000) {
      const results = await mallory.subscribe(...wishes.slice(at, at + 1_000))
      established += results.filter(({ event_type }) => event_type === 'subscription_established').length
      mallory.incoming.forget()
    }
    expect(established).toBe(10_100)
    await leave(mallory)
  })
})

describe('a connection that asks too much', () => {
  const place = attacked({
    settings: {
      PARLEY_LIMIT_REQUESTS_PER_SECOND: '20',
      PARLEY_LIMIT_REQUESTS_WAITING: '200',
      PARLEY_LIMIT_SUBSCRIPTIONS_PER_CONNECTION: '5',
      PARLEY_LIMIT_FRAME_BYTES: '20000',
      PARLEY_LIMIT_FRAME_HEADER_BYTES: '2000',
    },
  })

  it('is answered later, and not refused, when it asks too fast', async () => {
    const { parley } = place()
    const hasty = await enter(place(), 'hasty')
    const began = parley.clock.now()
    let answered = 0
    const answers = Array.from({ length: 60 }, async () => {
      const { status } = await hasty.get('/Client/v2/Configuration')
      answered++
      return status
    })
    await answers[19]
    // What was answered beyond the first twenty, the passing time allowed.
    expect(answered).toBeLessThanOrEqual(21 + ((parley.clock.now() - began) / 1_000) * 20)
    while (answered < 60) {
      await parley.clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set([200]))
    await leave(hasty)
  })

  it('ends when it does not even wait', async () => {
    const flooding = await enter(place(), 'flooding')
    for (let sent = 0; sent < 400; sent++) flooding.send(requestHeader('GET', '/Client/v2/Configuration'))
    await inTime(flooding.closed, () => 'the end of the flood')
    expect(place().told).toContainEqual(
      expect.objectContaining({ identity: 'flooding', setting: 'PARLEY_LIMIT_REQUESTS_WAITING', limit: 200 }),
    )
  })

  it('watches as many objects as the limit says, and another one when it has let go of one', async () => {
    const { parley } = place()
    const { conversations } = parley.conversations
    const sids = await Promise.all(Array.from({ length: 7 }, () => conversations.create().then(({ sid }) => sid)))
    for (const sid of sids) await conversations(sid).participants.create({ identity: 'curious' })
    const curious = await enter(place(), 'curious')
    const wish = (sid = '') => ({ object_sid: `ES${sid.slice(2)}`, object_type: 'list' as const })
    const results = await curious.subscribe(...sids.slice(0, 6).map(wish))
    expect(results.map(({ event_type, event }) => [event_type, event.error?.code])).toEqual([
      ...Array(5).fill(['subscription_established', undefined]),
      ['subscription_failed', 54056],
    ])
    await curious.requestSubscriptions('cancel', 1, [wish(sids[0])])
    await curious.hears(({ event_type }) => event_type === 'subscription_canceled')
    // The same again takes no more room, and by its name it is the same.
    await curious.subscribe(wish(sids[1]), { object_sid: `${sids[1]}.messages`, object_type: 'list' })
    expect((await curious.subscribe(wish(sids[5]))).at(-1)?.event_type).toBe('subscription_established')
    expect((await curious.subscribe(wish(sids[6]))).at(-1)?.event_type).toBe('subscription_failed')
    // Who is taken out of a conversation has room for another.
    await conversations(sids[5] as string)
      .participants('curious')
      .remove()
    expect((await curious.subscribe(wish(sids[6]))).at(-1)?.event_type).toBe('subscription_established')
    await leave(curious)
  })

  it('sends frames and headers as large as the limits say, and ends with a larger one', async () => {
    const verbose = await enter(place(), 'verbose')
    verbose.send({ id: 'too large', method: 'ping', padding: 'x'.repeat(2_000) })
    verbose.send({ id: 'large enough', method: 'ping', padding: 'x'.repeat(1_900) })
    await verbose.replyTo('large enough')
    expect(verbose.incoming.all.map(({ header }) => header.id)).not.toContain('too large')
    await verbose.request('POST', '/v4/Subscriptions', { body: 'x'.repeat(19_000) })
    verbose.send(requestHeader('POST', '/v4/Subscriptions'), 'x'.repeat(20_001))
    await inTime(verbose.closed, () => 'the end of a connection with a large frame')
    expect(place().told).toContainEqual(
      expect.objectContaining({ identity: 'verbose', setting: 'PARLEY_LIMIT_FRAME_BYTES', limit: 20_000 }),
    )
  })
})

describe('quotas', () => {
  const place = attacked({ settings: { PARLEY_LIMITS: 'twilio' } })

  it('of a conversation are not used up by those who take no part in it', async () => {
    const { service, conversation, say } = place()
    const outsider = await enter(place(), 'outsider')
    const path = `${service}/Conversations/${conversation}`
    for (const [method, target] of [
      ['POST', `${path}/Messages`],
      ['POST', `${path}/Participants`],
      ['POST', path],
      ['DELETE', `${path}/Participants/bystander`],
    ] as const) {
      const attempts = Array.from({ length: 100 }, () =>
        outsider.request(method, target, { body: { body: 'x', friendly_name: 'x', identity: 'friend' } }),
      )
      expect(new Set((await Promise.all(attempts)).map(({ status }) => status))).toEqual(new Set([403]))
    }
    for (let said = 0; said < 10; said++) expect((await say('with a quota')).status).toBe(201)
    await leave(outsider)
  })
})

describe('a client that does not read', () => {
  const place = attacked({
    settings: { PARLEY_LIMIT_OUTGOING_BUFFER_BYTES: '5000000', PARLEY_LIMIT_REQUESTS_PER_SECOND: 'unlimited' },
  })
  const body = 'x'.repeat(30_000)

  it('is let go, delays nobody, and is told what it missed when it comes back', async () => {
    const { conversation, say, parley, bystander } = place()
    await parley.conversations.conversations(conversation).participants.create({ identity: 'sleepy' })
    const messages = { object_sid: `ES${conversation.slice(2)}`, object_type: 'list' as const }
    const sleepy = await enter(place(), 'sleepy')
    const subscribed = await sleepy.subscribe(messages)
    const position = subscribed.at(-1)?.event.last_event_id
    sleepy.socket.pause()

    // More than what the machine keeps for a socket, and what we keep.
    const count = 800
    const sent: number[] = []
    for (let at = 0; at < count; at += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => say(body)))
      sent.push(...answers.map((answer) => answer.body.index))
    }
    const heardBy = (client: RawClient) =>
      client.events.filter(({ event }) => event.item_data?.text === body).map(({ event }) => event.item_index)
    await bystander.hears(({ event }) => event.item_index === sent.at(-1))
    expect(heardBy(bystander)).toEqual(sent)

    sleepy.socket.resume()
    await inTime(sleepy.closed, () => 'the end of a client that did not read')
    expect(place().told).toContainEqual(
      expect.objectContaining({ identity: 'sleepy', setting: 'PARLEY_LIMIT_OUTGOING_BUFFER_BYTES', limit: 5_000_000 }),
    )
    expect(heardBy(sleepy).length).toBeLessThan(count)

    const awake = await enter(place(), 'sleepy')
    let from = position
    for (;;) {
      const results = await awake.subscribe({ ...messages, last_event_id: from })
      from = results.at(-1)?.event.last_event_id
      if (results.at(-1)?.event.replay_status === 'completed') break
    }
    expect(heardBy(awake)).toEqual(sent)
    await leave(awake)
  })

  it('costs no more when it asks for the same replay a thousand times', async () => {
    const { conversation, parley, bystander, say } = place()
    await parley.conversations.conversations(conversation).participants.create({ identity: 'greedy' })
    for (let at = 0; at < 10; at++) await Promise.all(Array.from({ length: 10 }, () => say(body)))
    bystander.incoming.forget()
    const greedy = await enter(place(), 'greedy')
    greedy.socket.pause()
    const wish = { object_sid: `ES${conversation.slice(2)}`, object_type: 'list', last_event_id: 0 }
    for (let request = 0; request < 20; request++)
      greedy.send(requestHeader('POST', '/v4/Subscriptions'), {
        action: 'establish',
        correlation_id: request,
        requests: Array(100).fill(wish),
      })
    const before = process.memoryUsage().rss
    for (let at = 0; at < 50; at++) expect(await bystander.get('/Client/v2/Configuration')).toMatchObject({ status: 200 })
    // Two thousand replays of three megabytes were asked for.
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1_048_576)
    await leave(greedy)
  })

  it('is slowed down, and not let go, when it reads its answers late', async () => {
    const { conversation, parley } = place()
    await parley.conversations.conversations(conversation).participants.create({ identity: 'late' })
    const late = await enter(place(), 'late')
    late.incoming.forget()
    late.socket.pause()
    // Answers of more than a hundred kilobytes each.
    const count = 200
    const items = requestHeader('GET', `/v3/Lists/ES${conversation.slice(2)}/Items`, { PageSize: '4' })
    for (let id = 0; id < count; id++) late.send({ id, ...items })
    for (let at = 0; at < 50; at++) expect(await place().bystander.get('/Client/v2/Configuration')).toMatchObject({ status: 200 })
    late.socket.resume()
    await late.replyTo(count - 1)
    expect(late.incoming.all.map(({ header }) => header.id)).toEqual(Array.from({ length: count }, (_, id) => id))
    await leave(late)
  })
})

describe('a client that sends more than is worked on', () => {
  const place = attacked({ settings: { PARLEY_LIMIT_REQUESTS_PER_SECOND: '20' } })

  it('keeps it until there is room for it, and is answered', async () => {
    const { parley, bystander, service } = place()
    const uploader = await enter(place(), 'uploader')
    const body = { friendly_name: 'x'.repeat(500_000) }
    let answered = 0
    const answers = Array.from({ length: 80 }, async () => {
      const { status } = await uploader.post(`${service}/Conversations`, body)
      answered++
      return status
    })
    await answers[19]
    // Thirty megabytes are not answered yet. Most of them have not even been read.
    expect(uploader.socket.bufferedAmount).toBeGreaterThan(8_000_000)
    for (let at = 0; at < 15; at++) await bystander.get('/Client/v2/Configuration')
    while (answered < 80) {
      await parley.clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set([400]))
    await leave(uploader)
  })
})

describe('a client that floods', () => {
  const place = attacked({ settings: { PARLEY_LIMIT_REQUESTS_PER_SECOND: 'unlimited' } })

  /** Sends requests without end, so that always many wait, and counts the answers. */
  async function flood(identity: string, header: ReturnType<typeof requestHeader>, payload?: unknown) {
    const client = await enter(place(), identity)
    let answered = 0
    let asked = 0
    const more = () => {
      while (asked - answered < 1_000) {
        asked++
        client.send(header, payload)
      }
    }
    client.socket.on('message', () => {
      answered++
      more()
    })
    client.incoming.add = () => {}
    more()
    await eventually('the flood', () => (answered > 1_000 ? true : undefined))
    return { answered: () => answered, end: () => leave(client) }
  }

  it.each([
    ['reads', (service: string) => [requestHeader('GET', `${service}/Users/mallory/Conversations`)] as const],
    ['writes', (service: string) => [requestHeader('POST', `${service}/Conversations`), { friendly_name: 'flood' }] as const],
    ['requests for nothing', () => [requestHeader('GET', '/nothing')] as const],
  ])('the server with %s is served in turn with all others', async (_, request) => {
    const { service, bystander, say } = place()
    const [header, payload] = request(service)
    const attack = await flood('mallory', header, payload)
    const before = attack.answered()
    const rounds = 20
    for (let round = 0; round < rounds; round++) {
      expect((await say(`in the flood ${round}`)).status).toBe(201)
      await bystander.hears(({ event }) => event.item_data?.text === `in the flood ${round}`)
    }
    // While somebody else is served once, some requests of the flood are, and not all that wait.
    expect((attack.answered() - before) / rounds).toBeLessThan(500)
    await attack.end()
  })
})
