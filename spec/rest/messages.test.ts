import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('messages, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const newConversation = async () => api().conversations((await api().conversations.create()).sid)

  describe('are sent', () => {
    it('with nothing but a body', async () => {
      const { sid } = await api().conversations.create()
      const { status, json } = await ask(parley(), `/v1/Conversations/${sid}/Messages`, { form: { Body: 'Hello' } })

      expect(status).toBe(201)
      const url = `${parley().url}/v1/Conversations/${sid}/Messages/${json.sid}`
      expect(json).toEqual({
        sid: expect.stringMatching(/^IM[0-9a-f]{32}$/),
        account_sid: parley().credentials.account_sid,
        conversation_sid: sid,
        index: 0,
        author: 'system',
        body: 'Hello',
        media: null,
        attributes: '{}',
        participant_sid: null,
        date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        date_updated: json.date_created,
        delivery: null,
        content_sid: null,
        url,
        links: { delivery_receipts: `${url}/Receipts`, channel_metadata: `${url}/ChannelMetadata` },
      })
    })

    it('with every parameter', async () => {
      const conversation = await newConversation()
      const sent = await conversation.messages.create({
        author: 'Ärztin 👩‍⚕️',
        body: 'first line\nsecond\tline + 100%',
        attributes: '{ "importance" : "high" }',
        subject: 'About it',
        dateCreated: new Date('2018-05-05T05:05:05Z'),
        dateUpdated: new Date('2018-05-06T05:05:05Z'),
        xTwilioWebhookEnabled: 'true',
      })
      expect(sent).toMatchObject({
        author: 'Ärztin 👩‍⚕️',
        body: 'first line\nsecond\tline + 100%',
        attributes: '{ "importance" : "high" }',
        index: 0,
        dateCreated: new Date('2018-05-05T05:05:05Z'),
        dateUpdated: new Date('2018-05-06T05:05:05Z'),
      })
    })

    it('in a service that the path names, which they then name too', async () => {
      const { service_sid } = parley().credentials
      const { sid } = await api().conversations.create()
      const sent = await api().services(service_sid).conversations(sid).messages.create({ body: 'scoped' })
      expect(sent.chatServiceSid).toBe(service_sid)
      expect(sent.url).toBe(`${parley().url}/v1/Services/${service_sid}/Conversations/${sid}/Messages/${sent.sid}`)
      expect(sent.links.delivery_receipts).toBe(`${sent.url}/Receipts`)
    })

    it('by a participant, when the author is their identity or address', async () => {
      const conversation = await newConversation()
      const alice = await conversation.participants.create({ identity: 'alice' })
      const phone = await conversation.participants.create({
        'messagingBinding.address': '+15550107001',
        'messagingBinding.proxyAddress': '+15550107002',
      })
      expect((await conversation.messages.create({ body: 'a', author: 'alice' })).participantSid).toBe(alice.sid)
      expect((await conversation.messages.create({ body: 'b', author: '+15550107001' })).participantSid).toBe(phone.sid)
      expect((await conversation.messages.create({ body: 'c', author: 'bob' })).participantSid).toBeNull()
    })

    it('one after the other, each with the next index', async () => {
      const conversation = await newConversation()
      const sent = await Promise.all(Array.from({ length: 30 }, (_, at) => conversation.messages.create({ body: `number ${at}` })))
      expect(sent.map((one) => one.index).sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, at) => at))
    })

    it('with a body of as many bytes as the limit', async () => {
      const conversation = await newConversation()
      const body = '€'.repeat(10_922)
      expect((await conversation.messages.create({ body: `${body}12` })).body).toBe(`${body}12`)
      await expect(conversation.messages.create({ body: `${body}123` })).rejects.toMatchObject({
        status: 400,
        code: 50504,
        details: { field: 'Body', setting: 'PARLEY_LIMIT_MESSAGE_BODY_BYTES', limit: 32_768 },
      })
    })

    it.each([
      ['without anything to say', {}, 400, 50503],
      ['with an empty body', { Body: '' }, 400, 50503],
      ['with an author of 257 characters', { Body: 'x', Author: 'a'.repeat(257) }, 400, 50310],
      ['with a subject of 257 characters', { Body: 'x', Subject: 'a'.repeat(257) }, 400, 20001],
      ['with attributes that are no JSON', { Body: 'x', Attributes: '{' }, 400, 50304],
      ['with attributes of more than 4 KB', { Body: 'x', Attributes: `"${'a'.repeat(4_095)}"` }, 400, 50303],
      ['with a media SID that is none', { MediaSid: 'ME1' }, 400, 50510],
      ['with media that does not exist', { MediaSid: `ME${'0'.repeat(32)}` }, 404, 50507],
      ['with a content SID that is none', { ContentSid: 'HX1' }, 400, 50526],
      ['with a creation date that is none', { Body: 'x', DateCreated: '1' }, 400, 50308],
      ['with a date of change that is none', { Body: 'x', DateUpdated: '1' }, 400, 50309],
    ])('but not %s', async (_, form: Record<string, string>, status, code) => {
      const { sid } = await api().conversations.create()
      expect(await ask(parley(), `/v1/Conversations/${sid}/Messages`, { form })).toMatchObject({ status, json: { status, code } })
    })

    it('but not into a conversation that does not exist', async () => {
      const refused = await ask(parley(), '/v1/Conversations/nowhere/Messages', { form: { Body: 'x' } })
      expect(refused).toMatchObject({
        status: 404,
        json: { code: 20404, message: 'The requested resource /Conversations/nowhere/Messages was not found' },
      })
    })
  })

  it('change in what is named, and are fetched so', async () => {
    const conversation = await newConversation()
    const { sid } = await conversation.messages.create({ body: 'before', attributes: '{"a":1}', author: 'alice' })
    const message = conversation.messages(sid)
    expect(await message.update({ body: 'after' })).toMatchObject({ body: 'after', attributes: '{"a":1}', author: 'alice', index: 0 })
    const dateUpdated = new Date('2020-01-02T00:00:00Z')
    await message.update({
      author: 'bob',
      attributes: '{"b":2}',
      subject: 's',
      dateCreated: new Date('2020-01-01T00:00:00Z'),
      dateUpdated,
      xTwilioWebhookEnabled: 'true',
    })
    const fetched = await message.fetch()
    expect(fetched).toMatchObject({
      body: 'after',
      author: 'bob',
      attributes: '{"b":2}',
      dateCreated: new Date('2020-01-01T00:00:00Z'),
      dateUpdated,
    })
    expect(await ask(parley(), fetched.url.slice(parley().url.length), { form: { Attributes: '' } })).toMatchObject({
      status: 200,
      json: { attributes: '{}' },
    })
    expect(await message.update({ author: '' })).toMatchObject({ author: 'system' })
    expect(await ask(parley(), fetched.url.slice(parley().url.length), { method: 'POST' })).toMatchObject({
      status: 400,
      json: { code: 20161 },
    })
  })

  it('are deleted once, and leave their index empty', async () => {
    const conversation = await newConversation()
    const [first, second] = [await conversation.messages.create({ body: '0' }), await conversation.messages.create({ body: '1' })]
    expect(await conversation.messages(second.sid).remove({ xTwilioWebhookEnabled: 'true' })).toBe(true)

    await expect(conversation.messages(second.sid).remove()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(conversation.messages(second.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(conversation.messages(second.sid).update({ body: 'x' })).rejects.toMatchObject({ status: 404, code: 20404 })
    expect((await conversation.messages.create({ body: '2' })).index).toBe(2)
    expect((await conversation.messages.list()).map(({ sid }) => sid)).not.toContain(second.sid)
    expect((await conversation.messages(first.sid).fetch()).index).toBe(0)
  })

  it('are listed by index, in either order', async () => {
    const conversation = await newConversation()
    for (const body of ['0', '1', '2']) await conversation.messages.create({ body })
    const bodies = async (options: Parameters<typeof conversation.messages.list>[0]) =>
      (await conversation.messages.list(options)).map(({ body }) => body)
    expect(await bodies({})).toEqual(['0', '1', '2'])
    expect(await bodies({ order: 'asc' })).toEqual(['0', '1', '2'])
    expect(await bodies({ order: 'desc' })).toEqual(['2', '1', '0'])
    expect(await bodies({ order: 'desc', pageSize: 1, limit: 1 })).toEqual(['2'])
    const { url } = await conversation.fetch()
    expect((await ask(parley(), `${url}/Messages?Order=DESC&PageSize=1`)).json.messages[0].body).toBe('2')
    expect(await ask(parley(), `${url}/Messages?Order=random`)).toMatchObject({
      status: 400,
      json: { code: 20001, details: { field: 'Order' } },
    })
  })

  it('are listed as they are fetched, however long a page is and in whatever script', async () => {
    const { sid } = await api().conversations.create()
    const bodies = ['ÄÖÜ', '漢字かな', 'عربي', '👩‍⚕️', '"\\\n\u2028'].flatMap((script) => [script, script.repeat(100)])
    for (const body of bodies) await api().conversations(sid).messages.create({ body })
    const { json, text } = await ask(parley(), `/v1/Conversations/${sid}/Messages`)
    expect(text.length).toBeGreaterThan(10_000)
    const messages = json.messages as { url: string }[]
    expect(messages).toMatchObject(bodies.map((body) => ({ body })))
    expect(messages).toEqual(await Promise.all(messages.map(async ({ url }) => (await ask(parley(), url)).json)))
  })

  it('are not found through another conversation', async () => {
    const [here, there] = [await newConversation(), await newConversation()]
    const { sid } = await here.messages.create({ body: 'here' })
    await expect(there.messages(sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(there.messages(sid).update({ body: 'x' })).rejects.toMatchObject({ status: 404 })
    await expect(there.messages(sid).remove()).rejects.toMatchObject({ status: 404 })
    await expect(here.messages(`IM${'0'.repeat(32)}`).fetch()).rejects.toMatchObject({ status: 404 })
    await expect(here.messages('not-a-sid').fetch()).rejects.toMatchObject({ status: 404 })
  })

  describe('carry what a channel knows of them', () => {
    it('as metadata, which are set with a message and later, and taken away', async () => {
      const { url } = await (await newConversation()).fetch()
      const metadata = { type: 'whatsapp', data: { profile: 'Zoë', forwarded: true, list: [1, null] } }
      const { status, json } = await ask(parley(), `${url}/Messages`, {
        form: { Body: 'from a phone', ChannelMetadata: JSON.stringify(metadata) },
      })
      expect(status).toBe(201)
      expect((await ask(parley(), json.links.channel_metadata)).json).toEqual(metadata)

      await ask(parley(), json.url, { form: { ChannelMetadata: '{"type":"sms"}' } })
      expect((await ask(parley(), json.links.channel_metadata)).json).toEqual({ type: 'sms', data: null })
      await ask(parley(), json.url, { form: { ChannelMetadata: '' } })
      expect(await ask(parley(), json.links.channel_metadata)).toMatchObject({ status: 404, json: { code: 50530 } })
    })

    it.each([
      ['metadata that are no JSON', { ChannelMetadata: '{' }, 'ChannelMetadata'],
      ['metadata without a type', { ChannelMetadata: '{"data":{}}' }, 'ChannelMetadata'],
      ['metadata that are a list', { ChannelMetadata: '[]' }, 'ChannelMetadata'],
      ['metadata nested too deep', { ChannelMetadata: `{"type":"x","data":${'['.repeat(200)}${']'.repeat(200)}}` }, 'ChannelMetadata'],
      ['metadata of more than 16 KB', { ChannelMetadata: JSON.stringify({ type: 'x', data: 'a'.repeat(16_384) }) }, 'ChannelMetadata'],
      ['a recipient that is no JSON', { Recipient: 'carol@example.com' }, 'Recipient'],
      ['a recipient without address', { Recipient: '{"level":"to","address":""}' }, 'Recipient'],
      ['a recipient of no level', { Recipient: '{"level":"bcc","address":"carol@example.com"}' }, 'Recipient'],
    ])('but not %s', async (_, form: Record<string, string>, field) => {
      const { url } = await (await newConversation()).fetch()
      const refused = await ask(parley(), `${url}/Messages`, { form: { Body: 'x', ...form } })
      expect(refused).toMatchObject({ status: 400, json: { code: 20001, details: { field } } })
    })
  })

  it('have no metadata of a channel while no channel carried them', async () => {
    const conversation = await newConversation()
    const { url } = await conversation.messages.create({ body: 'x' })
    expect(await ask(parley(), `${url}/ChannelMetadata`)).toMatchObject({ status: 404, json: { code: 50530 } })
    const elsewhere = url.replace(/IM\w+/, `IM${'0'.repeat(32)}`)
    expect(await ask(parley(), `${elsewhere}/ChannelMetadata`)).toMatchObject({ status: 404, json: { code: 20404 } })
  })
})
