import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { anotherAccount, ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('the configuration of an address, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const path = '/v1/Configuration/Addresses'
  let used = 0
  const phone = () => `+1555070${1_000 + ++used}`
  const flow = `FW${'a'.repeat(32)}`

  it('is made, with a webhook for each conversation that a message makes', async () => {
    const address = phone()
    const { sid: service } = await api().services.create({ friendlyName: 'Inbox' })
    const { status, json } = await ask(parley(), path, {
      form: [
        ['Type', 'SMS'],
        ['Address', address],
        ['FriendlyName', 'Our number'],
        ['AddressCountry', 'ca'],
        ['AutoCreation.Enabled', 'TRUE'],
        ['AutoCreation.Type', 'Webhook'],
        ['AutoCreation.ConversationServiceSid', service],
        ['AutoCreation.WebhookUrl', 'https://example.com/hook'],
        ['AutoCreation.WebhookMethod', 'get'],
        ['AutoCreation.WebhookFilters', 'onParticipantAdded'],
        ['AutoCreation.WebhookFilters', 'onmessageadded'],
      ],
    })
    expect(status).toBe(201)
    expect(json).toEqual({
      sid: expect.stringMatching(/^IG[0-9a-f]{32}$/),
      account_sid: parley().credentials.account_sid,
      type: 'sms',
      address,
      friendly_name: 'Our number',
      address_country: 'CA',
      auto_creation: {
        enabled: true,
        type: 'webhook',
        conversation_service_sid: service,
        webhook_url: 'https://example.com/hook',
        webhook_method: 'GET',
        webhook_filters: ['onParticipantAdded', 'onMessageAdded'],
      },
      date_created: expect.stringMatching(/Z$/),
      date_updated: json.date_created,
      url: `${parley().url}${path}/${json.sid}`,
    })
  })

  it('makes no conversations unless it is said to', async () => {
    const made = await api().addressConfigurations.create({ type: 'sms', address: phone() })
    expect(made).toMatchObject({ friendlyName: null, addressCountry: null, autoCreation: { enabled: false, type: 'default' } })
  })

  it('is found, changed and deleted by SID or by the address itself', async () => {
    const address = `whatsapp:${phone()}`
    const { sid } = await api().addressConfigurations.create({ type: 'whatsapp', address })
    expect((await api().addressConfigurations(address).fetch()).sid).toBe(sid)
    expect((await api().addressConfigurations(sid.toUpperCase()).fetch()).address).toBe(address)
    expect(await api().addressConfigurations(address).update({ friendlyName: 'Renamed' })).toMatchObject({ sid, friendlyName: 'Renamed' })
    expect((await api().addressConfigurations(sid).update({ friendlyName: '' })).friendlyName).toBeNull()
    expect(await api().addressConfigurations(address).remove()).toBe(true)
    for (const gone of [sid, address]) {
      const missing = { status: 404, code: 20404 }
      await expect(api().addressConfigurations(gone).fetch()).rejects.toMatchObject(missing)
      await expect(api().addressConfigurations(gone).update({ friendlyName: 'x' })).rejects.toMatchObject(missing)
      await expect(api().addressConfigurations(gone).remove()).rejects.toMatchObject(missing)
    }
    // The address is free again.
    await expect(api().addressConfigurations.create({ type: 'whatsapp', address })).resolves.toMatchObject({ address })
  })

  it('has only what its type has, and keeps what is not changed', async () => {
    const { sid } = await api().addressConfigurations.create({
      type: 'sms',
      address: phone(),
      'autoCreation.enabled': true,
      'autoCreation.type': 'webhook',
      'autoCreation.webhookUrl': 'https://example.com/1',
      'autoCreation.webhookFilters': ['onMessageAdded'],
    })
    const change = async (changes: object) => (await api().addressConfigurations(sid).update(changes)).autoCreation
    expect(await change({ 'autoCreation.webhookUrl': 'https://example.com/2' })).toEqual({
      enabled: true,
      type: 'webhook',
      webhook_url: 'https://example.com/2',
      webhook_method: 'POST',
      webhook_filters: ['onMessageAdded'],
    })
    expect(await change({ 'autoCreation.type': 'studio', 'autoCreation.studioFlowSid': flow, 'autoCreation.studioRetryCount': 3 })).toEqual(
      {
        enabled: true,
        type: 'studio',
        studio_flow_sid: flow,
        studio_retry_count: 3,
      },
    )
    expect(await change({ 'autoCreation.enabled': false, 'autoCreation.type': 'default' })).toEqual({ enabled: false, type: 'default' })
  })

  it('is one for each address of an account, whoever is first', async () => {
    const address = phone()
    const make = () => ask(parley(), path, { form: { Type: 'sms', Address: address } })
    const answers = await Promise.all([make(), make(), make()])
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const [made, refused] = [201, 409].map((status) => answers.find((answer) => answer.status === status))
    expect(refused?.json).toMatchObject({ code: 20409, message: `Address ${address} is configured as ${made?.json.sid}` })

    const other = helper(parley(), await anotherAccount(parley())).conversations.v1
    await expect(other.addressConfigurations(address).fetch()).rejects.toMatchObject({ status: 404 })
    await expect(other.addressConfigurations.create({ type: 'sms', address })).resolves.toMatchObject({ address })
  })

  it('is listed, all of them or those of one type', async () => {
    const account = helper(parley(), await anotherAccount(parley())).conversations.v1
    const made = []
    for (let n = 0; n < 3; n++) made.push(await account.addressConfigurations.create({ type: 'sms', address: phone() }))
    const mail = await account.addressConfigurations.create({ type: 'email', address: 'inbox@example.com' })
    const listed = await account.addressConfigurations.list({ pageSize: 2 })
    expect(listed.map(({ sid }) => sid)).toEqual([...made, mail].map(({ sid }) => sid))
    expect((await account.addressConfigurations.list({ type: 'sms', pageSize: 2 })).map(({ sid }) => sid)).toEqual(
      made.map(({ sid }) => sid),
    )
    expect((await account.addressConfigurations.list({ type: 'Email' })).map(({ sid }) => sid)).toEqual([mail.sid])
  })

  it.each([
    ['apple', 'urn:mbid:AQAAYyUbut6E4B3T9FLv5EbG'],
    ['sms', '12345'],
    ['messenger', 'messenger:1'],
    ['rcs', 'rcs:brand'],
    ['gbm', 'gbm:brand'],
    ['chat', 'desk'],
  ])('takes an address of type %s', async (Type, Address) => {
    expect(await ask(parley(), path, { form: { Type, Address } })).toMatchObject({ status: 201, json: { type: Type, address: Address } })
  })

  const webhook = { Type: 'sms', 'AutoCreation.Type': 'webhook' }
  it.each([
    ['without a type', { Address: '+15550700001' }, 20001],
    ['with a type that does not exist', { Type: 'fax', Address: '+15550700001' }, 20001],
    ['without an address', { Type: 'sms' }, 20001],
    ['with an empty address', { Type: 'sms', Address: '' }, 50411],
    ['with an address of another type', { Type: 'sms', Address: 'whatsapp:+15550700001' }, 50407],
    ['with what is no address', { Type: 'sms', Address: 'nobody' }, 50407],
    ['with an address that is too long', { Type: 'chat', Address: 'a'.repeat(257) }, 50407],
    ['with a name that is too long', { Type: 'sms', Address: '+15550700001', FriendlyName: 'n'.repeat(257) }, 50003],
    ['with a country that is none', { Type: 'sms', Address: '12345', AddressCountry: 'Canada' }, 20001],
    ['with a flag that is none', { Type: 'sms', Address: '+15550700001', 'AutoCreation.Enabled': 'maybe' }, 20001],
    ['with a type of conversations that does not exist', { Type: 'sms', Address: '+15550700001', 'AutoCreation.Type': 'flow' }, 20001],
    ['with a webhook without a URL', { ...webhook, Address: '+15550700001' }, 50369],
    ['with an empty URL', { ...webhook, Address: '+15550700001', 'AutoCreation.WebhookUrl': '' }, 50369],
    ['with what is no URL', { ...webhook, Address: '+15550700001', 'AutoCreation.WebhookUrl': 'javascript:alert(1)' }, 50054],
    [
      'with a URL that is too long',
      { ...webhook, Address: '+15550700001', 'AutoCreation.WebhookUrl': `https://e.com/${'u'.repeat(500)}` },
      50372,
    ],
    ['with a method that is none', { ...webhook, Address: '+15550700001', 'AutoCreation.WebhookMethod': 'PUT' }, 50055],
    ['with an event that does not exist', { ...webhook, Address: '+15550700001', 'AutoCreation.WebhookFilters': 'onRain' }, 50365],
    ['with a flow that is missing', { Type: 'sms', Address: '+15550700001', 'AutoCreation.Type': 'studio' }, 50367],
    ['with a flow that is none', { Type: 'sms', Address: '+15550700001', 'AutoCreation.StudioFlowSid': 'FW1' }, 50367],
    ['with too many retries', { Type: 'sms', Address: '+15550700001', 'AutoCreation.StudioRetryCount': '4' }, 20001],
  ])('is not made %s', async (_, form, code) => {
    expect(await ask(parley(), path, { form: form as Record<string, string> })).toMatchObject({ status: 400, json: { status: 400, code } })
    await expect(api().addressConfigurations('+15550700001').fetch()).rejects.toMatchObject({ status: 404 })
  })

  it('names no service of another account', async () => {
    const theirs = await helper(parley(), await anotherAccount(parley())).conversations.v1.services.create({ friendlyName: 'Theirs' })
    for (const service of [theirs.sid, `IS${'0'.repeat(32)}`])
      await expect(
        api().addressConfigurations.create({ type: 'sms', address: phone(), 'autoCreation.conversationServiceSid': service }),
      ).rejects.toMatchObject({ status: 404, code: 50050, details: { field: 'AutoCreation.ConversationServiceSid' } })
  })
})
