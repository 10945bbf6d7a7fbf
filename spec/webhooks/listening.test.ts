import { type PostActionEvent, postActionEvents, webhookEventTypes } from '@parley/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { Receiver } from '../support/receiver.ts'
import { anotherAccount, ask, helper } from '../support/rest.ts'
import { eventually } from '../support/until.ts'

const enabled = { xTwilioWebhookEnabled: 'true' as const }
const flowSid = `FW${'f'.repeat(32)}`

describe.each(databases)('who hears, on %s', (database) => {
  let parley: Parley
  let receiver: Receiver

  beforeAll(async () => {
    receiver = await Receiver.open()
    parley = await startParley({ database, settings: { PARLEY_STUDIO_FLOWS: `${flowSid}=${receiver.url}/flow?name=welcome` } })
  })
  afterAll(async () => {
    await parley?.close()
    await receiver?.close()
  })
  beforeEach(async () => {
    await configure({ filters: [''], preWebhookUrl: '', postWebhookUrl: '', method: 'POST', target: 'webhook' })
    await hearRest(ofAccount, '')
    receiver.calls.forget()
  })

  const api = () => helper(parley).conversations.v1
  const configure = (form: Parameters<ReturnType<ReturnType<typeof api>['configuration']['webhooks']>['update']>[0]) =>
    api().configuration.webhooks().update(form)
  const ofAccount = '/v1/Configuration/Webhooks'
  /** Says whether what is done by REST is heard when nobody says so; empty takes it back. */
  const hearRest = (path: string, RestWebhookEnabled: string) => ask(parley, path, { form: { RestWebhookEnabled } })
  const all = [...webhookEventTypes]
  const at = (path: string) => receiver.url + path
  const conversation = async () => {
    const { sid } = await api().conversations.create()
    return { sid, ...pick(sid) }
  }
  const pick = (sid: string) => {
    const { messages, webhooks, participants, update } = api().conversations(sid)
    const say = (body: string) => messages.create({ ...enabled, body })
    return { messages, webhooks, participants, say, update: update.bind(api().conversations(sid)) }
  }
  /** The bodies of messages that a path was told of, up to and including this one. */
  const bodies = async (path: string, last: string) => {
    await receiver.hears('onMessageAdded', (call) => call.path === path && call.parameters['Body'] === last)
    return receiver.calls.all.filter((call) => call.path === path).map(({ parameters }) => parameters['Body'])
  }

  describe('of account and service', () => {
    it('each event that is asked for, and no other, at once when it is configured', async () => {
      const { say, update } = await conversation()
      await configure({ preWebhookUrl: at('/pre'), postWebhookUrl: at('/post'), filters: ['onMessageAdded', 'onConversationUpdate'] })
      await say('one')
      await bodies('/post', 'one')
      await update({ ...enabled, friendlyName: 'x' })
      await configure({ filters: ['onMessageAdd'] })
      await say('two')
      await configure({ filters: ['onMessageAdded'] })
      await say('three')
      await bodies('/post', 'three')
      expect(receiver.heard()).toEqual(['onMessageAdded', 'onConversationUpdate', 'onMessageAdd', 'onMessageAdded'])
    })

    it('nobody of what no filter lets through, and nothing of it is written down', async () => {
      const { sid, say } = await conversation()
      const log = async () => (await ask(parley, `/v1/Webhooks/Deliveries?ConversationSid=${sid}`)).json.deliveries
      await configure({ preWebhookUrl: at('/pre'), postWebhookUrl: at('/post'), filters: ['onUserUpdate', 'onUserUpdated'] })
      await say('unheard')
      expect(await log()).toEqual([])
      await configure({ filters: ['onMessageAdded'] })
      await say('heard')
      expect(await log()).toHaveLength(1)
      expect(await bodies('/post', 'heard')).toEqual(['heard'])
      expect(receiver.heard()).toEqual(['onMessageAdded'])
    })

    it('by GET, with the parameters behind those that the URL has', async () => {
      const { say } = await conversation()
      await configure({ preWebhookUrl: at('/pre?a=b'), postWebhookUrl: at('/post?a=b'), filters: all, method: 'GET' })
      await say('hello & good bye')
      await bodies('/post', 'hello & good bye')
      expect(receiver.calls.all.map(({ method, event }) => `${method} ${event}`)).toEqual(['GET onMessageAdd', 'GET onMessageAdded'])
      for (const { parameters } of receiver.calls.all) expect(parameters).toMatchObject({ a: 'b', Body: 'hello & good bye' })
    })

    it('the service’s in place of the account’s, for each of the two where it has a URL', async () => {
      const service = await api().services.create({ friendlyName: 'Own' })
      const own = api().services(service.sid)
      const { sid } = await own.conversations.create()
      const say = (body: string) => own.conversations(sid).messages.create({ ...enabled, body })
      await configure({ preWebhookUrl: at('/account/pre'), postWebhookUrl: at('/account/post'), filters: all })
      await say('account')
      await bodies('/account/post', 'account')
      await own.configuration.webhooks().update({ postWebhookUrl: at('/service/post'), filters: ['onMessageAdded'] })
      await say('both')
      await bodies('/service/post', 'both')
      await own.configuration.webhooks().update({ preWebhookUrl: at('/service/pre'), filters: ['onMessageAdd', 'onMessageAdded'] })
      await say('service')
      await bodies('/service/post', 'service')
      expect(receiver.calls.all.map(({ path }) => path)).toEqual([
        ...['/account/pre', '/account/post', '/account/pre', '/service/post', '/service/pre', '/service/post'],
      ])
      receiver.calls.forget()
      await (await conversation()).say('elsewhere')
      await bodies('/account/post', 'elsewhere')
      expect(receiver.calls.all.map(({ path }) => path)).toEqual(['/account/pre', '/account/post'])
    })

    it('of what is done by REST without a word of it where that is configured; the service’s word counts before the account’s', async () => {
      const service = await api().services.create({ friendlyName: 'By REST' })
      const ofService = `/v1/Services/${service.sid}/Configuration/Webhooks`
      const { sid } = await api().services(service.sid).conversations.create()
      const say = (body: string, words = {}) =>
        api()
          .services(service.sid)
          .conversations(sid)
          .messages.create({ body, ...words })
      await configure({ preWebhookUrl: at('/pre'), postWebhookUrl: at('/post'), filters: ['onMessageAdd', 'onMessageAdded'] })
      await say('unsaid')
      await hearRest(ofAccount, 'true')
      await say('as the account says')
      await say('not as the caller says', { xTwilioWebhookEnabled: 'false' })
      await hearRest(ofService, 'false')
      await say('not as the service says')
      await say('as the caller says', enabled)
      await hearRest(ofAccount, 'false')
      await hearRest(ofService, 'true')
      await say('as the service says')
      await hearRest(ofService, '')
      await say('not as the account says')
      await hearRest(ofAccount, '')
      await say('unsaid again')
      await say('the last', enabled)
      const heard = ['as the account says', 'as the caller says', 'as the service says', 'the last']
      expect(await bodies('/post', 'the last')).toEqual(heard)
      expect(receiver.calls.all.filter(({ path }) => path === '/pre').map(({ parameters }) => parameters['Body'])).toEqual(heard)
    })

    it('nobody while the account’s target is flex', async () => {
      const { say } = await conversation()
      await configure({ preWebhookUrl: at('/pre'), postWebhookUrl: at('/post'), filters: all, target: 'flex' })
      await say('silent')
      await configure({ target: 'webhook' })
      await say('loud')
      expect(await bodies('/post', 'loud')).toEqual(['loud'])
      expect(receiver.heard('/pre')).toEqual(['onMessageAdd'])
    })

    it('nobody of another account', async () => {
      const other = helper(parley, await anotherAccount(parley)).conversations.v1
      await other.configuration.webhooks().update({ preWebhookUrl: at('/other'), postWebhookUrl: at('/other'), filters: all })
      await configure({ postWebhookUrl: at('/post'), filters: all })
      await (await conversation()).say('mine')
      await bodies('/post', 'mine')
      const { sid } = await other.conversations.create()
      await other.conversations(sid).messages.create({ ...enabled, body: 'theirs' })
      expect(await bodies('/other', 'theirs')).toEqual(['theirs', 'theirs'])
      expect((await bodies('/post', 'mine')).filter(Boolean)).toEqual(['mine'])
    })
  })

  describe('of one conversation', () => {
    it('its own webhooks beside the others, each the events it asks for', async () => {
      const { sid, say, webhooks, participants } = await conversation()
      await configure({ postWebhookUrl: at('/post'), filters: ['onMessageAdded'] })
      const hook = (path: string, ...filters: PostActionEvent[]) =>
        webhooks.create({ target: 'webhook', 'configuration.url': at(path), 'configuration.filters': filters })
      await hook('/all', ...postActionEvents)
      const messages = await hook('/messages', 'onMessageAdded')
      await hook('/people', 'onParticipantAdded')
      await say('one')
      await participants.create({ ...enabled, identity: 'newcomer' })
      // What waits for a webhook goes with it.
      await bodies('/messages', 'one')
      await webhooks(messages.sid).remove()
      await say('two')
      await (await conversation()).say('elsewhere')
      await bodies('/post', 'elsewhere')
      await bodies('/all', 'two')
      await receiver.hears('onParticipantAdded', ({ path }) => path === '/people')
      expect(receiver.heard('/all')).toEqual(['onMessageAdded', 'onParticipantAdded', 'onMessageAdded'])
      expect(receiver.heard('/messages')).toEqual(['onMessageAdded'])
      expect(receiver.heard('/people')).toEqual(['onParticipantAdded'])
      const told = receiver.calls.all.filter(({ path, parameters }) => path !== '/post' && parameters['ConversationSid'] !== sid)
      expect(told).toEqual([])
    })

    it('nobody of what REST does without the header', async () => {
      const { say, messages, webhooks } = await conversation()
      await webhooks.create({ target: 'webhook', 'configuration.url': at('/own'), 'configuration.filters': ['onMessageAdded'] })
      await messages.create({ body: 'silent' })
      await say('loud')
      expect(await bodies('/own', 'loud')).toEqual(['loud'])
    })

    it('a trigger, of messages with one of its words', async () => {
      const { say, webhooks } = await conversation()
      await webhooks.create({
        target: 'trigger',
        'configuration.url': at('/trigger'),
        'configuration.triggers': ['help', 'talk to a human'],
      })
      for (const body of ['nothing', 'HELP me', 'helpless', 'I want to talk to a human.', 'a human', 'the end: help!']) await say(body)
      expect(await bodies('/trigger', 'the end: help!')).toEqual(['HELP me', 'I want to talk to a human.', 'the end: help!'])
    })

    it('a flow, of every message, where the operator has said what takes its place', async () => {
      const { say, webhooks, participants } = await conversation()
      await webhooks.create({ target: 'studio', 'configuration.flowSid': `FW${'0'.repeat(32)}` })
      await webhooks.create({ target: 'studio', 'configuration.flowSid': flowSid })
      await participants.create({ ...enabled, identity: 'silent' })
      await say('one')
      await say('two')
      expect(await bodies('/flow', 'two')).toEqual(['one', 'two'])
    })
  })

  describe('of what is past', () => {
    it('a webhook that asks for it: every message from there on, in order, and then the new ones', async () => {
      const { say, messages, webhooks } = await conversation()
      for (let n = 0; n < 450; n += 50)
        await Promise.all(Array.from({ length: 50 }, (_, at) => messages.create({ body: `past ${n + at}` })))
      const past = (await messages.list()).map(({ body }) => body)
      await messages((await messages.list({ limit: 5 }))[4]?.sid as string).remove()
      const created = webhooks.create({
        target: 'webhook',
        'configuration.url': at('/late'),
        'configuration.filters': ['onMessageAdded'],
        'configuration.replayAfter': 3,
      })
      await Promise.all([created, ...Array.from({ length: 10 }, (_, n) => say(`during ${n}`))])
      await say('new')
      const told = await bodies('/late', 'new')
      const now = (await messages.list()).map(({ body }) => body)
      // What was said while it was made may count as past or as new: it is told once, and in its place.
      const during = now.filter((body) => body.startsWith('during'))
      expect(told.filter((body) => body?.startsWith('past'))).toEqual([past[3], ...past.slice(5)])
      expect(told.filter((body) => body?.startsWith('during'))).toEqual(during.filter((body) => told.includes(body)))
      expect(told.at(-1)).toBe('new')
      const indexes = receiver.calls.all.filter(({ path }) => path === '/late').map(({ parameters }) => Number(parameters['Index']))
      expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b))
    })

    it('a trigger hears of what it waits for, and a flow of all', async () => {
      const { messages, say, webhooks } = await conversation()
      for (const body of ['one', 'help two', 'three', 'help four']) await messages.create({ body })
      await webhooks.create({
        target: 'trigger',
        'configuration.url': at('/trigger'),
        'configuration.triggers': ['help'],
        'configuration.replayAfter': 0,
      })
      await webhooks.create({ target: 'studio', 'configuration.flowSid': flowSid, 'configuration.replayAfter': 2 })
      await say('help at last')
      expect(await bodies('/trigger', 'help at last')).toEqual(['help two', 'help four', 'help at last'])
      expect(await bodies('/flow', 'help at last')).toEqual(['three', 'help four', 'help at last'])
    })
  })
})

it('what is done by REST is heard wherever nobody says otherwise, when the setting says so', async () => {
  await using receiver = await Receiver.open()
  await using parley = await startParley({ database: 'sqlite', settings: { PARLEY_WEBHOOK_WITHOUT_HEADER: 'fire' } })
  const { conversations, configuration } = helper(parley).conversations.v1
  await configuration.webhooks().update({ postWebhookUrl: receiver.url, filters: ['onConversationAdded'] })
  const create = (friendlyName: string, xTwilioWebhookEnabled?: 'false') =>
    conversations.create({ friendlyName, ...(xTwilioWebhookEnabled ? { xTwilioWebhookEnabled } : {}) })
  await create('unsaid')
  await create('not as the caller says', 'false')
  await ask(parley, '/v1/Configuration/Webhooks', { form: { RestWebhookEnabled: 'false' } })
  await create('not as the account says')
  await ask(parley, '/v1/Configuration/Webhooks', { form: { RestWebhookEnabled: '' } })
  await create('the last')
  const isNamed = (name: string) => receiver.hears('onConversationAdded', ({ parameters }) => parameters['FriendlyName'] === name)
  await Promise.all(['unsaid', 'the last'].map(isNamed))
  await eventually(
    'the log',
    async () => (await ask(parley, '/v1/Webhooks/Deliveries?State=delivered')).json.deliveries.length === 2 || undefined,
  )
  expect((await ask(parley, '/v1/Webhooks/Deliveries')).json.deliveries).toHaveLength(2)
})
