import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Parley, startParley } from '../support/parley.ts'
import { ask } from '../support/rest.ts'
import { App } from '../support/sdk.ts'
import { eventually } from '../support/until.ts'

const example = fileURLToPath(new URL('../../examples/webhooks/server.js', import.meta.url))

/** The example as anybody starts it. */
async function startExample(parley: Parley): Promise<{ url: string; said: string[]; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [example], {
    env: {
      ...process.env,
      PARLEY_URL: parley.url,
      PARLEY_ACCOUNT_SID: parley.credentials.account_sid,
      PARLEY_AUTH_TOKEN: parley.credentials.auth_token,
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  const stop = async () => {
    if (child.exitCode === null && child.kill()) await once(child, 'exit')
  }
  const url = await eventually('the example to be ready', () => /http\S+/.exec(said[0] ?? '')?.[0])
  return { url, said, stop }
}

describe('the example of a receiver', () => {
  let parley: Parley
  let receiver: Awaited<ReturnType<typeof startExample>>
  let app: App
  beforeAll(async () => {
    parley = await startParley()
    receiver = await startExample(parley)
    await parley.conversations
      .services(parley.credentials.service_sid)
      .configuration.webhooks()
      .update({
        preWebhookUrl: `${receiver.url}/before`,
        postWebhookUrl: `${receiver.url}/chat`,
        filters: ['onMessageAdd', 'onConversationAdded'],
      })
    app = new App({ version: '3.0.1', uri: parley.socketUrl, identity: 'alice', token: parley.token('alice') })
    await app.hears('initialized')
  })
  afterAll(async () => {
    await app?.client.shutdown()
    await receiver?.stop()
    await parley?.close()
  })

  it('adds an agent to every new conversation, masks a word, and refuses advertising', async () => {
    const conversation = await app.client.createConversation({ friendlyName: 'Help' })
    await conversation.join()
    const people = await eventually('the agent to be there', async () => {
      const found = await parley.conversations.conversations(conversation.sid).participants.list()
      return found.length === 2 ? found.map(({ identity }) => identity) : undefined
    })
    expect(people.toSorted()).toEqual(['agent', 'alice'])

    await conversation.sendMessage('that darn printer')
    await expect(conversation.sendMessage('buy my SPAM')).rejects.toThrow()
    const messages = await parley.conversations.conversations(conversation.sid).messages.list()
    expect(messages.map(({ body }) => body)).toEqual(['that **** printer'])
  })

  it('lets nobody in who does not have the auth token', async () => {
    const forged = await fetch(`${receiver.url}/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'forged' },
      body: 'EventType=onConversationAdded',
    })
    expect(forged.status).toBe(403)
  })

  it('writes down what became of messages', async () => {
    const { sid } = await parley.conversations.conversations.create()
    const conversation = parley.conversations.conversations(sid)
    await conversation.webhooks.create({
      target: 'webhook',
      'configuration.url': `${receiver.url}/outbound-status`,
      'configuration.filters': ['onDeliveryUpdated'],
    })
    const binding = { 'messagingBinding.address': '+15550001111', 'messagingBinding.proxyAddress': '+15550002222' }
    const { sid: phone } = await conversation.participants.create(binding)
    const message = await conversation.messages.create({ body: 'hello', author: 'system' })
    const report = { ParticipantSid: phone, ChannelMessageSid: `SM${'1'.repeat(32)}`, Status: 'delivered' }
    await ask(parley, `/v1/Conversations/${sid}/Messages/${message.sid}/Receipts`, { form: report })
    await eventually('a line about the message', () => receiver.said.find((line) => line === `${message.sid} for ${phone}: delivered`))
  })
})
