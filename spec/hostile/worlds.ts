import twilio from 'twilio'
import type { Parley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { ask, helper, type Login } from '../support/rest.ts'

/**
 * What somebody has in one service: a thing of every kind. All worlds use the same identities and unique names, so that whatever finds a thing by
 * its name alone finds one of the wrong world.
 */
export interface World {
  login: Login
  sids: Record<WorldlyThing, string>
  /** Nobody outside may ever read any of these: SIDs, and texts that stand in things of this world and nowhere else. */
  secrets: string[]
  /** A token for an identity of this world. */
  token(identity: string): string
  /** Changes something of every kind, as its owner. */
  stir(): Promise<void>
  /** Everything there is, as its owner reads it. */
  inventory(): Promise<unknown>
  /** Ends its connection. */
  leave(): Promise<void>
}

export const worldlyThings = [
  'account_sid',
  'key_sid',
  'service',
  'conversation',
  'participant',
  'message',
  'phone',
  'receipt',
  'media',
  'user',
  'role',
  /** Of the account, whatever the service. */
  'content',
  'address_configuration',
  'webhook',
  'delivery',
  'job',
  'credential',
  'binding',
  /** Of somebody who is connected all the time. */
  'connection',
  /** Another conversation of the same service, which alice takes no part in. */
  'private_conversation',
  'private_participant',
  'private_message',
] as const
export type WorldlyThing = (typeof worldlyThings)[number]

export const sharedNames = {
  conversation: 'the conversation',
  private_conversation: 'the private conversation',
  user: 'alice',
  participant: 'alice',
} as const

let numbers = 0

/** Furnishes a service: the account's default one, or a new one. */
export async function furnish(parley: Parley, login: Login, name: string, place: 'default' | 'new'): Promise<World> {
  const client = helper(parley, login)
  const api = client.conversations.v1
  const service =
    place === 'default'
      ? (await api.configuration().fetch()).defaultChatServiceSid
      : (await api.services.create({ friendlyName: `secret service of ${name}` })).sid
  const here = api.services(service)
  const attributes = JSON.stringify({ note: `secret attributes of ${name}` })
  const key = await client.api.v2010.accounts(login.account_sid).newKeys.create({ friendlyName: `secret key of ${name}` })

  const role = await here.roles.create({ friendlyName: `secret role of ${name}`, type: 'conversation', permission: ['sendMessage'] })
  const address = await api.addressConfigurations.create({
    type: 'chat',
    address: `secret address ${service} of ${name}`,
    friendlyName: `secret configuration of ${name}`,
  })
  const conversation = await here.conversations.create({
    uniqueName: sharedNames.conversation,
    friendlyName: `secret talk of ${name}`,
    attributes,
  })
  const inside = here.conversations(conversation.sid)
  const [alice] = [
    await inside.participants.create({ identity: 'alice', attributes }),
    await inside.participants.create({ identity: 'bob' }),
  ]
  await here.users('alice').update({ friendlyName: `secret name of ${name}`, attributes })
  const message = await inside.messages.create({ author: 'bob', body: `secret words of ${name}`, attributes })
  const number = () => `+1666${String(++numbers).padStart(7, '0')}`
  const phone = await inside.participants.create({ 'messagingBinding.address': number(), 'messagingBinding.proxyAddress': number() })
  const report = { ParticipantSid: phone.sid, ChannelMessageSid: `SM${'0'.repeat(32)}`, Status: 'sent' }
  const receipt = (await ask(parley, `${message.url}/Receipts`, { login, form: report })).json.sid
  const content = await client.content.v1.contents.create({
    friendly_name: 'a template',
    language: 'en',
    types: { 'twilio/text': { body: 'Hello' } },
  } as never)
  const media = await upload(parley, login, service, `secret file of ${name}`)
  const webhook = await inside.webhooks.create({
    target: 'webhook',
    'configuration.url': 'https://hooks.example.org',
    'configuration.filters': ['onConversationRemoved'],
  })

  const hidden = await here.conversations.create({ uniqueName: sharedNames.private_conversation, friendlyName: `private talk of ${name}` })
  const inHidden = here.conversations(hidden.sid)
  const carol = await inHidden.participants.create({
    identity: 'carol',
    attributes: JSON.stringify({ note: `private attributes of ${name}` }),
  })
  const whisper = await inHidden.messages.create({ author: 'carol', body: `private words of ${name}` })

  const credential = await client.conversations.v1.credentials.create({ type: 'fcm', friendlyName: `secret credential of ${name}` })
  const token = (identity: string) => {
    const made = new twilio.jwt.AccessToken(login.account_sid, key.sid, key.secret, { identity, ttl: 3_600 })
    made.addGrant(new twilio.jwt.AccessToken.ChatGrant({ serviceSid: service, pushCredentialSid: credential.sid }))
    return made.toJwt()
  }
  const user = await here.users('alice').fetch()
  const binding = await register(parley, token('alice'), `device of ${user.sid}`)
  const watcher = await RawClient.start(parley.socketUrl, token('watcher'))
  const connected = await ask(parley, `/v1/Connections?Identity=watcher&ChatServiceSid=${service}`, { login })

  const sids = {
    account_sid: login.account_sid,
    key_sid: key.sid,
    service,
    conversation: conversation.sid,
    participant: alice.sid,
    message: message.sid,
    phone: phone.sid,
    receipt,
    media,
    user: user.sid,
    role: role.sid,
    content: content.sid,
    address_configuration: address.sid,
    webhook: webhook.sid,
    delivery: `WD${message.sid.slice(2)}`,
    job: `JB${message.sid.slice(2)}`,
    credential: credential.sid,
    binding,
    connection: connected.json.connections[0].sid,
    private_conversation: hidden.sid,
    private_participant: carol.sid,
    private_message: whisper.sid,
  }
  // What belongs to the whole account is no secret of one service.
  const shared = [login.account_sid, content.sid]
  const secrets = [...Object.values(sids), key.secret, `of ${name}`].filter((secret) => !shared.includes(secret))

  let stirred = 0
  const stir = async () => {
    const text = `secret change ${++stirred} of ${name}`
    await inside.messages.create({ author: 'alice', body: text })
    await inside.messages(message.sid).update({ attributes: JSON.stringify({ text }) })
    await inside.participants(alice.sid).update({ attributes: JSON.stringify({ text }) })
    await inside.update({ friendlyName: text })
    await here.users('alice').update({ friendlyName: text })
    await inHidden.messages.create({ author: 'carol', body: text })
    await inHidden.participants(carol.sid).update({ attributes: JSON.stringify({ text }) })
    await inHidden.update({ friendlyName: text })
    const { sid } = await inside.participants.create({ identity: `visitor ${stirred} of ${name}` })
    await inside.participants(sid).remove()
  }

  const inventory = async () => {
    const read = async (path: string) => (await ask(parley, path, { login })).json
    const root = `/v1/Services/${service}`
    const { conversations } = await read(`${root}/Conversations?PageSize=100`)
    const insides = conversations.flatMap(({ sid }: { sid: string }) => [
      `Conversations/${sid}/Messages`,
      `Conversations/${sid}/Participants`,
      `Conversations/${sid}/Webhooks`,
    ])
    insides.push(`Conversations/${conversation.sid}/Messages/${message.sid}/Receipts`)
    const configurations = ['Configuration', 'Configuration/Webhooks', 'Configuration/Notifications']
    const paths = [...configurations, 'Bindings', 'Roles', 'Users', 'Conversations', ...insides].map(
      (path) => `${root}/${path}?PageSize=100`,
    )
    const account = `/2010-04-01/Accounts/${login.account_sid}`
    const own = [
      `/v1/Connections/${sids.connection}`,
      '/v1/Configuration',
      '/v1/Configuration/Webhooks',
      '/v1/Configuration/Addresses',
      '/v1/Credentials',
    ]
    const [connection, ...others] = await Promise.all([...own, ...paths, `${account}.json`, `${account}/Keys.json`].map(read))
    // When it was last heard of changes by itself.
    return [connection.sid, ...others]
  }

  return {
    login,
    sids,
    secrets,
    stir,
    inventory,
    token,
    async leave() {
      watcher.socket.terminate()
      await watcher.closed
    },
  }
}

async function upload({ url }: Parley, { username, password }: Login, service: string, text: string): Promise<string> {
  const response = await fetch(`${url}/v1/Services/${service}/Media?Filename=secret.txt`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${username}:${password}`)}`, 'content-type': 'text/plain' },
    body: text,
  })
  return ((await response.json()) as { sid: string }).sid
}

/** A device of somebody, registered as an app does it. */
async function register({ socketUrl }: Parley, token: string, registration_id: string): Promise<string> {
  const client = await RawClient.start(socketUrl, token)
  const { body } = await client.request('POST', '/v1/registrations', { body: { channel_type: 'fcm', data: { registration_id } } })
  client.socket.terminate()
  await client.closed
  return (body as { id: string }).id
}
