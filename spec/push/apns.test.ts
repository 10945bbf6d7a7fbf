import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate } from '../support/certificates.ts'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { Apple, appleKey } from '../support/push-providers.ts'
import { everything, pushStage } from '../support/push-stage.ts'
import { ask } from '../support/rest.ts'
import { sdkOf, sdkVersions } from '../support/sdk.ts'

describe.each(databases)('pushes through APNs, on %s', (database) => {
  let parley: Parley
  let apple: Apple
  const key = appleKey()
  const stage = pushStage(() => parley)
  const tokenCredential = (privateKey: string) => ({
    Type: 'apn',
    PrivateKey: privateKey,
    KeyId: 'KEY1234567',
    TeamId: 'TEAM123456',
    Topic: 'org.example.chat',
  })

  beforeAll(async () => {
    apple = await Apple.open({ key: key.publicKey })
    parley = await startParley({ database, settings: apple.settings })
    await ask(parley, '/v1/Credentials', { form: tokenCredential(key.privateKey) })
    await stage.configure(everything)
  })
  afterAll(async () => {
    await parley.close()
    await apple[Symbol.asyncDispose]()
  })

  /** Bob with an iPhone, in a conversation with alice. */
  async function talk() {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const token = await stage.device(bob, 'apn')
    const sid = await stage.conversation(alice, bob)
    await apple.pushTo(token)
    await stage.logged(bob, ({ state }) => state === 'sent')
    apple.arrivals.forget()
    return { alice, bob, token, sid }
  }

  it('are signed with a token, say what they are, and every SDK reads them', async () => {
    const { alice, token, sid } = await talk()
    await stage.configure({ 'NewMessage.Sound': 'ring' })
    const message = await stage.say(sid, alice, 'hello')
    const { headers, payload } = await apple.pushTo(token)
    expect(headers).toMatchObject({
      'apns-topic': 'org.example.chat',
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-collapse-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      'apns-expiration': expect.stringMatching(/^\d{10}$/),
    })
    for (const version of sdkVersions) {
      const read = sdkOf(version).parsePushNotification(payload)
      expect({ ...read, data: { ...read.data } }).toMatchObject({
        type: 'twilio.conversations.new_message',
        body: expect.stringMatching(/hello$/),
        sound: 'ring',
        badge: null,
        action: 'twilio.conversations.new_message',
        data: { conversationSid: sid, messageSid: message.sid, messageIndex: 0 },
      })
    }
    await stage.configure({ 'NewMessage.Sound': '' })
  })

  it('count the conversations with unread messages of others', async () => {
    const { alice, bob, token, sid } = await talk()
    await stage.configure({ 'NewMessage.BadgeCountEnabled': 'true' })
    const other = await stage.conversation(alice, bob)
    await stage.say(sid, alice, 'one')
    await apple.arrivals.first('one', ({ payload }) => payload.aps.alert?.endsWith('one') && payload.aps.badge === 1)
    await stage.say(sid, alice, 'two')
    await stage.say(other, bob, 'mine')
    await stage.say(other, alice, 'three')
    const three = await apple.arrivals.first('three', ({ payload }) => payload.aps.alert?.endsWith('three'))
    expect(three.payload.aps.badge).toBe(2)
    await stage.api().users(bob).userConversations(sid).update({ lastReadMessageIndex: 1 })
    await stage.say(other, alice, 'four')
    const four = await apple.arrivals.first('four', ({ payload }) => payload.aps.alert?.endsWith('four'))
    expect(four.payload.aps.badge).toBe(1)
    expect(apple.pushesTo(token).length).toBeGreaterThanOrEqual(4)
    // It falls by itself when the last is read, and nothing is shown.
    await stage.api().conversations(other).participants(bob).update({ lastReadMessageIndex: 2 })
    const silent = await apple.arrivals.first('none', ({ payload }) => payload.aps.badge === 0)
    expect(silent).toMatchObject({ device: token, payload: { aps: { badge: 0 } } })
    expect(Object.keys(silent.payload.aps)).toEqual(['badge'])
    // Whoever reads on without having had anything to read is told nothing.
    apple.arrivals.forget()
    await stage.api().users(bob).userConversations(other).update({ lastReadMessageIndex: 3 })
    await stage.say(other, alice, 'five')
    await stage.say(other, alice, 'six')
    await apple.arrivals.first('six', ({ payload }) => payload.aps.alert?.endsWith('six'))
    expect(apple.pushesTo(token).filter(({ payload }) => payload.aps.alert === undefined)).toEqual([])
    await stage.configure({ 'NewMessage.BadgeCountEnabled': 'false' })
  })

  it.each<[string, (bob: string, sid: string, message: string) => Promise<unknown>]>([
    ['they leave', (bob, sid) => stage.api().users(bob).userConversations(sid).remove()],
    ['they are taken out', (bob, sid) => stage.api().conversations(sid).participants(bob).remove()],
    ['the message is deleted', (_, sid, message) => stage.api().conversations(sid).messages(message).remove()],
    ['the conversation is deleted', (_, sid) => stage.api().conversations(sid).remove()],
    ['its author is erased', (_, sid) => eraseAuthor(sid)],
  ])('tell a smaller number, too, when what was unread is no more: %s', async (_, act) => {
    const { alice, bob, token, sid } = await talk()
    await stage.configure({ 'NewMessage.BadgeCountEnabled': 'true' })
    const other = await stage.conversation('somebody', bob)
    await stage.say(other, 'somebody', 'stays unread')
    const first = await stage.say(sid, alice, 'first')
    const second = await stage.say(sid, alice, 'second')
    await apple.arrivals.first('two', ({ payload }) => payload.aps.alert?.endsWith('second') && payload.aps.badge === 2)
    // As long as something there is unread, the number is the same: nothing is told.
    await stage.api().conversations(sid).messages(first.sid).remove()
    await act(bob, sid, second.sid)
    const silent = await apple.arrivals.first('one', ({ payload }) => payload.aps.alert === undefined)
    expect(silent).toMatchObject({ device: token, payload: { aps: { badge: 1 } } })
    await stage.configure({ 'NewMessage.BadgeCountEnabled': 'false' })
  })

  const eraseAuthor = async (sid: string) => {
    const [{ author } = { author: '' }] = await stage.api().conversations(sid).messages.list()
    return ask(parley, `${stage.service()}/Users/${author}/Erasure`, { method: 'POST' })
  }

  it.each([
    ['was removed from the device', { status: 410, body: { reason: 'Unregistered' } }, 'unregistered'],
    ['has a token that is none', { status: 400, body: { reason: 'BadDeviceToken' } }, 'address-refused'],
    ['is another one', { status: 400, body: { reason: 'DeviceTokenNotForTopic' } }, 'address-refused'],
  ])('end for an app that %s', async (_, said, reason) => {
    const { alice, bob, sid } = await talk()
    apple.say(said)
    await stage.say(sid, alice, 'hello?')
    expect(await stage.logged(bob, ({ state }) => state === 'failed')).toMatchObject({ reason, provider_status: said.status })
    expect(
      await stage
        .api()
        .services(parley.credentials.service_sid)
        .bindings.list({ identity: [bob] }),
    ).toEqual([])
  })

  it('are tried again when Apple is busy, and on another connection when one ends', async () => {
    const { alice, bob, token, sid } = await talk()
    apple.say({ status: 429, body: { reason: 'TooManyRequests' } }, { status: 503 })
    await stage.say(sid, alice, 'patience')
    await stage.logged(bob, ({ attempts, message_type }) => message_type === 'new_message' && attempts === 1)
    await parley.clock.advance(6_000)
    await stage.logged(bob, ({ attempts }) => attempts === 2)
    const before = apple.connections
    apple.goAway()
    await parley.clock.advance(30_000)
    await stage.logged(bob, ({ state }) => state === 'sent')
    expect(apple.pushesTo(token)).toHaveLength(3)
    expect(apple.connections).toBe(before + 1)
  })

  it('say which credential Apple refuses', async () => {
    const { alice, bob, sid } = await talk()
    const [credential] = await stage.api().credentials.list()
    const path = `/v1/Credentials/${credential?.sid}`
    await ask(parley, path, { form: { PrivateKey: appleKey().privateKey } })
    await stage.say(sid, alice, 'hello?')
    expect(await stage.logged(bob, ({ state }) => state === 'failed')).toMatchObject({ reason: 'credential-refused', provider_status: 403 })
    expect((await ask(parley, `${path}/Check`)).json.refusal).toContain('InvalidProviderToken')
    await ask(parley, path, { form: { PrivateKey: key.privateKey } })
    expect((await ask(parley, `${path}/Check`)).json.refusal).toBeNull()
    await stage.say(sid, alice, 'hello again')
    await stage.logged(bob, ({ state }) => state === 'sent')
  })

  it('go with the credential that the token of the app names, and with no other', async () => {
    const { alice, bob, sid } = await talk()
    const { json } = await ask(parley, '/v1/Credentials', { form: { Type: 'apn', FriendlyName: 'second' } })
    const message = await stage.say(sid, alice, 'which one?')
    expect(await stage.logged(bob, ({ state }) => state === 'failed')).toMatchObject({ reason: 'no-credential' })
    expect(await stage.explain(bob, message.sid)).toMatchObject({
      reached: false,
      bindings: [{ obstacles: [{ reason: 'no-credential', explanation: expect.stringContaining('push_credential_sid') }] }],
    })
    await stage.api().credentials(json.sid).remove()
  })
})

describe('pushes through APNs with a certificate', () => {
  it('show it, and go to the app that it names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-apns-'))
    const tls = makeCertificate('api.push.example.com')
    writeFileSync(join(folder, 'ca.pem'), tls.cert)
    const app = makeCertificate('Apple Push Services: org.example.app', 'org.example.app')
    await using apple = await Apple.open({ tls })
    await using parley = await startParley({ settings: { ...apple.settings, PARLEY_PUSH_CA: join(folder, 'ca.pem') } })
    const stage = pushStage(() => parley)
    await stage.api().credentials.create({ type: 'apn', certificate: app.cert, privateKey: app.key })
    await stage.configure(everything)
    const bob = stage.name('bob')
    const token = await stage.device(bob, 'apn')
    await stage.conversation(bob)
    const { headers } = await apple.pushTo(token)
    expect(headers).toMatchObject({ 'apns-topic': 'org.example.app' })
    expect(headers).not.toHaveProperty('authorization')
    await stage.logged(bob, ({ state }) => state === 'sent')
    rmSync(folder, { recursive: true })
  })

  it('need its own key', async () => {
    await using parley = await startParley()
    const [one, other] = [makeCertificate('one', 'org.example.app'), makeCertificate('other')]
    const form = { Type: 'apn', Certificate: one.cert, PrivateKey: other.key }
    const { status, json } = await ask(parley, '/v1/Credentials', { form })
    expect({ status, field: json.details.field }).toEqual({ status: 400, field: 'PrivateKey' })
  })
})
