import { describe, expect, it } from 'vitest'
import { databases, type Parley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'
import { onEveryStage } from '../support/stage.ts'

const bindingsOf = ({ parley }: { parley: Parley }, ...identity: string[]) =>
  helper(parley).conversations.v1.services(parley.credentials.service_sid).bindings.list({ identity })

onEveryStage('A device', (stage) => {
  it('is registered by its app, and is a binding of its user', async () => {
    const [fcm, apn] = [stage.name('fcm-token'), stage.name('apn-token')]
    const app = await stage.connect()
    await app.client.setPushRegistrationId('fcm', fcm)
    await app.client.setPushRegistrationId('apn', apn)
    const bindings = await bindingsOf(stage, app.identity)
    expect(bindings.map(({ bindingType, endpoint }) => [bindingType, endpoint]).sort()).toEqual([
      ['apn', apn],
      ['fcm', fcm],
    ])
    expect(bindings[0]).toMatchObject({
      accountSid: stage.parley.credentials.account_sid,
      chatServiceSid: stage.parley.credentials.service_sid,
      identity: app.identity,
      credentialSid: null,
      messageTypes: ['new_message', 'added_to_conversation', 'removed_from_conversation'],
    })
  })

  it('gets another token, and is let go of', async () => {
    const [first, second] = [stage.name('first'), stage.name('second')]
    const app = await stage.connect()
    const endpoints = async () => (await bindingsOf(stage, app.identity)).map(({ endpoint }) => endpoint)
    await app.client.setPushRegistrationId('fcm', first)
    await app.client.setPushRegistrationId('fcm', second)
    expect(await endpoints()).toEqual([second])
    await app.client.unsetPushRegistrationId('fcm')
    expect(await endpoints()).toEqual([])
    await app.client.setPushRegistrationId('fcm', first)
    await app.client.removePushRegistrations('fcm', first)
    expect(await endpoints()).toEqual([])
    await app.client.removePushRegistrations('fcm', 'never registered')
  })

  it('is bound to whoever uses it last', async () => {
    const token = stage.name('shared phone')
    const [alice, bob] = [await stage.connect(), await stage.connect()]
    await alice.client.setPushRegistrationId('fcm', token)
    const [before] = await bindingsOf(stage, alice.identity)
    await bob.client.setPushRegistrationId('fcm', token)
    expect(await bindingsOf(stage, alice.identity)).toEqual([])
    expect((await bindingsOf(stage, bob.identity)).map(({ sid, endpoint }) => [sid, endpoint])).toEqual([[before?.sid, token]])
    // It is not hers any more to let go of.
    await alice.client.removePushRegistrations('fcm', token)
    expect(await bindingsOf(stage, bob.identity)).toHaveLength(1)
  })
})

onEveryStage('A user with a device', (stage) => {
  it('is notifiable, and apps hear of it, where the service wants to know', async () => {
    const { parley } = stage
    const api = helper(parley).conversations.v1
    const configuration = api.services(parley.credentials.service_sid).configuration()
    await configuration.update({ reachabilityEnabled: true })
    const talk = await stage.talk('alice', 'bob')
    const seen = await talk.bob.app.client.getUser(talk.alice.identity)
    expect(seen.isNotifiable).toBe(false)
    await talk.alice.app.client.setPushRegistrationId('fcm', stage.name('token'))
    await talk.bob.app.sees('that alice is notifiable', () => seen.isNotifiable || undefined)
    const notifiable = talk.bob.app.all('userUpdated').filter(({ updateReasons }) => updateReasons.includes('reachabilityNotifiable'))
    expect(notifiable.length).toBeGreaterThan(0)
    expect((await api.users(talk.alice.identity).fetch()).isNotifiable).toBe(true)
    await talk.alice.app.client.unsetPushRegistrationId('fcm')
    await talk.bob.app.sees('that alice is not notifiable', () => (seen.isNotifiable ? undefined : true))
    await configuration.update({ reachabilityEnabled: false })
    expect((await api.users(talk.alice.identity).fetch()).isNotifiable).toBeNull()
  })
})

let names = 0
const name = (prefix: string) => `${prefix} ${++names}`

describe.each(databases)('A registration over a connection, on %s', (database) => {
  const parley = sharedParley({ database })
  const registrations = '/v1/registrations'
  const connect = (identity: string) => RawClient.start(parley().socketUrl, parley().token(identity))

  it('takes what it can use of what it is given', async () => {
    const identity = name('raw')
    const client = await connect(identity)
    const register = (body: unknown) => client.post(registrations, body)
    const good = { channel_type: 'FCM', message_types: ['twilio.conversations.new_message', 'twilio.ipmsg.typing_indicator', 7] }
    const made = await register({ ...good, data: { registration_id: name('raw-token') } })
    expect(made).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^BS[0-9a-f]{32}$/) } })
    expect((await bindingsOf({ parley: parley() }, identity))[0]).toMatchObject({ sid: made.body.id, messageTypes: ['new_message'] })

    for (const body of [
      {},
      { channel_type: 'fcm' },
      { channel_type: 'fcm', data: {} },
      { channel_type: 'fcm', data: { registration_id: '' } },
      { channel_type: 'fcm', data: { registration_id: 'x'.repeat(2_049) } },
      { channel_type: 'fcm', data: { registration_id: 'a\0b' } },
      { channel_type: 'sms', data: { registration_id: 'x' } },
      { channel_type: 'webpush', data: { registration_id: 'https://push.example.com/x' } },
      {
        channel_type: 'webpush',
        data: { registration_id: 'javascript:alert(1)', keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) } },
      },
      {
        channel_type: 'webpush',
        data: { registration_id: 'https://push.example.com/x', keys: { p256dh: 'short', auth: 'A'.repeat(22) } },
      },
    ])
      expect((await register(body)).status).toBe(400)
    expect(await bindingsOf({ parley: parley() }, identity)).toHaveLength(1)
    await client.close()
  })

  it('of one device at a time by many ends as one binding', async () => {
    const token = name('contended')
    const clients = await Promise.all([1, 2, 3, 4].map((n) => connect(name(`racer ${n}`))))
    const body = { channel_type: 'fcm', data: { registration_id: token } }
    const answers = await Promise.all(clients.flatMap((client) => [1, 2, 3].map(() => client.post(registrations, body))))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    await Promise.all(clients.map((client) => client.close()))
  })

  it('makes room when a user has too many', async () => {
    const identity = name('collector')
    const client = await connect(identity)
    for (let n = 0; n < 52; n++) await client.post(registrations, { channel_type: 'fcm', data: { registration_id: `${identity} ${n}` } })
    const endpoints = (await bindingsOf({ parley: parley() }, identity)).map(({ endpoint }) => endpoint)
    expect(endpoints).toHaveLength(50)
    expect(endpoints).not.toContain(`${identity} 1`)
    expect(endpoints).toContain(`${identity} 51`)
    await client.close()
  })

  it('is listed by type and identity, page by page, fetched and deleted by REST', async () => {
    const [one, other] = [name('one'), name('other')]
    for (const [identity, types] of [
      [one, ['fcm', 'apn']],
      [other, ['fcm']],
    ] as const) {
      const client = await connect(identity)
      for (const channel_type of types) await client.post(registrations, { channel_type, data: { registration_id: name('t') } })
      await client.close()
    }
    const service = helper(parley()).conversations.v1.services(parley().credentials.service_sid)
    const told = (bindings: { identity: string; bindingType: string }[]) => bindings.map((b) => `${b.identity} ${b.bindingType}`).sort()
    expect(told(await bindingsOf({ parley: parley() }, one, other))).toEqual([`${one} apn`, `${one} fcm`, `${other} fcm`])
    expect(told(await service.bindings.list({ identity: [one, other], bindingType: ['fcm'] }))).toEqual([`${one} fcm`, `${other} fcm`])
    const apn = await service.bindings.list({ bindingType: ['apn'] })
    expect(told(apn)).toContain(`${one} apn`)
    expect(new Set(apn.map(({ bindingType }) => bindingType))).toEqual(new Set(['apn']))
    const both = await service.bindings.list({ bindingType: ['apn', 'fcm'], pageSize: 2 })
    expect(told(both)).toEqual(expect.arrayContaining([`${one} apn`, `${one} fcm`, `${other} fcm`]))
    expect(await service.bindings.list({ bindingType: ['twilsock'] })).toEqual([])
    expect((await ask(parley(), `/v1/Services/${parley().credentials.service_sid}/Bindings?BindingType=pager`)).status).toBe(400)

    const pages: string[] = []
    let page = await service.bindings.page({ identity: [one, other], pageSize: 2 })
    pages.push(...page.instances.map(({ sid }) => sid))
    page = (await page.nextPage()) as typeof page
    pages.push(...page.instances.map(({ sid }) => sid))
    expect(new Set(pages).size).toBe(3)

    const sid = pages[0] as string
    expect((await service.bindings(sid).fetch()).sid).toBe(sid)
    expect(await service.bindings(sid).remove()).toBe(true)
    await expect(service.bindings(sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
  })

  it('is gone with its user', async () => {
    const identity = name('leaver')
    const client = await connect(identity)
    await client.post(registrations, { channel_type: 'fcm', data: { registration_id: name('t') } })
    await helper(parley()).conversations.v1.users(identity).remove()
    expect(await bindingsOf({ parley: parley() }, identity)).toEqual([])
  })
})
