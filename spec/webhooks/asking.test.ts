import { type PreActionEvent, preActionEvents, webhookEventTypes } from '@parley/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { type Call, Receiver } from '../support/receiver.ts'
import { ask, helper } from '../support/rest.ts'
import { Apps, refusal } from '../support/sdk.ts'

const enabled = { xTwilioWebhookEnabled: 'true' as const }
/** What helper libraries say of an action that its webhook has refused, or that failed with it. */
const refused = { status: 403, code: 50056, message: 'Webhook disabled processing of command' }
const failed = { status: 400, code: 50057, message: 'Webhook call failed to execute successfully' }

describe.each(databases)('webhooks that are asked first, on %s', (database) => {
  let parley: Parley
  let receiver: Receiver
  const apps = new Apps()

  beforeAll(async () => {
    parley = await startParley({ database })
    receiver = await Receiver.open()
    await configure({ filters: [...webhookEventTypes], preWebhookUrl: `${receiver.url}/pre`, postWebhookUrl: `${receiver.url}/post` })
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
  const configure = (form: Parameters<ReturnType<ReturnType<typeof api>['configuration']['webhooks']>['update']>[0]) =>
    api().configuration.webhooks().update(form)
  /** Answers one event in a way of its own, and lets the others through. */
  const answer = (event: PreActionEvent, reply: ReturnType<Receiver['answer']> | ((call: Call) => ReturnType<Receiver['answer']>)) => {
    receiver.answer = (call) => (call.event === event ? (typeof reply === 'function' ? reply(call) : reply) : {})
  }
  const sign = (identity: string) => apps.start({ version: '3.0.1', identity, uri: parley.socketUrl, token: parley.token(identity) })
  /** A conversation in which somebody with an app takes part, made without webhooks. */
  const talk = async (identity: string) => {
    const { sid } = await api().conversations.create({ friendlyName: 'Talk' })
    await api().conversations(sid).participants.create({ identity })
    const app = await sign(identity)
    receiver.calls.forget()
    return { sid, rest: api().conversations(sid), conversation: await app.conversation(sid) }
  }

  describe('may change', () => {
    it('what an app sends: the message, its author and its attributes', async () => {
      const { rest, conversation } = await talk('caller')
      answer('onMessageAdd', ({ parameters }) => ({
        body: { body: parameters['Body']?.replace(/\d/g, '*'), author: 'censor', attributes: '{"censored":true}', unknown: 1 },
      }))
      await conversation.sendMessage('call 555')
      const [message] = await rest.messages.list()
      expect(message).toMatchObject({ body: 'call ***', author: 'censor', attributes: '{"censored":true}' })
      expect(message?.participantSid).toMatch(/^MB/)
      expect((await receiver.hears('onMessageAdded')).parameters).toMatchObject({
        Body: 'call ***',
        Author: 'censor',
        ClientIdentity: 'caller',
      })
      expect(receiver.calls.all[0]?.parameters).toMatchObject({ Body: 'call 555', Author: 'caller' })
    })

    it('what REST sends, and what a message becomes', async () => {
      const { rest } = await talk('changed')
      answer('onMessageAdd', { body: { body: 'said better' } })
      const message = await rest.messages.create({ ...enabled, body: 'said', author: 'system' })
      expect(message).toMatchObject({ body: 'said better', author: 'system', attributes: '{}' })
      answer('onMessageUpdate', { body: { attributes: '{"edited":1}' } })
      const changed = await rest.messages(message.sid).update({ ...enabled, body: 'said again' })
      expect(changed).toMatchObject({ body: 'said again', attributes: '{"edited":1}' })
      expect((await receiver.hears('onMessageUpdate')).parameters).toMatchObject({ Body: 'said again', Attributes: '{}' })
    })

    it('the text of a content template, which it is asked about as it is filled: then the message is that text alone', async () => {
      const { rest } = await talk('templated')
      const types = { 'twilio/quick-reply': { body: 'call {{1}}', actions: [{ title: 'Yes', id: 'yes' }] } }
      const { json } = await ask(parley, '/v1/Content', { sends: { language: 'en', types } })
      const send = () => rest.messages.create({ ...enabled, contentSid: json.sid, contentVariables: '{"1":"555"}' })
      answer('onMessageAdd', ({ parameters }) => ({ body: { body: parameters['Body'] } }))
      expect(await send()).toMatchObject({ body: 'call 555', contentSid: json.sid })
      answer('onMessageAdd', ({ parameters }) => ({ body: { body: parameters['Body']?.replace(/\d/g, '*') } }))
      expect(await send()).toMatchObject({ body: 'call ***', contentSid: null })
      answer('onMessageAdd', { body: { body: '' } })
      await expect(send()).rejects.toMatchObject(failed)
    })

    it('a conversation', async () => {
      answer('onConversationAdd', { body: { friendly_name: 'Named', unique_name: `unique-${database}`, attributes: '{"by":"hook"}' } })
      const { client } = await sign('founder')
      const conversation = await client.createConversation({ friendlyName: 'Talk' })
      expect(conversation).toMatchObject({ friendlyName: 'Named', uniqueName: `unique-${database}`, attributes: { by: 'hook' } })
      answer('onConversationUpdate', { body: { friendly_name: 'Renamed by the hook' } })
      const changed = await api()
        .conversations(conversation.sid)
        .update({ ...enabled, friendlyName: 'Renamed' })
      expect(changed.friendlyName).toBe('Renamed by the hook')
    })

    it('nothing about people: their answers count as yes or no', async () => {
      const { rest } = await talk('member')
      receiver.answer = () => ({ body: { attributes: '{"x":1}', friendly_name: 'x', identity: 'x' } })
      const added = await rest.participants.create({ ...enabled, identity: 'newcomer' })
      expect(added).toMatchObject({ identity: 'newcomer', attributes: '{}' })
      expect(await rest.participants(added.sid).update({ ...enabled, attributes: '{"y":2}' })).toMatchObject({ attributes: '{"y":2}' })
      expect(
        await api()
          .users('newcomer')
          .update({ ...enabled, friendlyName: 'New' }),
      ).toMatchObject({ friendlyName: 'New', attributes: '{}' })
    })

    it.each<[string, PreActionEvent, unknown]>([
      ['a body that is no text', 'onMessageAdd', { body: { text: 'x' } }],
      ['a body that is too long', 'onMessageAdd', { body: 'x'.repeat(32_769) }],
      ['no words at all', 'onMessageAdd', { body: '' }],
      ['attributes that are an object, and no JSON text', 'onMessageAdd', { attributes: { a: 1 } }],
      ['an author that is too long', 'onMessageAdd', { author: 'x'.repeat(257) }],
      ['a friendly name that is too long', 'onConversationUpdate', { friendly_name: 'x'.repeat(257) }],
      ['a unique name that looks like a SID', 'onConversationUpdate', { unique_name: `CH${'0'.repeat(32)}` }],
    ])('not into %s: the action fails, and nothing is done', async (_, event, body) => {
      const { rest } = await talk('invalid')
      answer(event, { body })
      const acting =
        event === 'onMessageAdd' ? rest.messages.create({ ...enabled, body: 'x' }) : rest.update({ ...enabled, attributes: '{"a":1}' })
      await expect(acting).rejects.toMatchObject({ ...failed, details: { event, reason: expect.any(String) } })
      expect(await rest.messages.list()).toEqual([])
      expect(await rest.fetch()).toMatchObject({ friendlyName: 'Talk', attributes: '{}' })
    })
  })

  it('are counted by what came of them, with the time that they took', async () => {
    const { rest } = await talk('counted')
    const figure = async (name: string) => {
      const text = await (await fetch(`${parley.url}/metrics`)).text()
      return Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.slice(name.length) ?? 0,
      )
    }
    const figures = async () => ({
      changed: await figure('parley_webhook_pre_answers_total{outcome="changed"}'),
      rejected: await figure('parley_webhook_pre_answers_total{outcome="rejected"}'),
      timed: await figure('parley_webhook_seconds_count{phase="pre"}'),
    })
    const before = await figures()
    answer('onMessageAdd', { body: { body: 'changed' } })
    await rest.messages.create({ ...enabled, body: 'x' })
    answer('onMessageAdd', { status: 403 })
    await expect(rest.messages.create({ ...enabled, body: 'x' })).rejects.toMatchObject(refused)
    await receiver.hears('onMessageAdded')
    expect(await figures()).toEqual({ changed: before.changed + 1, rejected: before.rejected + 1, timed: before.timed + 2 })
  })

  describe('may refuse', () => {
    it.each([...preActionEvents])('%s: nothing is done, and nothing told', async (event) => {
      const identity = `refused-${event}`
      const { sid, rest } = await talk(identity)
      const { sid: message } = await rest.messages.create({ body: 'old' })
      const acts: Record<PreActionEvent, () => Promise<unknown>> = {
        onConversationAdd: () => api().conversations.create({ ...enabled, uniqueName: identity }),
        onConversationUpdate: () => rest.update({ ...enabled, friendlyName: 'new' }),
        onConversationRemove: () => rest.remove(enabled),
        onParticipantAdd: () => rest.participants.create({ ...enabled, identity: `new-${event}` }),
        onParticipantUpdate: () => rest.participants(identity).update({ ...enabled, attributes: '{"new":1}' }),
        onParticipantRemove: () => rest.participants(identity).remove(enabled),
        onMessageAdd: () => rest.messages.create({ ...enabled, body: 'new' }),
        onMessageUpdate: () => rest.messages(message).update({ ...enabled, body: 'new' }),
        onMessageRemove: () => rest.messages(message).remove(enabled),
        onUserUpdate: () =>
          api()
            .users(identity)
            .update({ ...enabled, friendlyName: 'new' }),
      }
      const everything = async () => ({
        conversation: (await rest.fetch()).toJSON(),
        messages: (await rest.messages.list()).map(({ body }) => body),
        participants: (await rest.participants.list()).map((one) => [one.identity, one.attributes]),
        user: (await api().users(identity).fetch()).friendlyName,
      })
      const before = await everything()
      answer(event, { status: 422, body: 'no' })
      await expect(acts[event]()).rejects.toMatchObject({ ...refused, details: { event, webhook_status: 422 } })
      expect(await everything()).toEqual(before)
      receiver.answer = () => ({})
      await rest.update({ ...enabled, attributes: '{"loud":1}' })
      await receiver.hears('onConversationUpdated', ({ parameters }) => parameters['ConversationSid'] === sid)
      expect(receiver.heard('/post')).toEqual(['onConversationUpdated'])
    })

    it.each([302, 400, 403, 404, 429, 500, 503])('with any status: %i', async (status) => {
      const { rest } = await talk('status')
      answer('onMessageAdd', { status, headers: { location: `${receiver.url}/elsewhere` } })
      await expect(rest.messages.create({ ...enabled, body: 'x' })).rejects.toMatchObject({
        ...refused,
        details: { webhook_status: status },
      })
      expect(receiver.heard()).toEqual(['onMessageAdd'])
    })

    it('what an app does: it reads why in the answer', async () => {
      const { rest, conversation } = await talk('app')
      answer('onMessageAdd', { status: 400 })
      const told = await conversation.sendMessage('hello').catch((error: unknown) => error)
      expect(told).toMatchObject({ body: { ...refused, details: { event: 'onMessageAdd', webhook_status: 400 } } })
      expect(await rest.messages.list()).toEqual([])
    })
  })

  describe('when there is no answer', () => {
    /** An action while the receiver says nothing, and the time it may take is over. */
    const inVain = async <T>(event: PreActionEvent, act: () => Promise<T>): Promise<T> => {
      answer(event, null)
      const acting = act()
      acting.catch(() => {})
      await receiver.hears(event)
      await parley.pacing.advance(5_000)
      return acting
    }
    afterEach(() => ask(parley, '/v1/Configuration/Webhooks', { form: { PreWebhookUrl: `${receiver.url}/pre`, PreWebhookFailClosed: '' } }))

    it('the action goes on as it was asked for', async () => {
      const { rest } = await talk('patient')
      expect((await inVain('onMessageAdd', () => rest.messages.create({ ...enabled, body: 'x' }))).body).toBe('x')
      await configure({ preWebhookUrl: 'http://127.0.0.1:1/nobody' })
      expect((await rest.messages.create({ ...enabled, body: 'y' })).body).toBe('y')
    })

    it('it fails where the configuration says so', async () => {
      const { rest } = await talk('strict')
      await ask(parley, '/v1/Configuration/Webhooks', { form: { PreWebhookFailClosed: 'true' } })
      await expect(inVain('onMessageAdd', () => rest.messages.create({ ...enabled, body: 'x' }))).rejects.toMatchObject({
        status: 400,
        code: 50076,
        details: { event: 'onMessageAdd', reason: 'timeout' },
      })
      await ask(parley, '/v1/Configuration/Webhooks', { form: { PreWebhookUrl: 'http://127.0.0.1:1/nobody' } })
      await expect(rest.messages.create({ ...enabled, body: 'y' })).rejects.toMatchObject({ ...failed, details: { reason: 'connection' } })
      expect(await rest.messages.list()).toEqual([])
    })

    it('nobody else waits', async () => {
      const [slow, quick] = [await talk('slow'), await talk('quick')]
      let release = () => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      answer('onMessageAdd', async ({ parameters }) => {
        if (parameters['ConversationSid'] === slow.sid) await held
        return {}
      })
      const waiting = slow.conversation.sendMessage('late')
      await quick.conversation.sendMessage('first')
      await quick.rest.messages.create({ ...enabled, body: 'second' })
      expect(await slow.rest.messages.list()).toEqual([])
      release()
      expect(await waiting).toBe(0)
    })
  })

  describe('the action is looked at again after the answer', () => {
    it('what was allowed before, and is not any more, is not done', async () => {
      const { rest, conversation } = await talk('overtaken')
      answer('onMessageAdd', async () => {
        await rest.participants('overtaken').remove()
        return {}
      })
      expect(await refusal(conversation.sendMessage('hello'))).toMatchObject({ status: 403, code: 50430 })
      answer('onMessageAdd', async () => {
        await rest.update({ state: 'closed' })
        return {}
      })
      await expect(rest.messages.create({ ...enabled, body: 'x' })).rejects.toMatchObject({ status: 400, code: 50377 })
      expect(await rest.messages.list()).toEqual([])
    })

    it('a change is made to what is there then', async () => {
      const { rest } = await talk('meanwhile')
      answer('onConversationUpdate', async () => {
        await rest.update({ attributes: '{"meanwhile":1}' })
        return {}
      })
      expect(await rest.update({ ...enabled, friendlyName: 'New' })).toMatchObject({ friendlyName: 'New', attributes: '{"meanwhile":1}' })
      await receiver.hears('onConversationUpdated')
    })
  })

  it('nobody is asked about what may not be done', async () => {
    const { rest, conversation } = await talk('lowly')
    const { sid } = await rest.messages.create({ author: 'somebody', body: 'theirs' })
    const [message] = (await conversation.getMessages()).items
    expect(message?.sid).toBe(sid)
    expect((await refusal(message?.remove() ?? Promise.resolve())).status).toBe(403)
    expect((await refusal(message?.updateBody('mine') ?? Promise.resolve())).status).toBe(403)
    await rest.update({ state: 'closed' })
    await expect(rest.messages.create({ ...enabled, body: 'x' })).rejects.toMatchObject({ code: 50377 })
    await expect(rest.messages('IM00000000000000000000000000000000').remove(enabled)).rejects.toMatchObject({ code: 20404 })
    expect(receiver.heard()).toEqual([])
  })
})
