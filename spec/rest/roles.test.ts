import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('roles, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1

  it('are four in a new service', async () => {
    const { sid } = await api().services.create({ friendlyName: 'New' })
    const roles = await api().services(sid).roles.list()
    expect(roles.map((role) => `${role.friendlyName} (${role.type})`).sort()).toEqual([
      'channel admin (conversation)',
      'channel user (conversation)',
      'service admin (service)',
      'service user (service)',
    ])
    const user = roles.find((role) => role.friendlyName === 'service user')
    expect(user?.permissions.sort()).toEqual(['createConversation', 'editOwnUserInfo', 'joinConversation'])
  })

  it('are made, fetched, changed and deleted', async () => {
    const { status, json } = await ask(parley(), '/v1/Roles', {
      form: [
        ['FriendlyName', 'r'.repeat(256)],
        ['Type', 'Conversation'],
        ['Permission', 'sendMessage'],
        ['Permission', 'leaveConversation'],
        ['Permission', 'sendMessage'],
      ],
    })
    expect(status).toBe(201)
    expect(json).toEqual({
      sid: expect.stringMatching(/^RL[0-9a-f]{32}$/),
      account_sid: parley().credentials.account_sid,
      chat_service_sid: parley().credentials.service_sid,
      friendly_name: 'r'.repeat(256),
      type: 'conversation',
      permissions: ['sendMessage', 'leaveConversation'],
      date_created: expect.stringMatching(/Z$/),
      date_updated: json.date_created,
      url: `${parley().url}/v1/Roles/${json.sid}`,
    })

    const role = api().roles(json.sid)
    expect((await role.fetch()).permissions).toEqual(['sendMessage', 'leaveConversation'])
    expect((await role.update({ permission: ['deleteOwnMessage'] })).permissions).toEqual(['deleteOwnMessage'])
    expect((await role.fetch()).permissions).toEqual(['deleteOwnMessage'])
    expect(await role.remove()).toBe(true)
    const gone = { status: 404, code: 20404, message: `The requested resource /Roles/${json.sid} was not found` }
    await expect(role.fetch()).rejects.toMatchObject(gone)
    await expect(role.update({ permission: ['sendMessage'] })).rejects.toMatchObject(gone)
    await expect(role.remove()).rejects.toMatchObject(gone)
  })

  it.each([
    ['without a name', { Type: 'service', Permission: 'joinConversation' }, 50000],
    ['with an empty name', { FriendlyName: '', Type: 'service', Permission: 'joinConversation' }, 50000],
    ['with a name of 257 characters', { FriendlyName: 'r'.repeat(257), Type: 'service', Permission: 'joinConversation' }, 50003],
    ['without a type', { FriendlyName: 'r', Permission: 'joinConversation' }, 50105],
    ['with a type that does not exist', { FriendlyName: 'r', Type: 'deployment', Permission: 'joinConversation' }, 50105],
    ['without a permission', { FriendlyName: 'r', Type: 'service' }, 20001],
    ['with a permission that does not exist', { FriendlyName: 'r', Type: 'service', Permission: 'fly' }, 50104],
    ['with an empty permission', { FriendlyName: 'r', Type: 'service', Permission: '' }, 50104],
  ])('are not made %s', async (_, form: Record<string, string>, code) => {
    expect(await ask(parley(), '/v1/Roles', { form })).toMatchObject({ status: 400, json: { status: 400, code } })
  })

  it('are not changed to nothing, or to a permission that does not exist', async () => {
    const { url } = await api().roles.create({ friendlyName: 'r', type: 'service', permission: ['joinConversation'] })
    expect(await ask(parley(), url, { method: 'POST' })).toMatchObject({ status: 400, json: { code: 20001 } })
    expect(await ask(parley(), url, { form: { Permission: 'fly' } })).toMatchObject({ status: 400, json: { code: 50104 } })
  })

  it('are not deleted while somebody holds them, or the service gives them to others', async () => {
    const held = await api().roles.create({ friendlyName: 'held', type: 'service', permission: ['joinConversation'] })
    await api().users.create({ identity: 'holder', roleSid: held.sid })
    await expect(api().roles(held.sid).remove()).rejects.toMatchObject({ status: 409, code: 20409, message: `Role ${held.sid} is in use` })
    await api().users('holder').remove()
    expect(await api().roles(held.sid).remove()).toBe(true)

    const [first] = await api().roles.list()
    const { defaultChatServiceRoleSid } = await api()
      .services(first?.chatServiceSid ?? '')
      .configuration()
      .fetch()
    await expect(api().roles(defaultChatServiceRoleSid).remove()).rejects.toMatchObject({ status: 409 })
  })

  it('belong to the service that the path names', async () => {
    const { sid: service } = await api().services.create({ friendlyName: 'Other' })
    const { roles } = api().services(service)
    const role = await roles.create({ friendlyName: 'there', type: 'service', permission: ['joinConversation'] })
    expect(role).toMatchObject({ chatServiceSid: service, url: `${parley().url}/v1/Services/${service}/Roles/${role.sid}` })
    await expect(api().roles(role.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(
      api()
        .roles(role.sid)
        .update({ permission: ['joinConversation'] }),
    ).rejects.toMatchObject({ status: 404 })
    await expect(api().roles(role.sid).remove()).rejects.toMatchObject({ status: 404 })
    expect((await roles(role.sid).update({ permission: ['createConversation'] })).permissions).toEqual(['createConversation'])
    expect((await roles(role.sid).fetch()).sid).toBe(role.sid)
    expect(await roles(role.sid).remove()).toBe(true)
  })
})
