import { Client } from '@parley/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { Browser } from '../support/push-providers.ts'
import { everything, pushStage } from '../support/push-stage.ts'
import { RawClient } from '../support/raw-client.ts'

describe.each(databases)('pushes to browsers, on %s', (database) => {
  let parley: Parley
  let browser: Browser
  const stage = pushStage(() => parley)

  beforeAll(async () => {
    browser = await Browser.open()
    parley = await startParley({ database, settings: { PARLEY_PUSH_SUBJECT: 'mailto:ops@example.org' } })
    await stage.configure(everything)
  })
  afterAll(async () => {
    await parley.close()
    await browser[Symbol.asyncDispose]()
  })

  /** A page of somebody that has subscribed and was closed. */
  async function page(identity: string, path: string): Promise<void> {
    const client = await Client.create(parley.token(identity), { Twilsock: { uri: parley.socketUrl } })
    await client.setWebPushSubscription(browser.subscribe(client.webPushKey ?? '', path))
    await client.shutdown()
    await stage.offline(identity)
  }

  it('are sealed for the browser, signed for its push service, and our client reads them', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    await page(bob, '/wpush/1')
    const sid = await stage.conversation(alice, bob)
    await browser.pushTo('/wpush/1')
    browser.arrivals.forget()
    await stage.say(sid, alice, 'grüß dich 🦜')
    const { headers, payload } = await browser.pushTo('/wpush/1')
    expect(headers).toMatchObject({
      'content-encoding': 'aes128gcm',
      ttl: '3600',
      urgency: 'high',
      topic: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(Client.parsePushNotification(payload)).toMatchObject({
      type: 'twilio.conversations.new_message',
      body: expect.stringMatching(/grüß dich 🦜$/),
      data: { conversationSid: sid, messageIndex: 0 },
    })
    await stage.logged(bob, ({ state, message_type }) => state === 'sent' && message_type === 'new_message')
  })

  it('end with the subscription', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    await page(bob, '/wpush/2')
    const sid = await stage.conversation(alice, bob)
    await browser.pushTo('/wpush/2')
    browser.say({ status: 410 })
    await stage.say(sid, alice, 'hello?')
    expect(await stage.logged(bob, ({ state }) => state === 'failed')).toMatchObject({ reason: 'unregistered', provider_status: 410 })
    expect(await stage.explain(bob)).toMatchObject({ obstacles: [{ reason: 'no-binding' }] })

    await page(bob, '/wpush/3')
    const client = await Client.create(parley.token(bob), { Twilsock: { uri: parley.socketUrl } })
    await client.removeWebPushSubscription(`${browser.url}/wpush/3`)
    await client.shutdown()
    expect(await stage.explain(bob)).toMatchObject({ obstacles: [{ reason: 'no-binding' }] })
  })

  it('have the same key after a restart, for browsers have subscribed with it', async () => {
    const keyNow = async () => {
      const client = await Client.create(parley.token(stage.name('somebody')), { Twilsock: { uri: parley.socketUrl } })
      const key = client.webPushKey
      await client.shutdown()
      return key
    }
    const before = await keyNow()
    expect(Buffer.from(before ?? '', 'base64url')).toHaveLength(65)
    await parley.restart()
    expect(await keyNow()).toBe(before)
  })
})

describe('a browser’s address, in production', () => {
  it('is a public https one', async () => {
    await using parley = await startParley({ settings: { PARLEY_MODE: 'production' } })
    const client = await RawClient.start(parley.socketUrl, parley.token('mallory'))
    const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') }
    const register = async (registration_id: string) =>
      (await client.post('/v1/registrations', { channel_type: 'webpush', data: { registration_id, keys } })).status
    expect(await register('https://push.example.com/x')).toBe(201)
    for (const address of ['http://push.example.com/x', 'https://127.0.0.1/x', 'https://169.254.169.254/x', 'https://[::1]/x'])
      expect(await register(address)).toBe(400)
    await client.close()
  })
})
