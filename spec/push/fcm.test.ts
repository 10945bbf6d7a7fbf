import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mediaService } from '../support/media.ts'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { fcmError, Google, serviceAccount } from '../support/push-providers.ts'
import { memberships, messages, pushStage } from '../support/push-stage.ts'
import { ask } from '../support/rest.ts'
import { sdkOf, sdkVersions } from '../support/sdk.ts'
import { eventually } from '../support/until.ts'

describe.each(databases)('pushes through FCM, on %s', (database) => {
  let parley: Parley
  let google: Google
  const stage = pushStage(() => parley)

  beforeAll(async () => {
    google = await Google.open()
    parley = await startParley({ database, settings: google.settings })
    await stage.api().credentials.create({ type: 'fcm', secret: serviceAccount().secret })
    await stage.configure(messages)
  })
  afterAll(async () => {
    await parley.close()
    await google[Symbol.asyncDispose]()
  })

  it('tell everybody in a conversation but the author of a new message, and every SDK reads them', async () => {
    const [alice, bob, carol] = [stage.name('alice'), stage.name('bob'), stage.name('carol')]
    const devices = { alice: await stage.device(alice), bob: await stage.device(bob), carol: await stage.device(carol) }
    const second = await stage.device(bob)
    const sid = await stage.conversation(alice, bob, carol)
    const { friendlyName } = await stage.api().conversations(sid).fetch()
    google.arrivals.forget()
    const message = await stage.say(sid, alice, 'hello')

    const { payload } = await google.pushTo(devices.bob)
    await google.pushTo(second)
    await google.pushTo(devices.carol)
    expect(Object.values(payload.data).every((value) => typeof value === 'string')).toBe(true)
    expect(payload).toMatchObject({
      android: { priority: 'HIGH' },
      apns: { payload: { aps: { alert: `${friendlyName}:${alice}: hello` } } },
    })
    for (const version of sdkVersions) {
      const read = sdkOf(version).parsePushNotification({ data: payload.data })
      expect({ ...read, data: { ...read.data } }).toMatchObject({
        type: 'twilio.conversations.new_message',
        title: null,
        body: `${friendlyName}:${alice}: hello`,
        sound: null,
        data: { conversationSid: sid, conversationTitle: friendlyName, messageSid: message.sid, messageIndex: 0 },
      })
    }
    await stage.logged(carol, ({ state }) => state === 'sent')
    expect(google.pushesTo(devices.alice)).toEqual([])
    expect(google.pushesTo(devices.bob)).toHaveLength(1)
    expect(await stage.pushes(alice)).toEqual([])
  })

  it('tell who is added and who is removed by somebody else, and every SDK reads them', async () => {
    await stage.configure(memberships(true))
    const bob = stage.name('bob')
    const token = await stage.device(bob)
    const sid = await stage.conversation()
    google.arrivals.forget()
    await stage.api().conversations(sid).participants.create({ identity: bob })
    const added = await google.pushTo(token)
    google.arrivals.forget()
    await stage.api().conversations(sid).participants(bob).remove()
    const removed = await google.pushTo(token)
    const { friendlyName } = await stage.api().conversations(sid).fetch()
    for (const version of sdkVersions) {
      expect(sdkOf(version).parsePushNotification({ data: added.payload.data })).toMatchObject({
        type: 'twilio.conversations.added_to_conversation',
        body: `You have been added to the conversation ${friendlyName} by system`,
        data: { conversationSid: sid, conversationTitle: friendlyName },
      })
      expect(sdkOf(version).parsePushNotification({ data: removed.payload.data })).toMatchObject({
        type: 'twilio.conversations.removed_from_conversation',
        body: `system has removed you from the conversation ${friendlyName}`,
        data: { conversationSid: sid },
      })
    }
    await stage.configure(memberships(false))
  })

  it('tell of files', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const token = await stage.device(bob)
    const sid = await stage.conversation(alice, bob)
    const uploaded = await mediaService(parley).post('a picture', { type: 'image/png', filename: 'parrot.png' })
    const { sid: media } = (await uploaded.json()) as { sid: string }
    await stage.api().conversations(sid).messages.create({ author: alice, mediaSid: media })
    const { payload } = await google.pushTo(token)
    const read = sdkOf('3.0.1').parsePushNotification({ data: payload.data })
    expect(read.body).toMatch(/with 1 media files: parrot\.png$/)
    expect(read.data).toMatchObject({ mediaCount: 1 })
    expect(JSON.parse(payload.data.media)).toMatchObject({ sid: media, filename: 'parrot.png' })
  })

  it('say what the service wants said, in its words and with its sound', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const token = await stage.device(bob)
    const sid = await stage.conversation(alice, bob)
    await stage.api().users(alice).update({ friendlyName: 'Alice' })
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of ours
    await stage.configure({ 'NewMessage.Template': '${PARTICIPANT}: ${MESSAGE} (${WHAT})', 'NewMessage.Sound': 'ring', LogEnabled: 'true' })
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is none
    await stage.say(sid, alice, 'I am ${PARTICIPANT}')
    const { payload } = await google.pushTo(token)
    // biome-ignore lint/suspicious/noTemplateCurlyInString: neither of them was filled
    expect(payload.data).toMatchObject({ twi_body: 'Alice: I am ${PARTICIPANT} (${WHAT})', twi_sound: 'ring' })
    const logged = await stage.logged(bob, ({ state }) => state === 'sent')
    expect(JSON.parse(logged.payload ?? '').message.data.twi_sound).toBe('ring')
    await stage.configure({ 'NewMessage.Template': '', 'NewMessage.Sound': '', LogEnabled: 'false' })
  })

  it('go only to devices that asked for them, and not to who has muted the conversation', async () => {
    const [alice, bob, carol, dave] = [stage.name('alice'), stage.name('bob'), stage.name('carol'), stage.name('dave')]
    const muted = await stage.device(bob)
    const picky = await stage.device(carol, 'fcm', { message_types: ['twilio.conversations.added_to_conversation'] })
    const token = await stage.device(dave)
    const sid = await stage.conversation(alice, bob, carol, dave)
    await stage.api().users(bob).userConversations(sid).update({ notificationLevel: 'muted' })
    google.arrivals.forget()
    const message = await stage.say(sid, alice, 'psst')
    await google.pushTo(token)
    await stage.logged(dave, ({ state }) => state === 'sent')
    expect([...google.pushesTo(muted), ...google.pushesTo(picky)]).toEqual([])
    expect(await stage.explain(bob, message.sid)).toMatchObject({ reached: false, obstacles: [{ reason: 'muted' }] })
    expect(await stage.explain(carol, message.sid)).toMatchObject({
      reached: false,
      obstacles: [],
      bindings: [{ reached: false, obstacles: [{ reason: 'type-not-wanted' }] }],
    })
    expect(await stage.explain(alice, message.sid)).toMatchObject({
      reached: false,
      obstacles: [{ reason: 'author' }, { reason: 'no-binding' }],
    })
    expect(await stage.explain(dave, message.sid)).toMatchObject({
      reached: true,
      bindings: [{ reached: true }],
      pushes: [{ state: 'sent' }],
    })
  })

  it('are not sent while somebody is there, and follow when it turns out that nobody was', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const token = stage.name('token')
    const body = { channel_type: 'fcm', data: { registration_id: token } }
    const client = await stage.connect(bob, body)
    const sid = await stage.conversation(alice, bob)
    const message = await stage.say(sid, alice, 'are you there?')
    expect(await stage.explain(bob, message.sid)).toMatchObject({ reached: false, bindings: [{ obstacles: [{ reason: 'online' }] }] })
    await stage.logged(bob, ({ state }) => state === 'waiting')
    await parley.clock.advance(66_000)
    expect(await stage.logged(bob, ({ state }) => state !== 'waiting')).toMatchObject({ state: 'skipped', reason: 'online' })
    expect(google.pushesTo(token)).toEqual([])

    await stage.say(sid, alice, 'still there?')
    await stage.logged(bob, ({ state }) => state === 'waiting')
    await client.close()
    await stage.offline(bob)
    await parley.clock.advance(66_000)
    expect((await google.pushTo(token)).payload.data.message_index).toBe('1')
    expect(google.pushesTo(token)).toHaveLength(1)
  })

  it('go to the device that is away, while another of the same person is there', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const away = await stage.device(bob)
    const here = stage.name('token')
    const client = await stage.connect(bob, { channel_type: 'fcm', data: { registration_id: here } })
    const sid = await stage.conversation(alice, bob)
    const message = await stage.say(sid, alice, 'wherever you are')
    await google.pushTo(away)
    expect((await stage.explain(bob, message.sid)).bindings.map((one: { reached: boolean }) => one.reached).toSorted()).toEqual([
      false,
      true,
    ])
    expect(google.pushesTo(here)).toEqual([])
    await client.close()
  })

  it('are not sent when what they tell was read meanwhile', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const token = stage.name('token')
    const client = await stage.connect(bob, { channel_type: 'fcm', data: { registration_id: token } })
    const sid = await stage.conversation(alice, bob)
    await stage.say(sid, alice, 'read me')
    await stage.logged(bob, ({ state }) => state === 'waiting')
    await stage.api().users(bob).userConversations(sid).update({ lastReadMessageIndex: 0 })
    await client.close()
    await stage.offline(bob)
    await parley.clock.advance(66_000)
    expect(await stage.logged(bob, ({ state }) => state !== 'waiting')).toMatchObject({ state: 'skipped', reason: 'read' })
    expect(google.pushesTo(token)).toEqual([])
  })

  it('say what is so when they are sent: a new text, and nothing of what was deleted or erased meanwhile', async () => {
    const [alice, mallory, bob] = [stage.name('alice'), stage.name('mallory'), stage.name('bob')]
    const token = stage.name('token')
    const client = await stage.connect(bob, { channel_type: 'fcm', data: { registration_id: token } })
    const [edited, deleted, erased] = await Promise.all([
      stage.conversation(alice, bob),
      stage.conversation(alice, bob),
      stage.conversation(mallory, bob),
    ])
    const said = [
      await stage.say(edited, alice, 'frist'),
      await stage.say(deleted, alice, 'slip of the tongue'),
      await stage.say(erased, mallory, 'secret of mallory'),
    ]
    await eventually('all to wait for their turn', async () => {
      const waiting = (await stage.pushes(bob)).filter(({ state }) => state === 'waiting')
      return waiting.length === said.length ? true : undefined
    })
    await stage
      .api()
      .conversations(edited)
      .messages(said[0]?.sid ?? '')
      .update({ body: 'first' })
    await stage
      .api()
      .conversations(deleted)
      .messages(said[1]?.sid ?? '')
      .remove()
    const erasure = (await ask(parley, `${stage.service()}/Users/${mallory}/Erasure`, { method: 'POST' })).json
    await eventually('the erasure', async () => (await ask(parley, erasure.url.slice(parley.url.length))).json.date_completed ?? undefined)
    await client.close()
    await stage.offline(bob)
    await parley.clock.advance(66_000)
    await google.pushTo(token)
    const log = await eventually('all to be dealt with', async () => {
      const pushes = await stage.pushes(bob)
      return pushes.some(({ state }) => state === 'waiting') ? undefined : pushes
    })
    expect(log.map(({ state, reason }) => [state, reason])).toEqual([
      ['skipped', 'removed'],
      ['sent', null],
    ])
    expect(google.pushesTo(token).map(({ payload }) => payload.data.twi_body)).toEqual([expect.stringMatching(/: first$/)])
  })

  it.each([
    ['is not registered any more', fcmError(404, 'UNREGISTERED'), 'unregistered'],
    ['belongs to another project', fcmError(403, 'SENDER_ID_MISMATCH'), 'address-refused'],
  ])('end for a device that %s', async (_, said, reason) => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const token = await stage.device(bob)
    const sid = await stage.conversation(alice, bob)
    google.say(said)
    await stage.say(sid, alice, 'hello?')
    expect(await stage.logged(bob, ({ state }) => state !== 'waiting')).toMatchObject({
      state: 'failed',
      reason,
      provider_status: said.status,
    })
    expect(
      await stage
        .api()
        .services(parley.credentials.service_sid)
        .bindings.list({ identity: [bob] }),
    ).toEqual([])
    await stage.say(sid, alice, 'hello??')
    expect(google.pushesTo(token)).toHaveLength(1)
    expect(await stage.explain(bob)).toMatchObject({ reached: false, obstacles: [{ reason: 'no-binding' }] })
  })

  it('are tried again when Google has no time, not before it says so', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const token = await stage.device(bob)
    const sid = await stage.conversation(alice, bob)
    google.say({ status: 503, headers: { 'retry-after': '120' } }, fcmError(500, 'INTERNAL'))
    await stage.say(sid, alice, 'once more')
    await stage.logged(bob, ({ attempts }) => attempts === 1)
    await parley.clock.advance(100_000)
    expect(google.pushesTo(token)).toHaveLength(1)
    await parley.clock.advance(21_000)
    await stage.logged(bob, ({ attempts }) => attempts === 2)
    await parley.clock.advance(60_000)
    expect(await stage.logged(bob, ({ state }) => state === 'sent')).toMatchObject({ attempts: 3, provider_status: 200 })
    expect(
      google
        .pushesTo(token)
        .map(({ payload }) => payload.data.twi_body)
        .every((body) => body.endsWith('once more')),
    ).toBe(true)
  })

  it('are given up when they are no news any more', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    await stage.device(bob)
    const sid = await stage.conversation(alice, bob)
    google.say({ status: 503, headers: { 'retry-after': '3700' } })
    await stage.say(sid, alice, 'old')
    await stage.logged(bob, ({ attempts }) => attempts === 1)
    await parley.clock.advance(3_710_000)
    expect(await stage.logged(bob, ({ state }) => state !== 'waiting')).toMatchObject({ state: 'skipped', reason: 'expired' })
  })

  it('share a token of Google, and get another when it ends before its time', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    await stage.device(bob)
    const sid = await stage.conversation(alice, bob)
    await stage.say(sid, alice, 'one')
    await stage.logged(bob, ({ state }) => state === 'sent')
    const before = google.handedOut
    google.forgetTokens()
    await stage.say(sid, alice, 'two')
    await stage.logged(bob, ({ state, attempts }) => state === 'sent' && attempts === 1)
    await google.arrivals.first('two', ({ payload }) => payload.data.twi_body.endsWith('two'))
    expect(google.handedOut).toBe(before + 1)
  })

  it('tell the operator when Google refuses the credential, until it is changed', async () => {
    const bob = stage.name('bob')
    await stage.device(bob)
    const service = stage.service()
    const [credential] = await stage.api().credentials.list()
    const [binding] = await stage
      .api()
      .services(parley.credentials.service_sid)
      .bindings.list({ identity: [bob] })
    google.say({ status: 403, body: { error: { status: 'PERMISSION_DENIED' } } })
    const test = () => ask(parley, `${service}/Bindings/${binding?.sid}/Test`, { form: { Body: 'knock knock' } })
    expect((await test()).json).toMatchObject({ state: 'failed', reason: 'credential-refused', provider_status: 403 })
    expect(await stage.explain(bob)).toMatchObject({ bindings: [{ obstacles: [{ reason: 'credential-refused' }] }] })
    const check = `/v1/Credentials/${credential?.sid}/Check`
    expect((await ask(parley, check)).json).toMatchObject({ complete: true, refusal: expect.stringContaining('PERMISSION_DENIED') })

    const good = await test()
    expect(good).toMatchObject({
      status: 201,
      json: { state: 'sent', reason: null, provider_status: 200, provider_id: 'projects/parley-test/messages/1' },
    })
    const { message } = JSON.parse(good.json.payload)
    expect(sdkOf('3.0.1').parsePushNotification({ data: message.data })).toMatchObject({ body: 'knock knock' })
    expect((await ask(parley, check)).json.refusal).toBeNull()
  })

  it('are logged, page by page, the latest first', async () => {
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    await stage.device(bob)
    const sid = await stage.conversation(alice, bob)
    const sent = []
    for (const body of ['1', '2', '3']) sent.push(await stage.say(sid, alice, body))
    await stage.logged(bob, ({ message_type, state }) => message_type === 'new_message' && state === 'sent')
    const list = async (query: string) => (await ask(parley, `${stage.service()}/Pushes?${query}`)).json
    const first = await list(`Identity=${bob}&PageSize=2`)
    const second = (await ask(parley, first.meta.next_page_url)).json
    const sids = [...first.pushes, ...second.pushes].map((push: { sid: string }) => push.sid)
    expect(sids).toEqual(sids.toSorted().reverse())
    const messages = [...first.pushes, ...second.pushes].map((push: { message_sid: string }) => push.message_sid)
    expect(messages.slice(0, 3)).toEqual(sent.map((message) => message.sid).reverse())
    const ofMessage = await list(`MessageSid=${sent[0]?.sid}`)
    expect(ofMessage.pushes).toMatchObject([{ identity: bob, message_sid: sent[0]?.sid, state: 'sent', payload: null }])
    expect((await ask(parley, ofMessage.pushes[0].url)).json).toEqual(ofMessage.pushes[0])
    expect((await ask(parley, `${stage.service()}/Pushes/PN${'0'.repeat(32)}`)).status).toBe(404)
    expect((await ask(parley, `${stage.service()}/Pushes/Explanation`)).status).toBe(400)
    expect((await ask(parley, `${stage.service()}/Pushes/Explanation?Identity=nobody`)).status).toBe(404)
  })
})

describe.each(databases)('pushes that were not sent when the server ended, on %s', (database) => {
  it('are sent by the next one', async () => {
    await using google = await Google.open()
    await using parley = await startParley({ database, settings: google.settings })
    const stage = pushStage(() => parley)
    await stage.api().credentials.create({ type: 'fcm', secret: serviceAccount().secret })
    await stage.configure(messages)
    const [alice, bob] = [stage.name('alice'), stage.name('bob')]
    const token = await stage.device(bob)
    const sid = await stage.conversation(alice, bob)
    google.arrivals.forget()
    google.say({ status: 503, headers: { 'retry-after': '30' } })
    await stage.say(sid, alice, 'after all')
    await stage.logged(bob, ({ attempts, message_type }) => message_type === 'new_message' && attempts === 1)
    await parley.restart()
    await parley.clock.advance(31_000)
    await stage.logged(bob, ({ state }) => state === 'sent')
    expect(google.pushesTo(token)).toHaveLength(2)
  })
})
