import { afterEach, describe, expect, it } from 'vitest'
import { RawClient } from '../support/raw-client.ts'
import { onEveryStage } from '../support/stage.ts'

/**
 * What official SDKs stumble over, and the server has to know (wire-protocol §9): here are the ones that no other promise tells of. Joining and
 * sending at once, updates that repeat everything, look-ups that overwrite, percent signs in names, being away while people come and go, pages
 * before events and who is removed are told where they belong.
 */
onEveryStage('The traps of official SDKs', (stage) => {
  const rest = (sid: string) => stage.parley.conversations.conversations(sid)
  const clients: RawClient[] = []
  const speak = async (identity = stage.name('raw')) => {
    const client = await RawClient.start(stage.parley.socketUrl, stage.parley.token(identity))
    clients.push(client)
    return client
  }
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()))
  })

  it('what happens between the first word of an app and its subscriptions is not lost', async () => {
    const identity = stage.name('early')
    const sid = await stage.conversation(identity)
    const app = stage.open(identity)
    await app.hears('stateChanged', (state) => state === 'initialized')
    await rest(sid).messages.create({ body: 'early' })
    await rest(sid).update({ friendlyName: 'early' })
    const second = await stage.conversation(identity)

    await app.hears('conversationJoined', (conversation) => conversation.sid === second)
    const conversation = await app.conversation(sid)
    await app.sees('the message', async () => ((await conversation.getMessages()).items.length === 1 ? true : undefined))
    await app.sees('the name', () => (conversation.friendlyName === 'early' ? true : undefined))
  })

  it('the numbers of events go on where they stood when the server starts again', async () => {
    const identity = stage.name('constant')
    const sid = await stage.conversation(identity)
    const path = `/Client/v2/Services/${stage.parley.credentials.service_sid}/Conversations/${sid}`
    const before = await speak(identity)
    await before.post(`${path}/Messages`, { body: 'one' })
    const roots = [`/v3/Documents/${sid}.channel`, `/v3/Lists/${sid}.messages`, `/v3/Maps/${sid}.roster`]
    const ids = async (client: RawClient) => Promise.all(roots.map(async (root) => (await client.get(root)).body.last_event_id as number))
    const stood = await ids(before)

    await stage.parley.restart()

    const after = await speak(identity)
    expect(await ids(after)).toEqual(stood)
    await after.post(`${path}/Messages`, { body: 'two' })
    await rest(sid).participants.create({ identity: stage.name('guest') })
    for (const [at, id] of (await ids(after)).entries()) expect(id).toBeGreaterThan(stood[at] as number)
  })

  it('everybody in a roster has a type, and chat users an identity', async () => {
    const { app, conversation } = await stage.found('host')
    await rest(conversation.sid).participants.create({
      'messagingBinding.address': stage.phone(),
      'messagingBinding.proxyAddress': '+15005550006',
    })
    const group = await stage.conversation(app.identity)
    await rest(group).participants.create({ 'messagingBinding.projectedAddress': '+15005550006', identity: stage.name('projected') })
    await rest(group).participants.create({ 'messagingBinding.address': stage.phone() })
    const client = await speak(app.identity)
    for (const sid of [conversation.sid, group]) {
      const { items } = (await client.get(`/v3/Maps/${sid}.roster/Items`)).body
      for (const { data } of items) {
        expect(data.type).toMatch(/^(chat|sms)$/)
        expect(typeof data.attributes).toBe('string')
      }
    }
    const opened = await app.conversation(group)
    await app.sees('all three', async () => ((await opened.getParticipants()).length === 3 ? true : undefined))
  })

  it('the pages of one’s own conversations are asked for by their token alone, which remembers the size', async () => {
    const identity = stage.name('many')
    for (let count = 0; count < 7; count++) await stage.conversation(identity)
    const client = await speak(identity)
    const mine = `/Client/v2/Services/${stage.parley.credentials.service_sid}/Users/${identity}/Conversations`
    const sids: string[] = []
    let answer = await client.get(mine, { PageSize: '3' })
    expect(answer.body.meta).toMatchObject({ page_size: 3, previous_token: null })
    for (const size of [3, 3, 1]) {
      expect(answer.body.conversations).toHaveLength(size)
      sids.push(...answer.body.conversations.map((one: { conversation_sid: string }) => one.conversation_sid))
      if (answer.body.meta.next_token === null) break
      answer = await client.get(mine, { PageToken: answer.body.meta.next_token })
    }
    expect(answer.body.meta.next_token).toBeNull()
    expect(new Set(sids).size).toBe(7)
    expect((await client.get(mine, { PageToken: answer.body.meta.previous_token })).body.conversations).toHaveLength(3)
  })

  it('the end of a list is literally null', async () => {
    const client = await speak()
    expect((await client.get('/Client/v2/ContentTemplates', { PageSize: '100' })).body).toMatchObject({
      templates: [],
      meta: { next_token: null },
    })
  })

  it('look-ups answer the whole conversation, with what is the caller’s own', async () => {
    const identity = stage.name('looker')
    const sid = await stage.conversation(identity)
    const uniqueName = stage.name('looked at')
    await rest(sid).update({ uniqueName, attributes: '{"a":1}' })
    await stage.parley.conversations.users(identity).userConversations(sid).update({ notificationLevel: 'muted', lastReadMessageIndex: 0 })
    const client = await speak(identity)
    const service = `/Client/v2/Services/${stage.parley.credentials.service_sid}`
    const whole = {
      sid,
      friendly_name: expect.any(String),
      unique_name: uniqueName,
      attributes: '{"a":1}',
      created_by: 'system',
      date_created: expect.any(String),
      date_updated: expect.any(String),
      status: 'joined',
      notification_level: 'muted',
      messages_count: 0,
      participants_count: 1,
      url: expect.stringMatching(/^https:/),
      links: { messages: expect.stringMatching(/^https:/), participants: expect.stringMatching(/^https:/) },
      sync_objects: { conversation: `${sid}.channel`, messages: `${sid}.messages`, participants: `${sid}.roster` },
    }
    expect((await client.get(`${service}/Conversations/${sid}`)).body).toMatchObject(whole)
    const own = {
      ...whole,
      conversation_sid: sid,
      last_read_message_index: 0,
      last_consumed_message_index: 0,
      unread_messages_count: 0,
      url: expect.stringContaining(`/Users/${identity}/`),
    }
    for (const address of [sid, encodeURIComponent(uniqueName)])
      expect((await client.get(`${service}/Users/${identity}/Conversations/${address}`)).body).toMatchObject(own)
  })

  describe('the configuration', () => {
    it('has every member without which official SDKs do not start, with absolute links', async () => {
      const identity = stage.name('config/ured 50%')
      const client = await speak(identity)
      const { body } = await client.get('/Client/v2/Configuration')
      expect(body).toMatchObject({
        identity,
        options: { reachability_enabled: false, user_infos_to_subscribe: 100, http_cache_interval: expect.stringMatching(/^PT/) },
        sync_objects: { my_conversations: expect.any(String), my_user_info: expect.any(String) },
      })
      const { messages_receipts, ...links } = body.links
      for (const link of Object.values(links)) expect(String(link)).toMatch(/^https?:\/\/[^/]+\/.+/)
      expect(messages_receipts.split('%s')).toHaveLength(3)
      expect(Object.keys(links).toSorted()).toEqual([
        'conversations',
        'current_user',
        'media_service',
        'media_set_service',
        'my_conversations',
        'typing',
        'users',
      ])
    })
  })
})
