import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('users, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const serviceRole = async () =>
    (await api().roles.create({ friendlyName: 'guest', type: 'service', permission: ['joinConversation'] })).sid

  it('are made with an identity alone', async () => {
    const { status, json } = await ask(parley(), '/v1/Users', { form: { Identity: 'alone' } })
    expect(status).toBe(201)
    const url = `${parley().url}/v1/Users/${json.sid}`
    expect(json).toEqual({
      sid: expect.stringMatching(/^US[0-9a-f]{32}$/),
      account_sid: parley().credentials.account_sid,
      chat_service_sid: parley().credentials.service_sid,
      role_sid: expect.stringMatching(/^RL[0-9a-f]{32}$/),
      identity: 'alone',
      friendly_name: null,
      attributes: '{}',
      is_online: null,
      is_notifiable: null,
      date_created: expect.stringMatching(/Z$/),
      date_updated: json.date_created,
      url,
      links: { user_conversations: `${url}/Conversations` },
    })
  })

  it('are made and changed with every parameter', async () => {
    const roleSid = await serviceRole()
    const made = await api().users.create({
      identity: 'Every Parameter ☕',
      friendlyName: 'E',
      attributes: '{ "a" : 1 }',
      roleSid,
      xTwilioWebhookEnabled: 'true',
    })
    expect(made).toMatchObject({ identity: 'Every Parameter ☕', friendlyName: 'E', attributes: '{ "a" : 1 }', roleSid })

    const other = await serviceRole()
    const changed = await api()
      .users(made.sid)
      .update({ friendlyName: 'F', attributes: '[]', roleSid: other, xTwilioWebhookEnabled: 'false' })
    expect(changed).toMatchObject({ identity: 'Every Parameter ☕', friendlyName: 'F', attributes: '[]', roleSid: other })
    expect(await ask(parley(), made.url, { form: { FriendlyName: '', Attributes: '' } })).toMatchObject({
      status: 200,
      json: { friendly_name: null, attributes: '{}', role_sid: other },
    })
  })

  it.each([
    ['without an identity', {}, 400, 50204],
    ['with an empty identity', { Identity: '' }, 400, 50204],
    ['with an identity of 257 characters', { Identity: 'i'.repeat(257) }, 400, 50207],
    ['with an identity like a SID', { Identity: `US${'A'.repeat(32)}` }, 400, 50206],
    ['with a friendly name of 257 characters', { Identity: 'u', FriendlyName: 'x'.repeat(257) }, 400, 50003],
    ['with attributes that are no JSON', { Identity: 'u', Attributes: 'x' }, 400, 50304],
    ['with attributes of more than 4 KB', { Identity: 'u', Attributes: `"${'a'.repeat(4_095)}"` }, 400, 50303],
    ['with a role that does not exist', { Identity: 'u', RoleSid: `RL${'0'.repeat(32)}` }, 404, 50100],
  ])('are not made %s', async (_, form: Record<string, string>, status, code) => {
    expect(await ask(parley(), '/v1/Users', { method: 'POST', form })).toMatchObject({ status, json: { status, code } })
  })

  it('are not made with a role for conversations', async () => {
    const { sid } = await api().roles.create({ friendlyName: 'r', type: 'conversation', permission: ['sendMessage'] })
    await expect(api().users.create({ identity: 'wrong role', roleSid: sid })).rejects.toMatchObject({
      status: 404,
      code: 50100,
      details: { field: 'RoleSid' },
    })
  })

  it('are not made twice, and case matters', async () => {
    await api().users.create({ identity: 'Twice' })
    await expect(api().users.create({ identity: 'Twice' })).rejects.toMatchObject({
      status: 409,
      code: 50201,
      message: 'User already exists',
    })
    await expect(api().users.create({ identity: 'twice' })).resolves.toMatchObject({ identity: 'twice' })
  })

  it.each(['alice@example.com', 'bob b', 'zoë', 'a+b'])('are found, changed and deleted by the identity %j', async (identity) => {
    const { sid } = await api().users.create({ identity })
    expect((await api().users(identity).fetch()).sid).toBe(sid)
    expect((await api().users(sid).fetch()).identity).toBe(identity)
    expect((await api().users(identity).update({ friendlyName: 'n' })).sid).toBe(sid)
    expect(await api().users(identity).remove({ xTwilioWebhookEnabled: 'true' })).toBe(true)
    await expect(api().users(identity).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(api().users(sid).remove()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(api().users(sid).update({ friendlyName: 'n' })).rejects.toMatchObject({ status: 404, code: 20404 })
  })

  it('leave every conversation when they are deleted, and their messages stay', async () => {
    await api().users.create({ identity: 'gone soon' })
    const made = await Promise.all([1, 2, 3].map(() => api().conversations.create()))
    for (const { sid } of made) await api().conversations(sid).participants.create({ identity: 'gone soon' })
    await api()
      .conversations(made[0]?.sid ?? '')
      .messages.create({ author: 'gone soon', body: 'hello' })
    await api().users('gone soon').remove()
    for (const { sid } of made) expect(await api().conversations(sid).participants.list()).toEqual([])
    expect(
      (
        await api()
          .conversations(made[0]?.sid ?? '')
          .messages.list()
      ).map(({ author }) => author),
    ).toEqual(['gone soon'])
  })

  it('say whether they are there only where the service watches, and never in lists', async () => {
    const { sid: service } = await api().services.create({ friendlyName: 'Watched' })
    const { users, configuration } = api().services(service)
    await users.create({ identity: 'watched' })
    expect(await users('watched').fetch()).toMatchObject({ isOnline: null, isNotifiable: null })
    await configuration().update({ reachabilityEnabled: true })
    expect(await users('watched').fetch()).toMatchObject({ isOnline: false, isNotifiable: false })
    expect(await users('watched').update({ friendlyName: 'W' })).toMatchObject({ isOnline: false })
    expect((await users.list())[0]).toMatchObject({ isOnline: null, isNotifiable: null })
  })

  it('live in the service that the path names', async () => {
    const { sid: service } = await api().services.create({ friendlyName: 'Elsewhere' })
    const here = await api().users.create({ identity: 'same name' })
    const there = await api().services(service).users.create({ identity: 'same name' })
    expect(there.sid).not.toBe(here.sid)
    expect(there).toMatchObject({ chatServiceSid: service, url: `${parley().url}/v1/Services/${service}/Users/${there.sid}` })
    await expect(api().users(there.sid).fetch()).rejects.toMatchObject({ status: 404 })
    await expect(api().services(service).users(here.sid).fetch()).rejects.toMatchObject({ status: 404 })
    expect((await api().services(service).users.list()).map(({ sid }) => sid)).toEqual([there.sid])
    expect((await api().services(service).users(there.sid).update({ friendlyName: 'T' })).friendlyName).toBe('T')
    expect(await api().services(service).users('same name').remove()).toBe(true)
    expect((await api().users('same name').fetch()).sid).toBe(here.sid)
  })
})
