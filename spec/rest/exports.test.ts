import { once } from 'node:events'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { beforeAll, describe, expect, it } from 'vitest'
import { mediaService } from '../support/media.ts'
import { databases } from '../support/parley.ts'
import { ask, basicOf, helper, sharedParley } from '../support/rest.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there.
type Line = any

describe.each(databases)('exports, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const service = () => `/v1/Services/${parley().credentials.service_sid}`

  async function lines(path: string): Promise<Line[]> {
    const { status, headers, text } = await ask(parley(), path)
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8'])
    expect(text.endsWith('\n')).toBe(true)
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
  const types = (exported: Line[]) => exported.map(({ type }) => type)
  const of = (exported: Line[], type: string) => exported.filter((line) => line.type === type)

  describe('of a conversation', () => {
    it('have everything that is in it, each message followed by what belongs to it', async () => {
      const { sid } = await api().conversations.create({ friendlyName: 'Tea\nand "cake"', attributes: '{"a":1}' })
      const conversation = api().conversations(sid)
      const alice = await conversation.participants.create({ identity: 'alice of the export' })
      const phone = await conversation.participants.create({
        'messagingBinding.address': `+1777${database.length}000001`,
        'messagingBinding.proxyAddress': '+17770000002',
      })
      const file = await mediaService(parley()).upload('content', { filename: 'a.txt', type: 'text/plain' })
      const first = await conversation.messages.create({
        author: 'alice of the export',
        body: 'with a file',
        subject: 'S',
        mediaSid: file.sid,
      })
      const gone = await conversation.messages.create({ body: 'removed' })
      await conversation.messages(gone.sid).remove()
      const channel = { ChannelMetadata: '{"type":"sms"}', Recipient: '{"level":"to","address":"c@example.com"}' }
      const last = (await ask(parley(), `/v1/Conversations/${sid}/Messages`, { form: { Body: '\u2028 last', ...channel } })).json
      const report = { ParticipantSid: phone.sid, ChannelMessageSid: `SM${'1'.repeat(32)}`, Status: 'delivered' }
      const receipt = (await ask(parley(), `/v1/Conversations/${sid}/Messages/${first.sid}/Receipts`, { form: report })).json

      const { url, links } = await conversation.fetch()
      expect(links['export']).toBe(`${url}/Export`)
      const exported = await lines(`${url}/Export`)
      expect(types(exported)).toEqual([
        'export',
        'conversation',
        'participant',
        'participant',
        'message',
        'receipt',
        'media',
        'message',
        'end',
      ])
      const [begin, itself, ...rest] = exported
      const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(begin).toEqual({ type: 'export', version: 1, of: sid, date_created: instant })
      expect(itself).toMatchObject({
        sid,
        friendly_name: 'Tea\nand "cake"',
        attributes: '{"a":1}',
        created_by: 'system',
        messages_count: 2,
      })
      expect(of(rest, 'participant').map((one) => one.sid)).toEqual([alice.sid, phone.sid])
      expect(of(rest, 'message')).toMatchObject([
        {
          sid: first.sid,
          index: 0,
          body: 'with a file',
          subject: 'S',
          author: 'alice of the export',
          media: [{ sid: file.sid, category: 'media' }],
          delivery: { total: 1, delivered: 'all' },
          channel_metadata: null,
          recipients: [],
          date_created: instant,
        },
        {
          sid: last.sid,
          index: 2,
          body: '\u2028 last',
          channel_metadata: { type: 'sms', data: null },
          recipients: [{ type: 'email', level: 'to', address: 'c@example.com', name: '' }],
        },
      ])
      expect(of(rest, 'receipt')).toMatchObject([{ sid: receipt.sid, participant_sid: phone.sid, status: 'delivered' }])
      const [media] = of(rest, 'media')
      expect(media).toMatchObject({ sid: file.sid, filename: 'a.txt', size: 7, content_type: 'text/plain' })
      expect((await ask(parley(), media.content_url)).text).toBe('content')
      expect(rest.at(-1)).toEqual({ type: 'end', counts: { conversation: 1, participant: 2, message: 2, receipt: 1, media: 1 } })

      const named = await lines(`${service()}/Conversations/${sid}/Export`)
      expect(named[1]).toMatchObject({ sid, url: `${parley().url}${service()}/Conversations/${sid}` })
      expect(types(named)).toEqual(types(exported))
    })

    it('have all of several portions, in order, and nothing that came after they began', async () => {
      const { sid } = await api().conversations.create({ uniqueName: `long ${database}` })
      const send = (body: string) => api().conversations(sid).messages.create({ body })
      for (let sent = 0; sent < 250; sent += 50) await Promise.all(Array.from({ length: 50 }, (_, at) => send(`${sent + at}`)))
      const exported = await lines(`/v1/Conversations/${encodeURIComponent(`long ${database}`)}/Export`)
      expect(of(exported, 'message').map(({ index }) => index)).toEqual(Array.from({ length: 250 }, (_, index) => index))
      expect(exported.at(-1)).toMatchObject({ type: 'end', counts: { message: 250 } })
    })

    it('of an empty one have it and nobody', async () => {
      const { sid } = await api().conversations.create()
      expect(types(await lines(`/v1/Conversations/${sid}/Export`))).toEqual(['export', 'conversation', 'end'])
    })

    it('ask for credentials, and are not there for what is not there', async () => {
      const { sid } = await api().conversations.create()
      expect(await ask(parley(), `/v1/Conversations/${sid}/Export`, { login: null })).toMatchObject({ status: 401 })
      expect(await ask(parley(), '/v1/Conversations/nowhere/Export')).toMatchObject({ status: 404, json: { code: 20404 } })
      expect(await ask(parley(), '/v1/Users/nobody/Export')).toMatchObject({ status: 404, json: { code: 20404 } })
      const head = await ask(parley(), `/v1/Conversations/${sid}/Export`, { method: 'HEAD' })
      expect([head.status, head.text, head.headers.get('content-disposition')]).toEqual([200, '', `attachment; filename="${sid}.ndjson"`])
    })
  })

  it('of a user have who they are, where they have been, and what they wrote and uploaded: of others nothing', async () => {
    const alice = `alice, exported on ${database}`
    const room = async (friendlyName: string) => api().conversations((await api().conversations.create({ friendlyName })).sid)
    const [now, once, never, foreign] = [await room('now'), await room('once'), await room('never'), await room('foreign')]
    for (const room of [now, once]) {
      await room.participants.create({ identity: alice })
      await room.participants.create({ identity: 'bob' })
    }
    await foreign.participants.create({ identity: 'bob' })
    for (let at = 0; at < 3; at++) await now.messages.create({ author: alice, body: `hers ${at}` })
    await now.messages.create({ author: 'bob', body: 'his' })
    await once.messages.create({ author: alice, body: 'hers, once' })
    await once.participants(alice).remove()
    await never.messages.create({ author: alice, body: 'in her name' })
    const removed = await never.messages.create({ author: alice, body: 'removed' })
    await never.messages(removed.sid).remove()
    await foreign.messages.create({ author: 'bob', body: 'his' })
    const { sid: media } = await mediaService(parley()).upload('picture', { as: { identity: alice }, filename: 'p.txt' })
    const user = await api().users(alice).update({ friendlyName: 'Alice', attributes: '{"shoe":38}' })

    const exported = await lines(`${service()}/Users/${user.sid}/Export`)
    expect(exported[0]).toMatchObject({ type: 'export', of: user.sid })
    expect(of(exported, 'user')).toMatchObject([{ sid: user.sid, identity: alice, friendly_name: 'Alice', attributes: '{"shoe":38}' }])
    expect(of(exported, 'conversation').map(({ friendly_name }) => friendly_name)).toEqual(['now', 'once'])
    expect(of(exported, 'participant').map(({ identity, date_removed }) => [identity, date_removed !== null])).toEqual([
      [alice, false],
      [alice, true],
    ])
    expect(of(exported, 'message').map(({ body }) => body)).toEqual(['hers 0', 'hers 1', 'hers 2', 'hers, once', 'in her name'])
    expect(of(exported, 'media').map(({ sid }) => sid)).toEqual([media])
    expect(exported.at(-1)).toEqual({ type: 'end', counts: { user: 1, conversation: 2, participant: 2, message: 5, media: 1 } })
    expect(await lines(`/v1/Users/${encodeURIComponent(alice)}/Export`)).toHaveLength(exported.length)
  })
})

describe('a download of an export', () => {
  const parley = sharedParley({})
  let path = ''
  beforeAll(async () => {
    const { sid } = await parley().conversations.conversations.create()
    const { messages } = parley().conversations.conversations(sid)
    const body = 'x'.repeat(32_768)
    for (let sent = 0; sent < 400; sent += 50) await Promise.all(Array.from({ length: 50 }, () => messages.create({ body })))
    path = `/v1/Conversations/${sid}/Export`
  })

  const begin = async (): Promise<[ClientRequest, IncomingMessage]> => {
    const asking = get(parley().url + path, { headers: { authorization: basicOf(parley()) } })
    const [answer] = await once(asking, 'response')
    expect(answer.statusCode).toBe(200)
    return [asking, answer]
  }

  it('that is broken off harms nobody: the next has everything', async () => {
    for (let at = 0; at < 5; at++) {
      const [asking] = await begin()
      asking.destroy()
    }
    const { text } = await ask(parley(), path)
    const [first, ...others] = text.trimEnd().split('\n')
    expect([JSON.parse(first ?? '').type, others.length, JSON.parse(others.at(-1) ?? '')]).toEqual([
      'export',
      402,
      { type: 'end', counts: { conversation: 1, message: 400 } },
    ])
  })

  it('that nobody reads is hung up on', async () => {
    const [, answer] = await begin()
    const broken = once(answer, 'error')
    answer.pause()
    // What the sockets between us hold counts as movement: it moves while something else is asked. Then nothing moves.
    for (let at = 0; at < 20; at++) {
      await parley().pacing.advance(30_000)
      await fetch(`${parley().url}/healthz`)
    }
    answer.resume()
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' })
  })

  it('breaks, and has no end, when the conversation is deleted on the way', async () => {
    const { sid } = await parley().conversations.conversations.create()
    const { messages } = parley().conversations.conversations(sid)
    const body = 'x'.repeat(32_768)
    for (let sent = 0; sent < 400; sent += 50) await Promise.all(Array.from({ length: 50 }, () => messages.create({ body })))
    const asking = get(`${parley().url}/v1/Conversations/${sid}/Export`, { headers: { authorization: basicOf(parley()) } })
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    await parley().conversations.conversations(sid).remove()
    let text = ''
    const broken = once(answer, 'error')
    answer.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' })
    expect(text).not.toContain('"type":"end"')
  })
})
