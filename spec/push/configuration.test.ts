import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { serviceAccount } from '../support/push-providers.ts'
import { anotherAccount, ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('credentials for pushes, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1

  it('are made, fetched, changed, listed and deleted, and never show a secret', async () => {
    const { secret } = serviceAccount()
    const made = await api().credentials.create({ type: 'fcm', friendlyName: 'Android', secret })
    expect(made).toMatchObject({
      accountSid: parley().credentials.account_sid,
      friendlyName: 'Android',
      type: 'fcm',
      sandbox: 'False',
      url: `${parley().url}/v1/Credentials/${made.sid}`,
    })
    const credential = api().credentials(made.sid)
    const changed = await credential.update({ friendlyName: 'Phones', sandbox: true })
    expect(changed).toMatchObject({ sid: made.sid, friendlyName: 'Phones', type: 'fcm', sandbox: 'True' })
    expect(await credential.fetch()).toMatchObject({ friendlyName: 'Phones' })
    const { text } = await ask(parley(), '/v1/Credentials')
    expect(text).toContain(made.sid)
    for (const word of ['PRIVATE KEY', 'client_email', 'push@example']) expect(text).not.toContain(word)
    expect(await credential.remove()).toBe(true)
    await expect(credential.fetch()).rejects.toMatchObject({ status: 404, code: 20404 })
    await expect(credential.update({ friendlyName: 'x' })).rejects.toMatchObject({ status: 404 })
    await expect(credential.remove()).rejects.toMatchObject({ status: 404 })
  })

  it('are named by their type in any case, and may be filled later', async () => {
    for (const [type, canonical] of [
      ['GcM', 'gcm'],
      ['FcM', 'fcm'],
      ['APN', 'apn'],
    ])
      expect((await ask(parley(), '/v1/Credentials', { form: { Type: type ?? '' } })).json).toMatchObject({
        type: canonical,
        friendly_name: null,
      })
    // As unmodified apps sent it for years: Google takes it no more, and the check says so.
    expect((await ask(parley(), '/v1/Credentials', { form: { Type: 'fcm', Secret: 'AAAAserver-key' } })).status).toBe(201)
  })

  const ecKey = (curve: string) =>
    generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()

  it.each<[string, Record<string, string>, string]>([
    ['no type', {}, 'Type'],
    ['a type that does not exist', { Type: 'sms' }, 'Type'],
    ['a name of 65 characters', { Type: 'fcm', FriendlyName: 'n'.repeat(65) }, 'FriendlyName'],
    ['a certificate that is none', { Type: 'apn', Certificate: 'hello' }, 'Certificate'],
    ['a key that is none', { Type: 'apn', PrivateKey: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----' }, 'PrivateKey'],
    ['a key that signs no tokens of Apple', { Type: 'apn', PrivateKey: ecKey('secp384r1') }, 'PrivateKey'],
    ['half a service account', { Type: 'fcm', Secret: '{"project_id":"p","client_email":"a@b"}' }, 'Secret'],
    ['a service account that is no JSON', { Type: 'gcm', ApiKey: '{"project_id":' }, 'ApiKey'],
  ])('are refused with %s', async (_, form, field) => {
    const { status, json } = await ask(parley(), '/v1/Credentials', { form })
    expect({ status, field: json.details.field }).toEqual({ status: 400, field })
  })

  it('take the line breaks of a key also as tools write them on one line', async () => {
    const PrivateKey = ecKey('prime256v1').replaceAll('\n', '\\n')
    const { status } = await ask(parley(), '/v1/Credentials', { form: { Type: 'apn', PrivateKey } })
    expect(status).toBe(201)
  })

  it('say what they lack, and when they are complete', async () => {
    const check = async (form: Record<string, string>) => {
      const { json } = await ask(parley(), '/v1/Credentials', { form })
      return (await ask(parley(), `/v1/Credentials/${json.sid}/Check`)).json
    }
    const { secret } = serviceAccount()
    expect(await check({ Type: 'fcm', Secret: secret })).toMatchObject({ complete: true, problem: null, project_id: 'parley-test' })
    expect(await check({ Type: 'gcm', ApiKey: secret })).toMatchObject({ complete: true, method: 'fcm service account' })
    expect(await check({ Type: 'fcm' })).toMatchObject({ complete: false, problem: expect.stringContaining('Secret is missing') })
    expect(await check({ Type: 'fcm', Secret: 'AAAA' })).toMatchObject({ complete: false, problem: expect.stringContaining('server key') })
    const key = { Type: 'apn', PrivateKey: ecKey('prime256v1') }
    expect(await check({ Type: 'apn' })).toMatchObject({ complete: false, problem: expect.stringContaining('PrivateKey is missing') })
    expect(await check({ ...key, KeyId: 'K' })).toMatchObject({
      complete: false,
      problem: expect.stringContaining('TeamId, Topic missing'),
    })
    expect(await check({ ...key, KeyId: 'K', TeamId: 'T', Topic: 'org.example' })).toMatchObject({
      complete: true,
      method: 'apns token',
      key_id: 'K',
      team_id: 'T',
      topic: 'org.example',
    })
  })

  it('belong to the account', async () => {
    const { sid } = await api().credentials.create({ type: 'fcm' })
    const stranger = helper(parley(), await anotherAccount(parley())).conversations.v1
    await expect(stranger.credentials(sid).fetch()).rejects.toMatchObject({ status: 404 })
    expect(await stranger.credentials.list()).toEqual([])
  })
})

describe.each(databases)('what a service pushes, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const newService = async () => (await api().services.create({ friendlyName: 'pushing' })).sid

  it('is nothing, until somebody says so', async () => {
    const service = await newService()
    const configuration = await api().services(service).configuration.notifications().fetch()
    expect(configuration).toMatchObject({ accountSid: parley().credentials.account_sid, chatServiceSid: service, logEnabled: false })
    expect(configuration.newMessage).toMatchObject({
      enabled: false,
      badge_count_enabled: false,
      sound: null,
      with_media: { enabled: false },
    })
    expect(configuration.addedToConversation).toMatchObject({ enabled: false })
    expect(configuration.removedFromConversation).toMatchObject({ enabled: false })
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of ours
    expect(configuration.newMessage.template).toBe('${CONVERSATION}:${PARTICIPANT}: ${MESSAGE}')
  })

  it('is changed field by field, and a template is the default one again when it is emptied', async () => {
    const notifications = api()
      .services(await newService())
      .configuration.notifications()
    const first = await notifications.update({
      logEnabled: true,
      'newMessage.enabled': true,
      'newMessage.template': 'news',
      'newMessage.sound': 'ring',
      'newMessage.badgeCountEnabled': true,
      'newMessage.withMedia.enabled': true,
      'newMessage.withMedia.template': 'pictures',
      'addedToConversation.enabled': true,
      'addedToConversation.sound': 'bell',
      'removedFromConversation.template': 'out',
    })
    expect(first.logEnabled).toBe(true)
    expect(first.newMessage).toEqual({
      enabled: true,
      template: 'news',
      sound: 'ring',
      badge_count_enabled: true,
      with_media: { enabled: true, template: 'pictures' },
    })
    expect(first.addedToConversation).toMatchObject({ enabled: true, sound: 'bell' })
    expect(first.removedFromConversation).toMatchObject({ enabled: false, template: 'out' })
    const second = await notifications.update({ 'newMessage.template': '', 'newMessage.enabled': false })
    expect(second.newMessage).toMatchObject({ enabled: false, sound: 'ring', with_media: { enabled: true, template: 'pictures' } })
    expect(second.newMessage.template).toContain('CONVERSATION')
    expect((await notifications.fetch()).newMessage).toEqual(second.newMessage)
  })

  it.each<[string, Record<string, string>, number]>([
    ['nothing', {}, 20161],
    ['a template that is too long', { 'NewMessage.Template': 't'.repeat(1_025) }, 50058],
    ['a template for media that is too long', { 'NewMessage.WithMedia.Template': 't'.repeat(1_025) }, 50058],
    ['a sound that is too long', { 'AddedToConversation.Sound': 's'.repeat(257) }, 50059],
    ['a word that is neither true nor false', { 'RemovedFromConversation.Enabled': 'perhaps' }, 20001],
  ])('is not changed by %s', async (_, form, code) => {
    const path = `/v1/Services/${parley().credentials.service_sid}/Configuration/Notifications`
    expect(await ask(parley(), path, { form })).toMatchObject({ status: 400, json: { code } })
  })

  it('is configured in a service that the path names, and nowhere else', async () => {
    expect((await ask(parley(), '/v1/Configuration/Notifications')).status).toBe(404)
    expect((await ask(parley(), `/v1/Services/IS${'0'.repeat(32)}/Configuration/Notifications`)).status).toBe(404)
  })
})
