import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('services and configuration, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1

  describe('services', () => {
    it('are made, fetched, listed and deleted', async () => {
      const { status, json } = await ask(parley(), '/v1/Services', { form: { FriendlyName: 'Support' } })
      expect(status).toBe(201)
      const url = `${parley().url}/v1/Services/${json.sid}`
      expect(json).toEqual({
        sid: expect.stringMatching(/^IS[0-9a-f]{32}$/),
        account_sid: parley().credentials.account_sid,
        friendly_name: 'Support',
        date_created: expect.stringMatching(/Z$/),
        date_updated: json.date_created,
        url,
        links: {
          conversations: `${url}/Conversations`,
          users: `${url}/Users`,
          roles: `${url}/Roles`,
          bindings: `${url}/Bindings`,
          configuration: `${url}/Configuration`,
          participant_conversations: `${url}/ParticipantConversations`,
          conversation_with_participants: `${url}/ConversationWithParticipants`,
        },
      })
      const service = api().services(json.sid)
      expect((await service.fetch()).friendlyName).toBe('Support')
      expect((await api().services.list()).map(({ sid }) => sid)).toContain(json.sid)
      expect(await service.remove()).toBe(true)
      await expect(service.fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
      await expect(service.remove()).rejects.toMatchObject({ status: 404, code: 20404 })
    })

    it('can be called otherwise, which the original cannot', async () => {
      const { sid } = await api().services.create({ friendlyName: 'Old' })
      const configuration = await api().services(sid).configuration().update({ reachabilityEnabled: true })
      await parley().clock.advance(5_000)
      const { status, json } = await ask(parley(), `/v1/Services/${sid}`, { form: { FriendlyName: 'New' } })
      expect({ status, name: json.friendly_name }).toEqual({ status: 200, name: 'New' })
      expect(Date.parse(json.date_updated)).toBeGreaterThan(Date.parse(json.date_created))
      expect((await api().services(sid).fetch()).friendlyName).toBe('New')
      // All else stays.
      expect(await api().services(sid).configuration().fetch()).toMatchObject({
        reachabilityEnabled: true,
        defaultChatServiceRoleSid: configuration.defaultChatServiceRoleSid,
      })
      for (const FriendlyName of ['', 'x'.repeat(257)])
        expect(await ask(parley(), `/v1/Services/${sid}`, { form: { FriendlyName } })).toMatchObject({ status: 400 })
      expect(await ask(parley(), `/v1/Services/IS${'0'.repeat(32)}`, { form: { FriendlyName: 'New' } })).toMatchObject({
        status: 404,
        json: { code: 20404 },
      })
    })

    it('need a name of at most 256 characters', async () => {
      expect(await ask(parley(), '/v1/Services', { method: 'POST' })).toMatchObject({ status: 400, json: { code: 50000 } })
      expect(await ask(parley(), '/v1/Services', { form: { FriendlyName: '' } })).toMatchObject({ status: 400, json: { code: 50000 } })
      expect(await ask(parley(), '/v1/Services', { form: { FriendlyName: 'x'.repeat(257) } })).toMatchObject({
        status: 400,
        json: { code: 50003 },
      })
    })

    it('take everything in them along', async () => {
      const { sid } = await api().services.create({ friendlyName: 'Doomed' })
      const conversation = await api().services(sid).conversations.create({ uniqueName: 'inside' })
      await api().services(sid).conversations('inside').participants.create({ identity: 'inside' })
      await api().services(sid).remove()
      for (const path of [
        `/v1/Services/${sid}/Conversations`,
        `/v1/Services/${sid}/Conversations/${conversation.sid}`,
        `/v1/Services/${sid}/Users/inside`,
      ])
        expect(await ask(parley(), path)).toMatchObject({ status: 404, json: { code: 20404 } })
    })

    it('stay while they are the default', async () => {
      await expect(api().services(parley().credentials.service_sid).remove()).rejects.toMatchObject({ status: 409, code: 20409 })
    })
  })

  describe('the configuration of the account', () => {
    it('says where paths without a service lead', async () => {
      const { json } = await ask(parley(), '/v1/Configuration')
      const { account_sid, service_sid } = parley().credentials
      expect(json).toEqual({
        account_sid,
        default_chat_service_sid: service_sid,
        default_messaging_service_sid: expect.stringMatching(/^MG[0-9a-f]{32}$/),
        default_inactive_timer: null,
        default_closed_timer: null,
        url: `${parley().url}/v1/Configuration`,
        links: {
          service: `${parley().url}/v1/Services/${service_sid}/Configuration`,
          webhooks: `${parley().url}/v1/Configuration/Webhooks`,
        },
      })
    })

    it('changes, and new conversations follow it', async () => {
      const before = await api().configuration().fetch()
      const { sid } = await api().services.create({ friendlyName: 'New default' })
      const changed = await api()
        .configuration()
        .update({
          defaultChatServiceSid: sid,
          defaultMessagingServiceSid: `MG${'c'.repeat(32)}`,
          defaultInactiveTimer: 'PT2M',
          defaultClosedTimer: 'PT20M',
        })
      expect(changed).toMatchObject({
        defaultChatServiceSid: sid,
        defaultMessagingServiceSid: `MG${'c'.repeat(32)}`,
        defaultInactiveTimer: 'PT2M',
        defaultClosedTimer: 'PT20M',
      })
      const made = await api().conversations.create()
      expect(made).toMatchObject({ chatServiceSid: sid, messagingServiceSid: `MG${'c'.repeat(32)}` })
      expect(Object.keys(made.timers)).toEqual(['date_inactive', 'date_closed'])
      expect((await api().conversations.create({ 'timers.inactive': 'PT0S', 'timers.closed': 'PT0S' })).timers).toEqual({})

      const form = { DefaultChatServiceSid: before.defaultChatServiceSid, DefaultInactiveTimer: 'PT0S', DefaultClosedTimer: '' }
      expect((await ask(parley(), '/v1/Configuration', { form })).json).toMatchObject({
        default_chat_service_sid: before.defaultChatServiceSid,
        default_inactive_timer: null,
        default_closed_timer: null,
      })
    })

    it.each([
      ['a service that does not exist', { DefaultChatServiceSid: `IS${'0'.repeat(32)}` }, 404, 50050],
      ['a service that is no SID', { DefaultChatServiceSid: 'default' }, 404, 50050],
      ['a messaging service that is no SID', { DefaultMessagingServiceSid: 'MG' }, 400, 50341],
      ['an inactivity timer that is no duration', { DefaultInactiveTimer: '1' }, 400, 50379],
      ['an inactivity timer under a minute', { DefaultInactiveTimer: 'PT1S' }, 400, 50375],
      ['a closing timer that is no duration', { DefaultClosedTimer: 'PT' }, 400, 50380],
      ['a closing timer under ten minutes', { DefaultClosedTimer: 'PT1M' }, 400, 50376],
      ['nothing', {}, 400, 20161],
    ])('does not change to %s', async (_, form: Record<string, string>, status, code) => {
      expect(await ask(parley(), '/v1/Configuration', { method: 'POST', form })).toMatchObject({ status, json: { code } })
    })
  })

  describe('the configuration of a service', () => {
    it('is another resource', async () => {
      const { service_sid } = parley().credentials
      const { json } = await ask(parley(), `/v1/Services/${service_sid}/Configuration`)
      const url = `${parley().url}/v1/Services/${service_sid}/Configuration`
      expect(json).toEqual({
        chat_service_sid: service_sid,
        default_conversation_creator_role_sid: expect.stringMatching(/^RL/),
        default_conversation_role_sid: expect.stringMatching(/^RL/),
        default_chat_service_role_sid: expect.stringMatching(/^RL/),
        reachability_enabled: false,
        url,
        links: { notifications: `${url}/Notifications`, webhooks: `${url}/Webhooks` },
      })
    })

    it('changes, and newcomers get its roles', async () => {
      const { sid } = await api().services.create({ friendlyName: 'Configured' })
      const service = api().services(sid)
      const role = async (type: 'conversation' | 'service', permission: string[]) =>
        (await service.roles.create({ friendlyName: 'r', type, permission })).sid
      const creator = await role('conversation', ['deleteConversation'])
      const member = await role('conversation', ['sendMessage'])
      const user = await role('service', ['joinConversation'])
      const changed = await service.configuration().update({
        defaultConversationCreatorRoleSid: creator,
        defaultConversationRoleSid: member,
        defaultChatServiceRoleSid: user,
        reachabilityEnabled: true,
      })
      expect(changed).toMatchObject({
        defaultConversationCreatorRoleSid: creator,
        defaultConversationRoleSid: member,
        defaultChatServiceRoleSid: user,
        reachabilityEnabled: true,
      })
      const conversation = await service.conversations.create()
      expect((await service.conversations(conversation.sid).participants.create({ identity: 'n' })).roleSid).toBe(member)
      expect((await service.users('n').fetch()).roleSid).toBe(user)
      expect((await service.configuration().update({ reachabilityEnabled: false })).defaultChatServiceRoleSid).toBe(user)
    })

    it('takes only roles of its own, each of the right type', async () => {
      const { service_sid } = parley().credentials
      const url = `/v1/Services/${service_sid}/Configuration`
      const { json } = await ask(parley(), url)
      const { sid: foreign } = await api().services.create({ friendlyName: 'Foreign' })
      const { defaultChatServiceRoleSid } = await api().services(foreign).configuration().fetch()
      for (const form of [
        { DefaultChatServiceRoleSid: json.default_conversation_role_sid },
        { DefaultConversationRoleSid: json.default_chat_service_role_sid },
        { DefaultConversationCreatorRoleSid: `RL${'0'.repeat(32)}` },
        { DefaultChatServiceRoleSid: defaultChatServiceRoleSid },
        { DefaultChatServiceRoleSid: 'admin' },
      ])
        expect(await ask(parley(), url, { form })).toMatchObject({
          status: 404,
          json: { code: 50100, details: { field: Object.keys(form)[0] } },
        })
      expect(await ask(parley(), url, { form: { ReachabilityEnabled: 'yes' } })).toMatchObject({ status: 400, json: { code: 20001 } })
      expect((await ask(parley(), url)).json).toEqual(json)
    })
  })
})
