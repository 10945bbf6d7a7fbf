import { type PostActionEvent, postActionEvents, webhookEventTypes } from '@parley/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { type Call, checkParameters, Receiver } from '../support/receiver.ts'
import { ask, helper } from '../support/rest.ts'
import { Apps, olderSdk, type SdkVersion, sdkVersions } from '../support/sdk.ts'

const all = [...webhookEventTypes]
const enabled = { xTwilioWebhookEnabled: 'true' as const }

describe.each(databases)('what webhooks are told, on %s', (database) => {
  let parley: Parley
  let receiver: Receiver
  const apps = new Apps()

  beforeAll(async () => {
    parley = await startParley({ database })
    receiver = await Receiver.open()
    await api()
      .services(parley.credentials.service_sid)
      .configuration.webhooks()
      .update({ preWebhookUrl: `${receiver.url}/pre`, postWebhookUrl: `${receiver.url}/post`, filters: all })
  })
  afterAll(async () => {
    await parley?.close()
    await receiver?.close()
  })
  beforeEach(() => {
    receiver.calls.forget()
    receiver.answer = () => ({})
  })
  afterEach(() => apps.stopAll())

  const api = () => helper(parley).conversations.v1
  const service = () => ({ account: parley.credentials.account_sid, service: parley.credentials.service_sid })
  const common = (event: string, source: string, identity?: string) => ({
    AccountSid: service().account,
    ChatServiceSid: service().service,
    EventType: event,
    Source: source,
    RetryCount: '0',
    ...(identity === undefined ? {} : { ClientIdentity: identity }),
  })
  /** Waits for the last thing that was done, and answers the calls until then, which are as they are described. */
  const until = async (event: Parameters<Receiver['hears']>[0], fits?: (call: Call) => boolean) => {
    const last = await receiver.hears(event, fits)
    receiver.calls.all.forEach(checkParameters)
    return last
  }
  /** A webhook of the conversation, which is to hear what that of the service hears. */
  const listenIn = (sid: string) =>
    api()
      .conversations(sid)
      .webhooks.create({
        target: 'webhook',
        'configuration.url': `${receiver.url}/own`,
        'configuration.method': 'get',
        'configuration.filters': [...postActionEvents],
      })
  /** What both were told of the conversation, up to this event: the same. */
  const toldIn = async (sid: string, event: PostActionEvent, fits: (parameters: Call['parameters']) => boolean = () => true) => {
    const [told = [], own = []] = await Promise.all(
      ['/post', '/own'].map(async (path) => {
        await until(event, (call) => call.path === path && call.parameters['ConversationSid'] === sid && fits(call.parameters))
        return receiver.calls.all.filter((call) => call.path === path && call.parameters['ConversationSid'] === sid)
      }),
    )
    expect([...new Set(own.map(({ method }) => method))]).toEqual(['GET'])
    expect(own.map(({ parameters }) => parameters)).toEqual(told.map(({ parameters }) => parameters))
    return own.map(({ parameters }) => parameters)
  }
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

  it.each<SdkVersion>([...sdkVersions, olderSdk])(
    'a conversation by an app with SDK %s: before it is done, and after, in order',
    async (version) => {
      const [alice, bob] = [`alice ${version}`, `bob ${version}`]
      const app = await apps.start({ version, identity: alice, uri: parley.socketUrl, token: parley.token(alice) })
      const { client } = app
      const conversation = await client.createConversation({ friendlyName: 'Talk', uniqueName: `talk-${version}`, attributes: { a: 1 } })
      await listenIn(conversation.sid)
      await conversation.updateFriendlyName('Better')
      await conversation.join()
      const index = await conversation.sendMessage('hello', { mood: 'good' })
      const message = (await conversation.getMessages()).items[0]
      await message?.updateBody('hello again')
      await conversation.advanceLastReadMessageIndex(index ?? 0)
      await conversation.add(bob, { b: 2 })
      await app.hears('participantJoined', ({ identity }) => identity === bob)
      const added = await conversation.getParticipantByIdentity(bob)
      await added?.updateAttributes({ b: 3 })
      await conversation.removeParticipant(bob)
      await message?.remove()
      await client.user.updateFriendlyName('Alice')
      await conversation.delete()
      const removed = (path: string) => until('onConversationRemoved', (call) => call.path === path)
      await Promise.all([removed('/post'), removed('/own'), until('onUserUpdated')])

      const sdk = (event: string) => common(event, 'SDK', alice)
      const messaging = expect.stringMatching(/^MG/)
      const about = { Attributes: '{"a":1}', MessagingServiceSid: messaging, State: 'active', UniqueName: `talk-${version}` }
      const where = { ConversationSid: conversation.sid }
      const when = { DateCreated: time, DateUpdated: time }
      const someone = (identity: string, attributes: string) => ({
        ...where,
        Identity: identity,
        RoleSid: expect.stringMatching(/^RL/),
        Attributes: attributes,
        'MessagingBinding.Type': 'CHAT',
      })
      const said = (body: string) => ({
        ...where,
        Body: body,
        Author: alice,
        ParticipantSid: expect.stringMatching(/^MB/),
        Attributes: '{"mood":"good"}',
      })
      const sent = { MessageSid: message?.sid, Index: '0' }
      const who = { ParticipantSid: expect.stringMatching(/^MB/) }
      const user = { UserSid: expect.stringMatching(/^US/), RoleSid: expect.stringMatching(/^RL/), Attributes: '{}' }
      const told = (path: string) => receiver.calls.all.filter((call) => call.path === path).map(({ parameters }) => parameters)

      expect(told('/pre')).toEqual([
        { ...sdk('onConversationAdd'), FriendlyName: 'Talk', ...about },
        { ...sdk('onConversationUpdate'), ...where, ...when, FriendlyName: 'Better', ...about },
        { ...sdk('onParticipantAdd'), ...someone(alice, '{}') },
        { ...sdk('onMessageAdd'), ...said('hello') },
        { ...sdk('onMessageUpdate'), ...said('hello again'), ...sent, ...when },
        { ...sdk('onParticipantAdd'), ...someone(bob, '{"b":2}') },
        { ...sdk('onParticipantUpdate'), ...someone(bob, '{"b":3}'), ...who, ...when },
        { ...sdk('onParticipantRemove'), ...someone(bob, '{"b":3}'), ...who, ...when },
        { ...sdk('onMessageRemove'), ...said('hello again'), ...sent, ...when },
        { ...sdk('onUserUpdate'), ...user, Identity: alice, FriendlyName: 'Alice', DateUpdated: time },
        { ...sdk('onConversationRemove'), ...where, ...when, FriendlyName: 'Better', ...about },
      ])
      const inConversation = told('/post').filter((parameters) => parameters['ConversationSid'])
      expect(inConversation).toEqual([
        { ...sdk('onConversationAdded'), ...where, ...when, FriendlyName: 'Talk', ...about },
        { ...sdk('onConversationUpdated'), ...where, ...when, FriendlyName: 'Better', ...about },
        { ...sdk('onParticipantAdded'), ...someone(alice, '{}'), ...who, DateCreated: time },
        { ...sdk('onMessageAdded'), ...said('hello'), ...sent, MessagingServiceSid: messaging, DateCreated: time },
        { ...sdk('onMessageUpdated'), ...said('hello again'), ...sent, ...when },
        { ...sdk('onParticipantUpdated'), ...someone(alice, '{}'), ...who, ...when, LastReadMessageIndex: '0' },
        { ...sdk('onParticipantAdded'), ...someone(bob, '{"b":2}'), ...who, DateCreated: time },
        { ...sdk('onParticipantUpdated'), ...someone(bob, '{"b":3}'), ...who, ...when },
        { ...sdk('onParticipantRemoved'), ...someone(bob, '{"b":3}'), ...who, ...when, DateRemoved: time },
        { ...sdk('onMessageRemoved'), ...said('hello again'), ...sent, ...when, DateRemoved: time },
        { ...sdk('onParticipantRemoved'), ...someone(alice, '{}'), ...who, ...when, DateRemoved: time },
        { ...sdk('onConversationRemoved'), ...where, ...when, FriendlyName: 'Better', ...about, DateRemoved: time },
      ])
      // A webhook of the conversation is there when it is.
      expect(told('/own')).toEqual(inConversation.slice(1))
      expect(told('/post').filter((parameters) => !parameters['ConversationSid'])).toEqual([
        { ...sdk('onUserAdded'), ...user, Identity: alice, DateCreated: time },
        { ...sdk('onUserAdded'), ...user, Identity: bob, DateCreated: time },
        { ...sdk('onUserUpdated'), ...user, Identity: alice, FriendlyName: 'Alice', ...when, isOnline: 'false', isNotifiable: 'false' },
      ])
    },
  )

  describe('by REST', () => {
    /** Every action that takes the header, at a root: two dozen and two with both roots, but for those of ConversationWithParticipants. */
    const act = async (root: string, name: string, header: Record<string, string>) => {
      const post = async (path: string, form: Record<string, string>) => (await ask(parley, root + path, { form, headers: header })).json
      const remove = (path: string) => ask(parley, root + path, { method: 'DELETE', headers: header })
      const { sid: user } = await post('/Users', { Identity: name })
      await post(`/Users/${user}`, { FriendlyName: 'N' })
      const { sid } = await post('/Conversations', { FriendlyName: name })
      await post(`/Conversations/${sid}`, { Attributes: '{"a":1}' })
      const participants = `/Conversations/${sid}/Participants`
      const { sid: participant } = await post(participants, { Identity: name })
      await post(`${participants}/${participant}`, { Attributes: '{"a":1}' })
      const messages = `/Conversations/${sid}/Messages`
      const { sid: message } = await post(messages, { Body: 'hello', Author: name })
      await post(`${messages}/${message}`, { Body: 'changed' })
      await remove(`${messages}/${message}`)
      await remove(`${participants}/${participant}`)
      await remove(`/Conversations/${sid}`)
      await remove(`/Users/${user}`)
      return sid as string
    }
    const before = [
      ...['onUserUpdate', 'onConversationAdd', 'onConversationUpdate', 'onParticipantAdd', 'onParticipantUpdate', 'onMessageAdd'],
      ...['onMessageUpdate', 'onMessageRemove', 'onParticipantRemove', 'onConversationRemove'],
    ]
    const after = [
      ...['onConversationAdded', 'onConversationUpdated', 'onParticipantAdded', 'onParticipantUpdated', 'onMessageAdded'],
      ...['onMessageUpdated', 'onMessageRemoved', 'onParticipantRemoved', 'onConversationRemoved'],
    ]
    const roots = () => ['/v1', `/v1/Services/${parley.credentials.service_sid}`]

    it.each(['true', 'TRUE'])('everything is told to those who say X-Twilio-Webhook-Enabled: %s', async (value) => {
      for (const root of roots()) {
        receiver.calls.forget()
        const sid = await act(root, `rest ${value} ${root.length}`, { 'X-Twilio-Webhook-Enabled': value })
        await until('onConversationRemoved')
        await until('onUserUpdated')
        expect(receiver.heard('/pre')).toEqual(before)
        const inConversation = receiver.calls.all.filter((call) => call.path === '/post' && call.parameters['ConversationSid'] === sid)
        expect(inConversation.map(({ event }) => event)).toEqual(after)
        expect(receiver.heard('/post').filter((event) => event.startsWith('onUser'))).toEqual(['onUserAdded', 'onUserUpdated'])
        for (const { parameters } of receiver.calls.all) {
          expect(parameters['Source']).toBe('API')
          expect(parameters).not.toHaveProperty('ClientIdentity')
        }
      }
    })

    it.each([[{}], [{ 'X-Twilio-Webhook-Enabled': 'false' }], [{ 'X-Twilio-Webhook-Enabled': '1' }]])(
      'nothing is told with %j',
      async (header: Record<string, string>) => {
        for (const root of roots()) await act(root, `silent ${JSON.stringify(header)} ${root.length}`, header)
        await api().conversations.create({ ...enabled, friendlyName: 'loud' })
        await until('onConversationAdded')
        expect(receiver.heard()).toEqual(['onConversationAdd', 'onConversationAdded'])
      },
    )
  })

  it('what changes nothing is told to nobody', async () => {
    const { sid } = await api().conversations.create({ friendlyName: 'Same' })
    const conversation = api().conversations(sid)
    const { sid: participant } = await conversation.participants.create({ identity: 'same' })
    const { sid: message } = await conversation.messages.create({ body: 'same', author: 'same' })
    await conversation.update({ ...enabled, friendlyName: 'Same' })
    await conversation.participants(participant).update({ ...enabled, attributes: '{}' })
    await conversation.messages(message).update({ ...enabled, body: 'same' })
    await api()
      .users('same')
      .update({ ...enabled, attributes: '{}' })
    await conversation.update({ ...enabled, friendlyName: 'Other' })
    await until('onConversationUpdated')
    expect(receiver.heard('/post')).toEqual(['onConversationUpdated'])
  })

  it('states: set, run out, and woken', async () => {
    const { sid } = await api().conversations.create({ 'timers.inactive': 'PT1M' })
    const conversation = api().conversations(sid)
    await listenIn(sid)
    await parley.clock.advance(61_000)
    await toldIn(sid, 'onConversationStateUpdated')
    await conversation.messages.create({ ...enabled, body: 'wake up' })
    await toldIn(sid, 'onConversationStateUpdated', ({ Reason }) => Reason === 'EVENT')
    await conversation.update({ ...enabled, state: 'closed' })
    const changed = (StateFrom: string, StateTo: string, Reason: string, Source: string) => ({
      ...common('onConversationStateUpdated', Source),
      ConversationSid: sid,
      MessagingServiceSid: expect.stringMatching(/^MG/),
      StateFrom,
      StateTo,
      StateUpdated: time,
      Reason,
    })
    expect(await toldIn(sid, 'onConversationStateUpdated', ({ Reason }) => Reason === 'API')).toEqual([
      changed('active', 'inactive', 'TIMER', 'SYSTEM'),
      expect.objectContaining({ EventType: 'onMessageAdded' }),
      changed('inactive', 'active', 'EVENT', 'API'),
      expect.objectContaining({ EventType: 'onConversationUpdated' }),
      changed('active', 'closed', 'API', 'API'),
    ])
  })

  it('people by address, media, and what a channel says of a delivery', async () => {
    const { sid } = await api().conversations.create()
    const conversation = api().conversations(sid)
    await listenIn(sid)
    const phone = await conversation.participants.create({
      ...enabled,
      'messagingBinding.address': '+15550001111',
      'messagingBinding.proxyAddress': '+15550002222',
    })
    expect((await until('onParticipantAdded')).parameters).toMatchObject({
      'MessagingBinding.Type': 'SMS',
      'MessagingBinding.Address': '+15550001111',
      'MessagingBinding.ProxyAddress': '+15550002222',
    })
    const group = api().conversations((await api().conversations.create()).sid)
    await group.participants.create({ ...enabled, identity: 'desk', 'messagingBinding.projectedAddress': '+15550003333' })
    const desk = { Identity: 'desk', 'MessagingBinding.Type': 'SMS', 'MessagingBinding.ProjectedAddress': '+15550003333' }
    expect((await until('onParticipantAdded', ({ parameters }) => parameters['Identity'] === 'desk')).parameters).toMatchObject(desk)
    const upload = await fetch(`${parley.url}/v1/Services/${service().service}/Media?Filename=a.txt`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${service().account}:${parley.credentials.auth_token}`)}`, 'content-type': 'text/plain' },
      body: 'abc',
    })
    const { sid: mediaSid } = (await upload.json()) as { sid: string }
    const message = await conversation.messages.create({ ...enabled, mediaSid, author: 'system' })
    const { parameters } = await until('onMessageAdded')
    expect(parameters).not.toHaveProperty('Body')
    expect(JSON.parse(parameters['Media'] ?? '')).toEqual([{ Sid: mediaSid, Filename: 'a.txt', ContentType: 'text/plain', Size: 3 }])
    const asked = receiver.calls.all.find(({ event }) => event === 'onMessageAdd')
    expect(asked?.parameters['Media']).toBe(parameters['Media'])

    const report = (Status: string, ErrorCode = '0') =>
      ask(parley, `/v1/Conversations/${sid}/Messages/${message.sid}/Receipts`, {
        form: { ParticipantSid: phone.sid, ChannelMessageSid: `SM${'1'.repeat(32)}`, Status, ErrorCode },
      })
    await report('sent')
    await report('sent')
    await report('undelivered', '30008')
    const receipts = (await toldIn(sid, 'onDeliveryUpdated', ({ Status }) => Status === 'undelivered')).slice(2)
    const reported = (Status: string, ErrorCode: string) => ({
      ...common('onDeliveryUpdated', 'SMS'),
      ConversationSid: sid,
      MessageSid: message.sid,
      ParticipantSid: phone.sid,
      DeliveryReceiptSid: expect.stringMatching(/^DY/),
      ChannelMessageSid: `SM${'1'.repeat(32)}`,
      Status,
      ErrorCode,
      DateCreated: time,
      DateUpdated: time,
    })
    // What is said twice is told once.
    expect(receipts).toEqual([reported('sent', '0'), reported('undelivered', '30008')])
  })

  it('a user who is deleted leaves their conversations', async () => {
    const { sid } = await api().conversations.create()
    await api().conversations(sid).participants.create({ identity: 'leaving' })
    await api().users('leaving').remove(enabled)
    expect((await until('onParticipantRemoved')).parameters).toMatchObject({ ConversationSid: sid, Identity: 'leaving', Source: 'API' })
  })

  it('many messages at once are told in the order of their indexes', async () => {
    const { sid } = await api().conversations.create()
    const messages = api().conversations(sid).messages
    await Promise.all(Array.from({ length: 40 }, (_, n) => messages.create({ ...enabled, body: `message ${n}` })))
    await until('onMessageAdded', ({ parameters }) => parameters['Index'] === '39')
    const told = receiver.calls.all.filter(({ path }) => path === '/post').map(({ parameters }) => parameters['Index'])
    expect(told).toEqual(Array.from({ length: 40 }, (_, n) => String(n)))
  })
})
