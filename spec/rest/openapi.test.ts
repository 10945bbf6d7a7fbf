import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkingClient } from '../support/helper-client.ts'
import { readOpenApi } from '../support/openapi.ts'
import { type Parley, startParley } from '../support/parley.ts'
import { ask } from '../support/rest.ts'
import { Apps } from '../support/sdk.ts'

const openApi = readOpenApi()
// Every other test of this folder compares what it sees, too.
if (!openApi) console.info('PARLEY_REFERENCE names no folder: answers are not compared with the OpenAPI file of the original')

/** The official helper library, which holds each answer against the file, and the operations that it was used for. */
function walker(parley: Parley) {
  const asked = new Set<string>()
  const client = checkingClient()
  const send = client.request.bind(client)
  const request: typeof send = async (options) => {
    const response = await send(options)
    const [method, path] = [options.method.toUpperCase(), new URL(options.uri).pathname]
    const operation = openApi?.find(method, path)
    if (operation) asked.add(operation.id)
    return response
  }
  const { account_sid, auth_token } = parley.credentials
  const rest = twilio(account_sid, auth_token, { httpClient: Object.assign(client, { request }) })
  rest.conversations.baseUrl = parley.url
  return { asked, api: rest.conversations.v1 }
}

describe('all operations of the original', () => {
  let parley: Parley
  const apps = new Apps()
  beforeAll(async () => {
    parley = await startParley()
  })
  afterAll(async () => {
    await apps.stopAll()
    await parley.close()
  })

  it('succeed with the official helper library, and answer what the OpenAPI file says', async () => {
    const { service_sid } = parley.credentials
    const { asked, api } = walker(parley)
    const service = api.services(service_sid)

    // Both places have the same resources, but each has its own types.
    // biome-ignore lint/suspicious/noExplicitAny: see above.
    for (const [at, place] of ([api, service] as any[]).entries()) {
      const { sid } = await place.conversations.create({ friendlyName: 'n', 'timers.inactive': 'PT1M' })
      await place.conversations.list({ state: 'active', limit: 5 })
      const conversation = place.conversations(sid)
      await conversation.fetch()
      await conversation.update({ 'bindings.email.address': 'a@example.org' })
      await place.conversationWithParticipants.create({ participant: [JSON.stringify({ identity: `one-${at}` })] })
      await place.conversationWithParticipants.create({ friendlyName: 'nobody' })

      const alice = await conversation.participants.create({ identity: 'alice' })
      const pair = { 'messagingBinding.address': '+15550100001', 'messagingBinding.proxyAddress': '+15550100002' }
      const phone = await conversation.participants.create(pair)
      await conversation.participants.list()
      await conversation.participants(alice.sid).fetch()
      await conversation.participants(alice.sid).update({ lastReadMessageIndex: 1 })

      const { sid: message } = await conversation.messages.create({ body: 'hello', author: 'alice' })
      await conversation.messages.list()
      await conversation.messages(message).fetch()
      await conversation.messages(message).update({ body: 'changed' })
      const report = { ParticipantSid: phone.sid, ChannelMessageSid: `SM${'a'.repeat(32)}`, Status: 'delivered' }
      const { json: receipt } = await ask(parley, `/v1/Conversations/${sid}/Messages/${message}/Receipts`, { form: report })
      await conversation.messages(message).deliveryReceipts.list()
      await conversation.messages(message).deliveryReceipts(receipt.sid).fetch()

      const hook = { 'configuration.url': 'https://hooks.example.org', 'configuration.filters': ['onConversationRemoved'] }
      const webhook = await conversation.webhooks.create({ target: 'webhook', ...hook })
      await conversation.webhooks.list()
      await conversation.webhooks(webhook.sid).fetch()
      await conversation.webhooks(webhook.sid).update({ 'configuration.method': 'get' })
      await conversation.webhooks(webhook.sid).remove()

      await place.participantConversations.list({ identity: 'alice' })
      await place.participantConversations.list({ address: '+15550100001' })

      const user = await place.users.create({ identity: 'bob' })
      await place.users.list()
      await place.users(user.sid).fetch()
      await place.users(user.sid).update({ friendlyName: 'Bob' })
      await place.users('alice').userConversations.list()
      await place.users('alice').userConversations(sid).fetch()
      await place.users('alice').userConversations(sid).update({ notificationLevel: 'muted' })
      await place.users('alice').userConversations(sid).remove()
      await place.users(user.sid).remove()

      const role = await place.roles.create({ friendlyName: 'r', type: 'service', permission: ['joinConversation'] })
      await place.roles.list()
      await place.roles(role.sid).fetch()
      await place.roles(role.sid).update({ permission: ['createConversation'] })
      await place.roles(role.sid).remove()

      await place.configuration().fetch()
      await place.configuration().update(at === 0 ? { defaultClosedTimer: 'P1D' } : { reachabilityEnabled: true })
      // Before anything is configured, a service answers nulls, as an example of the file has them and its schema has not.
      const webhooks = place.configuration.webhooks()
      await webhooks.update({ filters: ['onUserAdded'] })
      await webhooks.fetch()

      await conversation.messages(message).remove()
      await conversation.participants(phone.sid).remove()
      await conversation.remove()
    }

    const notifications = service.configuration.notifications()
    await notifications.fetch()
    await notifications.update({ 'newMessage.enabled': true, 'newMessage.template': 'new: ${' + 'MESSAGE}' })

    const credential = await api.credentials.create({ type: 'fcm', friendlyName: 'c' })
    await api.credentials.list()
    await api.credentials(credential.sid).fetch()
    await api.credentials(credential.sid).update({ friendlyName: 'renamed' })
    await api.credentials(credential.sid).remove()

    const app = await apps.start({ version: '3.0.1', identity: 'alice', uri: parley.socketUrl, token: parley.token('alice') })
    await app.client.setPushRegistrationId('fcm', 'a-device')
    const [binding] = await service.bindings.list()
    await service.bindings(binding?.sid ?? '').fetch()
    await service.bindings(binding?.sid ?? '').remove()

    const address = await api.addressConfigurations.create({ type: 'sms', address: '+15550100003' })
    await api.addressConfigurations.list()
    await api.addressConfigurations(address.sid).fetch()
    await api.addressConfigurations(address.sid).update({ friendlyName: 'number' })
    await api.addressConfigurations(address.sid).remove()

    const { sid } = await api.services.create({ friendlyName: 's' })
    await api.services.list()
    await api.services(sid).fetch()
    await api.services(sid).remove()

    const operations = (openApi?.operations ?? []).map(({ id }) => id)
    expect([...asked].sort()).toEqual(operations.sort())
    if (openApi) expect(asked.size).toBe(103)
  })
})
