import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

const url = 'https://hooks.example.org/conversations'

describe.each(databases)('where webhooks are configured, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const refusals = async (path: string, form: Record<string, string> | [string, string][]) => {
    const { status, json } = await ask(parley(), path, { method: 'POST', form })
    return { status, code: json?.code, details: json?.details }
  }

  describe('for the account', () => {
    it('nothing is sent at first', async () => {
      expect((await ask(parley(), '/v1/Configuration/Webhooks')).json).toEqual({
        account_sid: parley().credentials.account_sid,
        method: 'POST',
        filters: [],
        pre_webhook_url: null,
        post_webhook_url: null,
        target: 'webhook',
        url: `${parley().url}/v1/Configuration/Webhooks`,
      })
    })

    it('every parameter is kept, what is absent stays, and what is empty is cleared', async () => {
      const webhooks = api().configuration.webhooks()
      await webhooks.update({
        method: 'get',
        filters: ['onMessageAdd', 'onMessageAdded'],
        preWebhookUrl: `${url}/pre`,
        postWebhookUrl: `${url}/post?a=b`,
        target: 'flex',
      })
      expect(await webhooks.fetch()).toMatchObject({
        method: 'GET',
        filters: ['onMessageAdd', 'onMessageAdded'],
        preWebhookUrl: `${url}/pre`,
        postWebhookUrl: `${url}/post?a=b`,
        target: 'flex',
      })
      await webhooks.update({ target: 'webhook' })
      expect(await webhooks.fetch()).toMatchObject({ method: 'GET', preWebhookUrl: `${url}/pre`, target: 'webhook' })
      expect((await ask(parley(), '/v1/Configuration/Webhooks', { form: { Filters: '', PreWebhookUrl: '' } })).json).toMatchObject({
        filters: [],
        pre_webhook_url: null,
        post_webhook_url: `${url}/post?a=b`,
      })
    })

    it('all 23 events can be listened for, whatever the case, each once', async () => {
      const events = [
        ...['onConversationAdd', 'onConversationUpdate', 'onConversationRemove', 'onParticipantAdd', 'onParticipantUpdate'],
        ...['onParticipantRemove', 'onMessageAdd', 'onMessageUpdate', 'onMessageRemove', 'onUserUpdate', 'onConversationAdded'],
        ...['onConversationUpdated', 'onConversationStateUpdated', 'onConversationRemoved', 'onParticipantAdded', 'onParticipantUpdated'],
        ...['onParticipantRemoved', 'onMessageAdded', 'onMessageUpdated', 'onMessageRemoved', 'onDeliveryUpdated', 'onUserAdded'],
        'onUserUpdated',
      ]
      expect(events).toHaveLength(23)
      const { filters } = await api().configuration.webhooks().update({ filters: events })
      expect(filters).toEqual(events)
      expect(
        (
          await api()
            .configuration.webhooks()
            .update({ filters: ['ONMESSAGEADD', 'onMessageAdd'] })
        ).filters,
      ).toEqual(['onMessageAdd'])
    })

    it.each([
      ['a method that is none', { Method: 'PUT' }, 50055],
      ['an event that is none', { Filters: 'onMessageSent' }, 20001],
      ['a target that is none', { Target: 'webhooks' }, 20001],
      ['a relative URL', { PreWebhookUrl: '/pre' }, 50054],
      ['a URL that is no web address', { PostWebhookUrl: 'ftp://example.org/' }, 50054],
      ['a URL with a space', { PostWebhookUrl: 'https://example.org/a b' }, 50054],
      ['a URL that is too long', { PostWebhookUrl: `https://example.org/${'x'.repeat(493)}` }, 50054],
      ['a flag that is none', { PreWebhookFailClosed: 'perhaps' }, 20001],
      ['another flag that is none', { RestWebhookEnabled: 'on' }, 20001],
      ['nothing', {}, 20161],
    ])('%s is refused, and changes nothing', async (_, form: Record<string, string>, code) => {
      const before = (await ask(parley(), '/v1/Configuration/Webhooks')).json
      expect(await refusals('/v1/Configuration/Webhooks', form)).toMatchObject({ status: 400, code })
      expect((await ask(parley(), '/v1/Configuration/Webhooks')).json).toEqual(before)
    })

    it.each([
      ['whether an action fails with its webhook', 'PreWebhookFailClosed', 'pre_webhook_fail_closed'],
      ['whether what is done by REST fires without a header', 'RestWebhookEnabled', 'rest_webhook_enabled'],
    ])('%s is shown only to those who have said so', async (_, parameter, property) => {
      for (const webhooks of ['/v1/Configuration/Webhooks', `/v1/Services/${parley().credentials.service_sid}/Configuration/Webhooks`]) {
        const said = async (value: string) => (await ask(parley(), webhooks, { form: { [parameter]: value } })).json
        expect((await said('true'))[property]).toBe(true)
        expect((await said('false'))[property]).toBe(false)
        expect((await ask(parley(), webhooks, { form: { Method: 'POST' } })).json[property]).toBe(false)
        expect(await said('')).not.toHaveProperty(property)
      }
    })
  })

  describe('for a service', () => {
    it('all is null until something is configured, and each service has its own', async () => {
      const { sid } = await api().services.create({ friendlyName: 'Configured' })
      const path = `/v1/Services/${sid}/Configuration/Webhooks`
      const nothing = {
        account_sid: parley().credentials.account_sid,
        chat_service_sid: sid,
        method: null,
        filters: null,
        pre_webhook_url: null,
        post_webhook_url: null,
        url: parley().url + path,
      }
      expect((await ask(parley(), path)).json).toEqual(nothing)
      const webhooks = api().services(sid).configuration.webhooks
      expect(await webhooks().update({ preWebhookUrl: url, filters: ['onUserUpdate'] })).toMatchObject({
        preWebhookUrl: url,
        postWebhookUrl: null,
        filters: ['onUserUpdate'],
        method: 'POST',
      })
      expect((await ask(parley(), path)).json).toEqual({ ...nothing, method: 'POST', filters: ['onUserUpdate'], pre_webhook_url: url })
      expect((await ask(parley(), path.replace(sid, parley().credentials.service_sid))).json.pre_webhook_url).toBeNull()
      expect(await refusals(path, { Target: 'flex' })).toMatchObject({ status: 400, code: 20161 })
    })

    it('changes at the same time all count', async () => {
      const { sid } = await api().services.create({ friendlyName: 'Busy' })
      const { webhooks } = api().services(sid).configuration
      await Promise.all([
        webhooks().update({ preWebhookUrl: url }),
        webhooks().update({ postWebhookUrl: url }),
        webhooks().update({ filters: ['onMessageAdd'] }),
        webhooks().update({ method: 'GET' }),
      ])
      expect(await webhooks().fetch()).toMatchObject({
        preWebhookUrl: url,
        postWebhookUrl: url,
        filters: ['onMessageAdd'],
        method: 'GET',
      })
    })
  })

  describe.each(['default', 'named'] as const)('for a conversation of the %s service', (kind) => {
    // Both have the same resources; their types are of different classes.
    type Place = Pick<ReturnType<typeof api>, 'conversations'>
    const place = () => (kind === 'default' ? api() : api().services(parley().credentials.service_sid)) as unknown as Place
    const root = () => (kind === 'default' ? '/v1' : `/v1/Services/${parley().credentials.service_sid}`)
    const conversation = async () => {
      const { sid } = await place().conversations.create()
      return { sid, path: `${root()}/Conversations/${sid}/Webhooks`, webhooks: place().conversations(sid).webhooks }
    }

    it('a webhook is made, fetched, changed, listed and deleted', async () => {
      const { sid, path, webhooks } = await conversation()
      const { status, json } = await ask(parley(), path, {
        form: [
          ['Target', 'webhook'],
          ['Configuration.Url', url],
          ['Configuration.Filters', 'onMessageAdded'],
          ['Configuration.Filters', 'onParticipantAdded'],
        ],
      })
      expect(status).toBe(201)
      expect(json).toEqual({
        sid: expect.stringMatching(/^WH[0-9a-f]{32}$/),
        account_sid: parley().credentials.account_sid,
        ...(kind === 'named' ? { chat_service_sid: parley().credentials.service_sid } : {}),
        conversation_sid: sid,
        target: 'webhook',
        configuration: { url, method: 'POST', filters: ['onMessageAdded', 'onParticipantAdded'] },
        date_created: expect.stringMatching(/Z$/),
        date_updated: json.date_created,
        url: `${parley().url}${path}/${json.sid}`,
      })
      expect((await webhooks(json.sid).fetch()).configuration).toEqual(json.configuration)
      const changed = await webhooks(json.sid).update({ 'configuration.method': 'get', 'configuration.filters': ['onMessageRemoved'] })
      expect(changed.configuration).toEqual({ url, method: 'GET', filters: ['onMessageRemoved'] })
      expect((await webhooks.list()).map((webhook) => webhook.sid)).toEqual([json.sid])
      expect(await webhooks(json.sid).remove()).toBe(true)
      await expect(webhooks(json.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
      await expect(webhooks(json.sid).remove()).rejects.toMatchObject({ status: 404, code: 20404 })
      expect(await webhooks.list()).toEqual([])
    })

    it('a trigger waits for words, and a flow for every message', async () => {
      const { webhooks } = await conversation()
      const trigger = await webhooks.create({
        target: 'trigger',
        'configuration.url': url,
        'configuration.triggers': ['help', 'talk to a human'],
      })
      const triggers = ['help', 'talk to a human']
      expect(trigger).toMatchObject({ target: 'trigger', configuration: { url, method: 'POST', triggers, filters: triggers } })
      const changed = await webhooks(trigger.sid).update({ 'configuration.triggers': ['stop'] })
      expect(changed.configuration).toEqual({ url, method: 'POST', triggers: ['stop'], filters: ['stop'] })

      const flowSid = `FW${'a'.repeat(32)}`
      const studio = await webhooks.create({ target: 'studio', 'configuration.flowSid': flowSid, 'configuration.replayAfter': 0 })
      expect(studio).toMatchObject({ target: 'studio', configuration: { flow_sid: flowSid } })
      const other = `FW${'b'.repeat(32)}`
      expect((await webhooks(studio.sid).update({ 'configuration.flowSid': other })).configuration).toEqual({ flow_sid: other })
    })

    it('there are five at most, also when six come at once', async () => {
      const { path, webhooks } = await conversation()
      const create = () =>
        webhooks.create({ target: 'webhook', 'configuration.url': url, 'configuration.filters': ['onMessageAdded'] }).then(
          ({ sid }) => sid,
          ({ status, code }) => ({ status, code }),
        )
      const made = await Promise.all(Array.from({ length: 6 }, create))
      expect(made.filter((one) => typeof one !== 'string')).toEqual([{ status: 400, code: 50361 }])
      const sids = made.filter((one) => typeof one === 'string').sort()
      const { json } = await ask(parley(), path)
      expect(json.webhooks.map(({ sid }: { sid: string }) => sid)).toEqual(sids)
      expect(json.meta).toMatchObject({ page: 0, page_size: 5, next_page_url: null, previous_page_url: null, key: 'webhooks' })
      expect((await webhooks.list({ pageSize: 2 })).map(({ sid }) => sid)).toEqual(sids)
      const { json: second } = await ask(parley(), (await ask(parley(), `${path}?PageSize=2`)).json.meta.next_page_url)
      expect(second.webhooks.map(({ sid }: { sid: string }) => sid)).toEqual(sids.slice(2, 4))
      const { json: first } = await ask(parley(), second.meta.previous_page_url)
      expect(first.webhooks.map(({ sid }: { sid: string }) => sid)).toEqual(sids.slice(0, 2))
      await webhooks(sids[0] as string).remove()
      expect(await create()).toMatch(/^WH/)
    })

    const hook = { Target: 'webhook', 'Configuration.Url': url, 'Configuration.Filters': 'onMessageAdded' }
    const trigger = { Target: 'trigger', 'Configuration.Url': url, 'Configuration.Triggers': 'help' }
    const { Target: _, ...withoutTarget } = hook
    it.each([
      ['no target', withoutTarget, 50368],
      ['an empty target', { ...hook, Target: '' }, 50368],
      ['a target that is none', { ...hook, Target: 'email' }, 50364],
      ['no URL', { Target: 'webhook', 'Configuration.Filters': 'onMessageAdded' }, 50369],
      ['an empty URL', { ...trigger, 'Configuration.Url': '' }, 50369],
      ['a URL that is none', { ...hook, 'Configuration.Url': 'example.org' }, 50054],
      ['a URL that is too long', { ...hook, 'Configuration.Url': `${url}?${'x'.repeat(512)}` }, 50372],
      ['a method that is none', { ...hook, 'Configuration.Method': 'delete' }, 50055],
      ['no events', { Target: 'webhook', 'Configuration.Url': url }, 50370],
      ['an event that is none', { ...hook, 'Configuration.Filters': 'onMessageSent' }, 50365],
      ['a pre-action event', { ...hook, 'Configuration.Filters': 'onMessageAdd' }, 50365],
      ['no words', { Target: 'trigger', 'Configuration.Url': url }, 50371],
      ['an empty word', { ...trigger, 'Configuration.Triggers': ' ' }, 50366],
      ['a word that is too long', { ...trigger, 'Configuration.Triggers': 'x'.repeat(249) }, 50366],
      ['no flow', { Target: 'studio' }, 50367],
      ['a flow that is none', { Target: 'studio', 'Configuration.FlowSid': 'FW' }, 50367],
      ['a replay from where nothing will stand soon', { ...hook, 'Configuration.ReplayAfter': '1' }, 20001],
      ['a replay from nowhere', { ...hook, 'Configuration.ReplayAfter': '-1' }, 20001],
    ])('%s is refused', async (_name, form: Record<string, string>, code) => {
      const { path } = await conversation()
      expect(await refusals(path, form)).toMatchObject({ status: 400, code })
      expect((await ask(parley(), path)).json.webhooks).toEqual([])
    })

    it('six words are refused', async () => {
      const { path } = await conversation()
      const words = ['1', '2', '3', '4', '5', '6'].map((word): [string, string] => ['Configuration.Triggers', word])
      const form: [string, string][] = [['Target', 'trigger'], ['Configuration.Url', url], ...words]
      expect(await refusals(path, form)).toMatchObject({ status: 400, code: 50362 })
    })

    it('a change is held to the same rules, and one that is refused changes nothing', async () => {
      const { path, webhooks } = await conversation()
      const { sid, configuration } = await webhooks.create({
        target: 'webhook',
        'configuration.url': url,
        'configuration.filters': ['onMessageAdded'],
      })
      for (const [form, code] of [
        [{ 'Configuration.Url': '' }, 50369],
        [{ 'Configuration.Filters': '' }, 50370],
        [{ 'Configuration.Filters': 'onMessageAdd' }, 50365],
        [{ 'Configuration.Method': 'x' }, 50055],
        [{ Target: 'studio' }, 20161],
      ] as const)
        expect(await refusals(`${path}/${sid}`, form)).toMatchObject({ status: 400, code })
      expect((await webhooks(sid).fetch()).configuration).toEqual(configuration)
    })
  })
})
