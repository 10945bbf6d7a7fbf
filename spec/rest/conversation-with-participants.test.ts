import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'
import { Apps, olderSdk, sdkVersions } from '../support/sdk.ts'
import { eventually } from '../support/until.ts'

describe.each(databases)('a conversation with participants, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const path = '/v1/ConversationWithParticipants'

  let used = 0
  const name = (prefix: string) => `${prefix}-${++used}`
  const phone = () => `+1555080${1_000 + ++used}`
  const proxy = '+15550900000'
  const pair = (address: string) => ({ messaging_binding: { address, proxy_address: proxy } })

  const form = (participants: unknown[], more: Record<string, string> = {}): [string, string][] => [
    ...Object.entries(more),
    ...participants.map((one): [string, string] => ['Participant', typeof one === 'string' ? one : JSON.stringify(one)]),
  ]
  const make = (participants: unknown[], more?: Record<string, string>) => ask(parley(), path, { form: form(participants, more) })
  const settled = (sid: string) =>
    eventually(`the end of ${sid}’s beginning`, async () => {
      const found = await api().conversations(sid).fetch()
      return found.state === 'initializing' ? undefined : found
    })

  it('is answered at once, and filled by and by', async () => {
    const [alice, address] = [name('alice'), phone()]
    const uniqueName = name('with')
    const role = (await api().roles.list()).find(({ friendlyName }) => friendlyName === 'channel admin')?.sid
    const { status, json } = await make([{ identity: alice, attributes: '{"a":1}', role_sid: role }, pair(address)], {
      FriendlyName: 'With people',
      UniqueName: uniqueName,
      Attributes: '{"topic":1}',
      'Timers.Inactive': 'PT5M',
    })
    expect(status).toBe(202)
    const url = `${parley().url}/v1/Conversations/${json.sid}`
    expect(json).toEqual({
      sid: expect.stringMatching(/^CH[0-9a-f]{32}$/),
      account_sid: parley().credentials.account_sid,
      chat_service_sid: parley().credentials.service_sid,
      messaging_service_sid: expect.stringMatching(/^MG/),
      friendly_name: 'With people',
      unique_name: uniqueName,
      attributes: '{"topic":1}',
      state: 'initializing',
      date_created: expect.stringMatching(/Z$/),
      date_updated: json.date_created,
      timers: {},
      bindings: {},
      url,
      links: { participants: `${url}/Participants`, messages: `${url}/Messages`, webhooks: `${url}/Webhooks` },
    })

    expect(await settled(json.sid)).toMatchObject({ state: 'active', timers: { date_inactive: expect.any(String) } })
    const participants = await api().conversations(uniqueName).participants.list()
    expect(participants.map((one) => [one.identity, one.messagingBinding, one.attributes])).toEqual([
      [alice, null, '{"a":1}'],
      [null, { type: 'sms', address, proxy_address: proxy }, '{}'],
    ])
    expect(participants[0]?.roleSid).toBe(role)
  })

  it('may be inactive in the end, and belong to the service in the path', async () => {
    const { sid: service } = await api().services.create({ friendlyName: 'There' })
    const identity = name('there')
    const { status, json } = await ask(parley(), `/v1/Services/${service}/ConversationWithParticipants`, {
      form: form([{ identity }], { State: 'inactive' }),
    })
    expect(status).toBe(202)
    expect(json).toMatchObject({ chat_service_sid: service, url: `${parley().url}/v1/Services/${service}/Conversations/${json.sid}` })
    const place = api().services(service).conversations(json.sid)
    await eventually('its state', async () => ((await place.fetch()).state === 'inactive' ? true : undefined))
    expect((await place.participants.list()).map((one) => one.identity)).toEqual([identity])
  })

  it('is made by the helper library, which takes either answer', async () => {
    const some = await api().conversationWithParticipants.create({ participant: [JSON.stringify({ identity: name('lib') })] })
    expect(some.state).toBe('initializing')
    expect((await settled(some.sid)).state).toBe('active')
    const nobody = await api().conversationWithParticipants.create({ friendlyName: 'Nobody', state: 'inactive' })
    expect(nobody).toMatchObject({ state: 'inactive', friendlyName: 'Nobody' })
    expect(await ask(parley(), path, { method: 'POST' })).toMatchObject({ status: 201, json: { state: 'active' } })
  })

  it('takes ten', async () => {
    const ten = Array.from({ length: 10 }, () => ({ identity: name('one of ten') }))
    const { json } = await make(ten)
    await settled(json.sid)
    expect(await api().conversations(json.sid).participants.list()).toHaveLength(10)
  })

  it.each([
    ['eleven people', () => Array.from({ length: 11 }, () => ({ identity: name('i') })), {}, 400, 50426],
    ['what is no JSON', () => ['{'], {}, 400, 20001],
    ['a list', () => ['[]'], {}, 400, 20001],
    ['nobody at all', () => [{}], {}, 400, 50204],
    ['an identity and an address', () => [{ identity: 'i', messaging_binding: { address: phone() } }], {}, 400, 50211],
    ['what is no address', () => [{ messaging_binding: { address: 'x', proxy_address: proxy } }], {}, 400, 50407],
    ['attributes that are no JSON', () => [{ identity: 'i', attributes: '{' }], {}, 400, 50304],
    ['a role that does not exist', () => [{ identity: 'i', role_sid: `RL${'0'.repeat(32)}` }], {}, 404, 50109],
    ['the same person twice', () => [{ identity: 'i' }, { identity: 'j' }, { identity: 'i' }], {}, 409, 50433],
    ['the same address twice', () => [pair('+15550800001'), pair('+15550800001')], {}, 409, 50416],
    ['a name that is too long', () => [{ identity: 'i' }], { FriendlyName: 'n'.repeat(257) }, 400, 50003],
    ['the end as its beginning', () => [{ identity: 'i' }], { State: 'closed' }, 400, 50384],
  ] as const)('is not made at all with %s', async (_, participants, more, status, code) => {
    const uniqueName = name('not made')
    expect(
      await make([{ identity: name('good') }, ...participants()].slice(code === 50426 ? 1 : 0), { UniqueName: uniqueName, ...more }),
    ).toMatchObject({
      status,
      json: { code },
    })
    await expect(api().conversations(uniqueName).fetch()).rejects.toMatchObject({ status: 404 })
  })

  it('is not made with an address pair that is taken, or under a name that is', async () => {
    const address = phone()
    const holder = await api().conversations.create({ uniqueName: name('holder') })
    await api()
      .conversations(holder.sid)
      .participants.create({ 'messagingBinding.address': address, 'messagingBinding.proxyAddress': proxy })
    expect(await make([{ identity: 'i' }, pair(address)])).toMatchObject({
      status: 409,
      json: { code: 50416, message: `A binding for this participant and proxy address already exists in Conversation ${holder.sid}` },
    })
    expect(await make([{ identity: 'i' }], { UniqueName: holder.uniqueName })).toMatchObject({ status: 409, json: { code: 50353 } })
  })

  it('is closed when others were faster: of many with the same address one is opened', async () => {
    const address = phone()
    const made = await Promise.all(Array.from({ length: 6 }, () => make([{ identity: name('racer') }, pair(address)])))
    const accepted = made.filter(({ status }) => status === 202)
    const refused = made.filter(({ status }) => status !== 202)
    expect(refused.every(({ status, json }) => status === 409 && json.code === 50416)).toBe(true)
    const states = await Promise.all(accepted.map(async ({ json }) => (await settled(json.sid)).state))
    expect(states.filter((state) => state === 'active')).toHaveLength(1)
    expect(states.filter((state) => state === 'closed')).toHaveLength(accepted.length - 1)
  })

  it.each([...sdkVersions, olderSdk] as const)(
    'hears nobody while it is initializing, and is seen by its people as it comes to be, with SDK %s',
    async (version) => {
      const apps = new Apps()
      try {
        const identity = name('watcher')
        const app = await apps.start({ version, identity, uri: parley().socketUrl, token: parley().token(identity) })
        const { json } = await make([{ identity }, { identity: name('other') }], { FriendlyName: 'Growing' })
        const joined = await app.conversation(json.sid)
        await app.sees('an open conversation', () => (joined.state?.current === 'active' ? true : undefined))
        expect((await joined.getParticipants()).length).toBe(2)
        expect(await joined.sendMessage('hello')).toBe(0)
      } finally {
        await apps.stopAll()
      }
    },
  )
})

describe.each(databases)('a conversation that is being built, on %s', (database) => {
  const parley = sharedParley({ database })

  it('refuses changes with 50391, and goes on after a crash', async () => {
    const server = parley()
    const { conversations } = server.conversations
    const participant = Array.from({ length: 10 }, (_, n) => JSON.stringify({ identity: `built-${n}` }))
    const refusals: unknown[] = []
    let built = ''
    // Whether a change comes in time is a matter of luck: it is tried until one does.
    await eventually('a change that comes too early', async () => {
      const { sid } = await server.conversations.conversationWithParticipants.create({ participant })
      built = sid
      const changes = await Promise.allSettled([
        conversations(sid).update({ friendlyName: 'early' }),
        conversations(sid).participants.create({ identity: 'early' }),
        conversations(sid).messages.create({ body: 'early' }),
      ])
      for (const change of changes) if (change.status === 'rejected') refusals.push(change.reason)
      return refusals.length > 0 ? true : undefined
    })
    for (const refusal of refusals) expect(refusal).toMatchObject({ status: 409, code: 50391 })

    const last = await server.conversations.conversationWithParticipants.create({ participant })
    await server.restart()
    for (const sid of [built, last.sid]) {
      await eventually('an open conversation', async () => ((await conversations(sid).fetch()).state === 'active' ? true : undefined))
      const people = (await conversations(sid).participants.list()).map(({ identity }) => identity)
      expect(people.filter((identity) => identity.startsWith('built-'))).toHaveLength(10)
    }
  })
})
