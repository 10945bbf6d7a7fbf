import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('conversations, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const service_sid = () => parley().credentials.service_sid

  describe('are made', () => {
    it('from nothing', async () => {
      const { status, json } = await ask(parley(), '/v1/Conversations', { method: 'POST' })

      expect(status).toBe(201)
      const url = `${parley().url}/v1/Conversations/${json.sid}`
      expect(json).toEqual({
        sid: expect.stringMatching(/^CH[0-9a-f]{32}$/),
        account_sid: parley().credentials.account_sid,
        chat_service_sid: service_sid(),
        messaging_service_sid: expect.stringMatching(/^MG[0-9a-f]{32}$/),
        friendly_name: null,
        unique_name: null,
        attributes: '{}',
        state: 'active',
        date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        date_updated: json.date_created,
        timers: {},
        bindings: {},
        url,
        links: { participants: `${url}/Participants`, messages: `${url}/Messages`, webhooks: `${url}/Webhooks`, export: `${url}/Export` },
      })
    })

    it('with every parameter', async () => {
      const made = await api().conversations.create({
        friendlyName: 'Café & co',
        uniqueName: 'order 1/é+%',
        attributes: '{ "topic":  "feedback" }',
        messagingServiceSid: `MG${'a'.repeat(32)}`,
        state: 'inactive',
        'timers.inactive': 'PT5M',
        'timers.closed': 'P1D',
        'bindings.email.address': 'desk@example.org',
        'bindings.email.name': 'Desk',
        dateCreated: new Date('2020-02-29T12:00:00.987Z'),
        dateUpdated: new Date('2020-03-01T00:00:00Z'),
        xTwilioWebhookEnabled: 'true',
      })

      expect(made).toMatchObject({
        friendlyName: 'Café & co',
        uniqueName: 'order 1/é+%',
        attributes: '{ "topic":  "feedback" }',
        messagingServiceSid: `MG${'a'.repeat(32)}`,
        state: 'inactive',
        bindings: { email: { projected_address: 'desk@example.org', name: 'Desk' } },
        dateCreated: new Date('2020-02-29T12:00:00Z'),
        dateUpdated: new Date('2020-03-01T00:00:00Z'),
      })
      expect(made.timers).toEqual({ date_closed: expect.stringMatching(/Z$/) })
    })

    it('with timers that run from now on', async () => {
      const { json } = await ask(parley(), '/v1/Conversations', { form: { 'Timers.Inactive': 'pt1m', 'Timers.Closed': 'PT10M' } })
      const after = (date: string) => Date.parse(date) - Date.parse(json.date_created)
      expect(after(json.timers.date_inactive)).toBe(60_000)
      expect(after(json.timers.date_closed)).toBe(600_000)
    })

    it('in a service that the path names, with its addresses there', async () => {
      const made = await api().services(service_sid()).conversations.create({ friendlyName: 'scoped' })
      expect(made.url).toBe(`${parley().url}/v1/Services/${service_sid()}/Conversations/${made.sid}`)
      expect(made.links.messages).toBe(`${made.url}/Messages`)
      expect((await api().conversations(made.sid).fetch()).friendlyName).toBe('scoped')
    })

    it.each([
      ['a friendly name of 257 characters', { FriendlyName: 'x'.repeat(257) }, 400, 50003],
      ['a unique name of 257 characters', { UniqueName: 'x'.repeat(257) }, 400, 50004],
      ['a unique name like a SID', { UniqueName: `CH${'0'.repeat(32)}` }, 400, 50390],
      ['attributes that are no JSON', { Attributes: 'topic' }, 400, 50304],
      ['attributes of more than 16 KB', { Attributes: `"${'é'.repeat(8_192)}"` }, 400, 50303],
      ['a messaging service that is no SID', { MessagingServiceSid: 'MG1' }, 400, 50341],
      ['an empty state', { State: '' }, 400, 50374],
      ['a state that does not exist', { State: 'sleeping' }, 400, 50378],
      ['a state that only comes out', { State: 'initializing' }, 400, 50378],
      ['the state closed', { State: 'closed' }, 400, 50384],
      ['an inactivity timer that is no duration', { 'Timers.Inactive': '5 minutes' }, 400, 50379],
      ['an inactivity timer under a minute', { 'Timers.Inactive': 'PT59S' }, 400, 50375],
      ['a closing timer that is no duration', { 'Timers.Closed': 'P' }, 400, 50380],
      ['a closing timer under ten minutes', { 'Timers.Closed': 'PT9M59S' }, 400, 50376],
      ['a creation date that is none', { DateCreated: 'yesterday' }, 400, 50308],
      ['a date of change that is none', { DateUpdated: '2020-13-01T00:00:00Z' }, 400, 50309],
    ])('but not with %s', async (_, form: Record<string, string>, status, code) => {
      const refused = await ask(parley(), '/v1/Conversations', { form })
      const [field] = Object.keys(form)
      expect(refused).toMatchObject({ status, json: { status, code, more_info: `https://www.twilio.com/docs/errors/${code}` } })
      if (code !== 50384) expect(refused.json.details.field).toBe(field)
    })

    it('but not twice with one unique name in a service', async () => {
      await api().conversations.create({ uniqueName: 'taken' })
      const refused = await ask(parley(), '/v1/Conversations', { form: { UniqueName: 'taken' } })
      expect(refused).toMatchObject({
        status: 409,
        json: { status: 409, code: 50353, message: 'Conversation with provided unique name already exists' },
      })

      const other = await api().services.create({ friendlyName: 'Other' })
      expect((await api().services(other.sid).conversations.create({ uniqueName: 'taken' })).uniqueName).toBe('taken')
    })
  })

  describe('are found', () => {
    it('by SID, in either case of its digits', async () => {
      const { sid } = await api().conversations.create()
      expect(
        (
          await api()
            .conversations(`CH${sid.slice(2).toUpperCase()}`)
            .fetch()
        ).sid,
      ).toBe(sid)
    })

    it.each(['plain', 'with space', 'café ☕', 'a@b.example', 'a+b', 'ch12'])('by the unique name %j', async (uniqueName) => {
      const { sid } = await api().conversations.create({ uniqueName })
      expect((await api().conversations(uniqueName).fetch()).sid).toBe(sid)
    })

    it.each(['50%', '%41', '%2F', 'a/b?c', "it's; #1"])('by the unique name %j, which is decoded once', async (uniqueName) => {
      const { sid } = await api().conversations.create({ uniqueName })
      expect((await ask(parley(), `/v1/Conversations/${encodeURIComponent(uniqueName)}`)).json.sid).toBe(sid)
    })

    it('no more once they are deleted', async () => {
      const { sid } = await api().conversations.create({ uniqueName: 'short-lived' })
      expect((await ask(parley(), `/v1/Conversations/${sid}`, { method: 'DELETE' })).status).toBe(204)
      const gone = {
        status: 404,
        json: { code: 20404, status: 404, message: `The requested resource /Conversations/${sid} was not found` },
      }
      expect(await ask(parley(), `/v1/Conversations/${sid}`)).toMatchObject(gone)
      expect(await ask(parley(), `/v1/Conversations/${sid}`, { method: 'DELETE' })).toMatchObject(gone)
      await expect(api().conversations('short-lived').fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
      await expect(api().conversations.create({ uniqueName: 'short-lived' })).resolves.toMatchObject({ uniqueName: 'short-lived' })
    })
  })

  describe('change', () => {
    it('in what is named, and in nothing else', async () => {
      const made = await api().conversations.create({ friendlyName: 'before', uniqueName: 'change-me', attributes: '{"a":1}' })
      const changed = await api().conversations('change-me').update({ friendlyName: 'after', uniqueName: 'changed' })
      expect(changed).toMatchObject({ sid: made.sid, friendlyName: 'after', uniqueName: 'changed', attributes: '{"a":1}', state: 'active' })
    })

    it('in every parameter', async () => {
      const { sid } = await api().conversations.create()
      const changed = await api()
        .conversations(sid)
        .update({
          friendlyName: 'n',
          uniqueName: 'every-parameter',
          attributes: '[1, 2]',
          messagingServiceSid: `MG${'b'.repeat(32)}`,
          state: 'inactive',
          'timers.inactive': 'PT2M',
          'timers.closed': 'PT20M',
          'bindings.email.address': 'a@example.org',
          'bindings.email.name': 'A',
          dateCreated: new Date('2019-01-01T00:00:00Z'),
          dateUpdated: new Date('2019-01-02T00:00:00Z'),
          xTwilioWebhookEnabled: 'false',
        })
      expect(changed).toMatchObject({
        friendlyName: 'n',
        uniqueName: 'every-parameter',
        attributes: '[1, 2]',
        messagingServiceSid: `MG${'b'.repeat(32)}`,
        state: 'inactive',
        timers: { date_closed: expect.any(String) },
        bindings: { email: { projected_address: 'a@example.org', name: 'A' } },
        dateCreated: new Date('2019-01-01T00:00:00Z'),
        dateUpdated: new Date('2019-01-02T00:00:00Z'),
      })
    })

    it('to nothing where a value is empty', async () => {
      const { sid } = await api().conversations.create({
        friendlyName: 'n',
        uniqueName: 'to-be-cleared',
        attributes: '{"a":1}',
        'timers.inactive': 'PT5M',
        'timers.closed': 'PT15M',
        'bindings.email.address': 'a@example.org',
      })
      const form = {
        FriendlyName: '',
        UniqueName: '',
        Attributes: '',
        'Timers.Inactive': '',
        'Timers.Closed': 'PT0S',
        'Bindings.Email.Address': '',
      }
      const { json } = await ask(parley(), `/v1/Conversations/${sid}`, { form })
      expect(json).toMatchObject({ friendly_name: null, unique_name: null, attributes: '{}', bindings: {} })
      expect(json.timers).toEqual({})
    })

    it('their state: inactive and back, and closed for good', async () => {
      const { sid } = await api().conversations.create({ 'timers.inactive': 'PT1M' })
      const states = async (State: string) => (await ask(parley(), `/v1/Conversations/${sid}`, { form: { State } })).json
      expect(await states('INACTIVE')).toMatchObject({ state: 'inactive', timers: {} })
      expect(await states('active')).toMatchObject({ state: 'active', timers: { date_inactive: expect.any(String) } })
      expect(await states('closed')).toMatchObject({ state: 'closed', timers: {} })

      const final = { status: 400, code: 50377, message: "Can't update conversation as it's in final closed state" }
      const closed = api().conversations(sid)
      await expect(closed.update({ state: 'active' })).rejects.toMatchObject(final)
      await expect(closed.update({ friendlyName: 'x' })).rejects.toMatchObject(final)
      await expect(closed.participants.create({ identity: 'late' })).rejects.toMatchObject(final)
      await expect(closed.messages.create({ body: 'late' })).rejects.toMatchObject(final)
      expect((await closed.fetch()).state).toBe('closed')
      expect(await closed.remove()).toBe(true)
    })

    it('not without a parameter that says what', async () => {
      const { sid } = await api().conversations.create()
      expect(await ask(parley(), `/v1/Conversations/${sid}`, { method: 'POST' })).toMatchObject({ status: 400, json: { code: 20161 } })
      expect(await ask(parley(), `/v1/Conversations/${sid}`, { form: { Colour: 'red' } })).toMatchObject({
        status: 400,
        json: { code: 20161 },
      })
    })

    it('not to the unique name of another, but to their own', async () => {
      await api().conversations.create({ uniqueName: 'first' })
      const { sid } = await api().conversations.create({ uniqueName: 'second' })
      await expect(api().conversations(sid).update({ uniqueName: 'first' })).rejects.toMatchObject({ status: 409, code: 50353 })
      await expect(api().conversations(sid).update({ uniqueName: 'second', friendlyName: 'n' })).resolves.toMatchObject({ sid })
    })
  })

  describe('wake up when they are inactive', () => {
    it.each(['participant', 'message'])('by a new %s', async (what) => {
      const conversation = api().conversations((await api().conversations.create({ state: 'inactive' })).sid)
      if (what === 'message') await conversation.messages.create({ body: 'wake up' })
      else await conversation.participants.create({ identity: 'somebody' })
      expect((await conversation.fetch()).state).toBe('active')
    })
  })

  describe('are filtered, newest first', () => {
    it('by state and by dates, ends included', async () => {
      const { sid } = await api().services.create({ friendlyName: 'Filters' })
      const { conversations } = api().services(sid)
      const on = (day: string, state: 'active' | 'inactive' = 'active') =>
        conversations.create({ friendlyName: `${day} ${state}`, dateCreated: new Date(`${day}T10:00:00.500Z`), state })
      for (const day of ['2021-03-01', '2021-03-02', '2021-03-03']) await on(day)
      await on('2021-03-02', 'inactive')
      await on('1965-01-01')
      const names = async (filters: Parameters<typeof conversations.list>[0]) =>
        (await conversations.list(filters)).map((one) => one.friendlyName)

      expect(await names({ state: 'active' })).toEqual(['2021-03-03 active', '2021-03-02 active', '2021-03-01 active', '1965-01-01 active'])
      expect(await names({ state: 'inactive' })).toEqual(['2021-03-02 inactive'])
      expect(await names({ state: 'closed' })).toEqual([])
      expect(await names({ startDate: '2021-03-03T00:00:00Z' })).toEqual(['2021-03-03 active'])
      expect(await names({ endDate: '2021-03-01T23:59:59Z' })).toEqual(['2021-03-01 active', '1965-01-01 active'])
      expect(await names({ startDate: '2021-03-01T10:00:00Z', endDate: '2021-03-01T10:00:00Z' })).toEqual(['2021-03-01 active'])
      expect(await names({ startDate: '2021-03-02', endDate: '2021-03-02', state: 'active' })).toEqual(['2021-03-02 active'])
      expect(await names({})).toHaveLength(5)
    })

    it('but not by what is no state or date', async () => {
      expect(await ask(parley(), '/v1/Conversations?State=sleeping')).toMatchObject({ status: 400, json: { code: 50378 } })
      expect(await ask(parley(), '/v1/Conversations?StartDate=soon')).toMatchObject({ status: 400, json: { code: 20001 } })
    })
  })
})
