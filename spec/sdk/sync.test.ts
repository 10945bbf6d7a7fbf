import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { RawClient, type SyncEvent, type Wish } from '../support/raw-client.ts'

let names = 0
const newName = (prefix: string) => `${prefix}-${++names}`

/** The Sync objects of a conversation, by what they are. */
const objectsOf = (sid: string) =>
  ({
    document: { name: `${sid}.channel`, sid: `ET${sid.slice(2)}`, path: `/v3/Documents/${sid}.channel`, type: 'document' },
    messages: { name: `${sid}.messages`, sid: `ES${sid.slice(2)}`, path: `/v3/Lists/${sid}.messages`, type: 'list' },
    roster: { name: `${sid}.roster`, sid: `MP${sid.slice(2)}`, path: `/v3/Maps/${sid}.roster`, type: 'map' },
  }) as const

describe.each(databases)('Sync objects, on %s', (database) => {
  let parley: Parley
  const clients: RawClient[] = []
  const start = async (identity: string) => {
    const client = await RawClient.start(parley.socketUrl, parley.token(identity))
    clients.push(client)
    return client
  }
  beforeAll(async () => {
    parley = await startParley({ database })
  })
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()))
  })
  afterAll(() => parley.close())

  const rest = (sid: string) => parley.conversations.conversations(sid)
  const service = () => `/Client/v2/Services/${parley.credentials.service_sid}`

  /** A conversation with these people, each with a connection. */
  async function talk<N extends string>(...prefixes: N[]) {
    const { sid } = await parley.conversations.conversations.create({ friendlyName: 'talk' })
    const people = await Promise.all(
      prefixes.map(async (prefix) => {
        const identity = newName(prefix)
        await rest(sid).participants.create({ identity })
        return [prefix, Object.assign(await start(identity), { identity })] as const
      }),
    )
    const clients = Object.fromEntries(people) as Record<N, RawClient & { identity: string }>
    return { ...clients, sid, ...objectsOf(sid), path: `${service()}/Conversations/${sid}` }
  }
  const send = async (client: RawClient, path: string, ...bodies: string[]) => {
    const answers = await Promise.all(bodies.map((body) => client.post(`${path}/Messages`, { body })))
    for (const { status, body } of answers) if (status !== 201) throw new Error(JSON.stringify(body))
    return answers.map(({ body }) => body as { sid: string; index: number })
  }
  const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `${from + at}`)
  const changesIn = (events: SyncEvent[]) => events.filter(({ event_type }) => !event_type.startsWith('subscription_'))
  const resultOf = (events: SyncEvent[], sid: string) => events.find(({ event }) => event.object_sid === sid) as SyncEvent

  describe('are opened', () => {
    it('by SID and by unique name, with the same answer', async () => {
      const { alice, document, messages, roster } = await talk('alice')
      for (const { path, sid, name } of [document, messages, roster]) {
        const byName = await alice.get(path)
        const bySid = await alice.get(path.replace(name, sid))
        expect(byName).toMatchObject({
          status: 200,
          body: { sid, unique_name: name, last_event_id: expect.any(Number), revision: expect.any(String) },
        })
        expect(bySid).toEqual(byName)
      }
      expect((await alice.get(document.path)).body.data).toMatchObject({ messages: messages.name, roster: roster.name })
      for (const { path } of [messages, roster]) expect((await alice.get(path)).body.links.items).toMatch(/^https:\/\/.+\/Items$/)
    })

    it('by those who take part only; to others they do not exist', async () => {
      const { document, messages, roster } = await talk('alice')
      const stranger = await start(newName('stranger'))
      for (const { path } of [document, messages, roster])
        expect((await stranger.get(path)).body).toMatchObject({ status: 404, code: 54100 })
      for (const { path } of [messages, roster])
        expect((await stranger.get(`${path}/Items`)).body).toMatchObject({ status: 404, code: 54100 })
    })

    it('never when they are of another service', async () => {
      const { document, alice } = await talk('alice')
      const other = await parley.conversations.services.create({ friendlyName: 'Other' })
      const foreigner = await RawClient.start(parley.socketUrl, parley.token(alice.identity, { service_sid: other.sid }))
      clients.push(foreigner)
      expect((await foreigner.get(document.path)).status).toBe(404)
    })

    it('under the right collection only', async () => {
      const { alice, document, messages } = await talk('alice')
      expect((await alice.get(document.path.replace('Documents', 'Maps'))).status).toBe(404)
      expect((await alice.get(messages.path.replace('Lists', 'Documents'))).status).toBe(404)
      expect((await alice.get('/v3/Maps/nothing')).body).toMatchObject({ status: 404, code: 54100 })
    })

    it('when they belong to a user: the list of conversations by that user, the info by everybody', async () => {
      const { alice, bob, sid } = await talk('alice', 'bob')
      const { sync_objects } = (await alice.get('/Client/v2/Configuration')).body
      const mine = `/v3/Maps/${sync_objects.my_conversations}`
      expect((await alice.get(`${mine}/Items`)).body.items).toMatchObject([
        { key: sid, data: { status: 'joined', channel: `${sid}.channel` } },
      ])
      expect((await bob.get(mine)).status).toBe(404)
      expect((await bob.get(`${mine}/Items`)).status).toBe(404)

      const info = await bob.get(`/v3/Maps/${sync_objects.my_user_info}`, { Include: 'items' })
      expect(info.body.items.map((item: { key: string }) => item.key)).toEqual(['attributes', 'friendlyName', 'reachability'])
      expect(info.body.items).toMatchObject([
        { data: { value: '{}' } },
        { data: { value: '' } },
        { data: { online: false, notifiable: false } },
      ])
    })
  })

  describe('have items that are read page by page', () => {
    const indexes = (answer: { body: { items: { index: number }[] } }) => answer.body.items.map((item) => item.index)
    const has = (answer: { body: { meta: Record<string, unknown> } }) => [
      answer.body.meta['previous_token'] !== null,
      answer.body.meta['next_token'] !== null,
    ]

    /** Messages 0 to 24, of which 3, 10, 11 and 24 are gone. */
    async function gapped() {
      const made = await talk('alice')
      const sent = await send(made.alice, made.path, ...numbers(25))
      for (const index of [3, 10, 11, 24]) {
        const { status } = await made.alice.delete(`${made.path}/Messages/${sent.find((message) => message.index === index)?.sid}`)
        expect(status).toBe(204)
      }
      const left = numbers(25)
        .map(Number)
        .filter((index) => ![3, 10, 11, 24].includes(index))
      const items = `${made.messages.path}/Items`
      return { ...made, items, left }
    }

    it('by the newer clients: from an item on, that item included, in both orders', async () => {
      const { alice, items, left } = await gapped()
      const page = (params: Record<string, string>) => alice.get(items, { HideExpired: 'true', ...params })

      const latest = await page({ PageSize: '5', Order: 'desc' })
      expect(indexes(latest)).toEqual([23, 22, 21, 20, 19])
      expect(has(latest)).toEqual([false, true])
      const older = await page({ PageSize: '5', Order: 'desc', From: '19' })
      expect(indexes(older)).toEqual([19, 18, 17, 16, 15])
      expect(has(older)).toEqual([true, true])
      expect(indexes(await page({ PageSize: '4', Order: 'asc', From: '9' }))).toEqual([9, 12, 13, 14])
      expect(indexes(await page({ PageSize: '3', Order: 'asc', From: '10' }))).toEqual([12, 13, 14])
      expect(indexes(await page({ PageSize: '3', Order: 'desc', From: '11' }))).toEqual([9, 8, 7])
      expect(indexes(await page({ PageSize: '100', Order: 'asc' }))).toEqual(left)
      const last = await page({ PageSize: '5', Order: 'asc', From: '22' })
      expect(indexes(last)).toEqual([22, 23])
      expect(has(last)).toEqual([true, false])
      expect(indexes(await page({ PageSize: '5', Order: 'desc', From: '999' }))).toEqual([23, 22, 21, 20, 19])
      const behind = await page({ PageSize: '5', Order: 'asc', From: '999' })
      expect([indexes(behind), has(behind)[1]]).toEqual([[], false])
    })

    it.each(['asc', 'desc'])('by the older clients, who follow our tokens: forth and back, %s', async (Order) => {
      const { alice, items, left } = await gapped()
      const all = Order === 'asc' ? left : left.toReversed()
      const first = await alice.get(items, { PageSize: '6', Order })
      const pages = [first]
      for (let at = first; at.body.meta.next_token !== null; ) {
        at = await alice.get(items, { PageToken: at.body.meta.next_token })
        pages.push(at)
      }
      expect(pages.flatMap(indexes)).toEqual(all)
      expect(pages.map((page) => page.body.items.length)).toEqual([6, 6, 6, 3])
      expect(pages.map(has)).toEqual([
        [false, true],
        [true, true],
        [true, true],
        [true, false],
      ])

      const back = [pages.at(-1) as (typeof pages)[0]]
      for (let at = back[0] as (typeof pages)[0]; at.body.meta.previous_token !== null; ) {
        at = await alice.get(items, { PageToken: at.body.meta.previous_token })
        back.unshift(at)
      }
      expect(back.map(indexes)).toEqual(pages.map(indexes))
      expect(back.map(has)).toEqual(pages.map(has))
    })

    it('with an anchor by the older clients, in both directions from there', async () => {
      const { alice, items } = await gapped()
      const anchored = await alice.get(items, { PageSize: '4', Order: 'asc', From: '10' })
      expect(indexes(anchored)).toEqual([12, 13, 14, 15])
      expect(indexes(await alice.get(items, { PageToken: anchored.body.meta.previous_token }))).toEqual([6, 7, 8, 9])
      expect(indexes(await alice.get(items, { PageToken: anchored.body.meta.next_token }))).toEqual([16, 17, 18, 19])
    })

    it('that grow meanwhile, without losing or repeating one', async () => {
      const { alice, items, path } = await gapped()
      const first = await alice.get(items, { PageSize: '10', Order: 'desc' })
      await send(alice, path, 'new one', 'new two')
      const second = await alice.get(items, { PageToken: first.body.meta.next_token })
      expect(indexes(second)).toEqual([13, 12, 9, 8, 7, 6, 5, 4, 2, 1])
      expect(indexes(await alice.get(items, { PageToken: second.body.meta.previous_token }))).toEqual(indexes(first))
    })

    it('of maps, ordered by their key', async () => {
      const { alice, sid, roster } = await talk('alice')
      for (let count = 0; count < 11; count++) await rest(sid).participants.create({ identity: newName('guest') })
      const items = `${roster.path}/Items`
      const keys = (answer: { body: { items: { key: string }[] } }) => answer.body.items.map((item) => item.key)
      const all = keys(await alice.get(items, { PageSize: '50', Order: 'asc' }))
      expect(all).toHaveLength(12)
      expect(all).toEqual(all.toSorted())
      const first = await alice.get(items, { PageSize: '5', Order: 'asc' })
      const second = await alice.get(items, { PageSize: '5', Order: 'asc', From: keys(first).at(-1) as string })
      expect(keys(second)).toEqual(all.slice(4, 9))
      const third = await alice.get(items, { PageToken: second.body.meta.next_token })
      expect(keys(third)).toEqual(all.slice(9))
      expect(keys(await alice.get(items, { PageSize: '50', Order: 'desc' }))).toEqual(all.toReversed())
      expect(keys(await alice.get(items, { Key: all[3] as string }))).toEqual([all[3]])
      expect(keys(await alice.get(items, { Key: all[3] as string, PageSize: '50', Order: 'asc' }))).toEqual([all[3]])
    })

    it('one by one, with an empty page for one that is not there', async () => {
      const { alice, items, roster } = await gapped()
      expect(indexes(await alice.get(items, { HideExpired: 'true', Index: '7' }))).toEqual([7])
      for (const Index of ['3', '999', '-1', 'x'])
        expect((await alice.get(items, { Index })).body).toMatchObject({ items: [], meta: { previous_token: null, next_token: null } })
      for (const Key of ['nobody', `MB${'0'.repeat(32)}`])
        expect((await alice.get(`${roster.path}/Items`, { Key })).body).toMatchObject({
          items: [],
          meta: { previous_token: null, next_token: null },
        })
    })

    it('that carry what clients need: number or key, whole data, the last event', async () => {
      const { alice, messages, roster, items } = await gapped()
      expect((await alice.get(items, { Index: '7' })).body.items[0]).toMatchObject({
        index: 7,
        list_sid: messages.sid,
        last_event_id: 8,
        data: { text: '7', author: alice.identity, type: 'text', attributes: '{}', memberSid: expect.stringMatching(/^MB/) },
      })
      const [member] = (await alice.get(`${roster.path}/Items`)).body.items
      expect(member).toMatchObject({
        key: expect.stringMatching(/^MB/),
        map_sid: roster.sid,
        data: { identity: alice.identity, type: 'chat' },
      })
    })

    it('of an empty list: no items, no tokens', async () => {
      const { alice, messages } = await talk('alice')
      expect((await alice.get(`${messages.path}/Items`)).body).toMatchObject({
        items: [],
        meta: { previous_token: null, next_token: null },
      })
    })

    it('and a token that is not ours is refused', async () => {
      const { alice, items } = await gapped()
      for (const PageToken of [
        'nonsense',
        Buffer.from('{}').toString('base64url'),
        Buffer.from('{"o":"asc","s":1e9,"f":1,"b":"behind"}').toString('base64url'),
      ])
        expect((await alice.get(items, { PageToken })).body).toMatchObject({ status: 400, code: 20001 })
    })
  })

  describe('are subscribed to', () => {
    it('with the terms of the subscription, and one result for each, all with the number of the request', async () => {
      const { alice, document, messages, roster } = await talk('alice')
      const wishes = [document, messages, roster].map(({ sid, type }): Wish => ({ object_sid: sid, object_type: type, last_event_id: 0 }))

      const answer = await alice.requestSubscriptions('establish', 1234567890123, wishes)

      expect(answer).toEqual({
        status: 202,
        body: {
          max_batch_size: expect.any(Number),
          ttl_in_s: expect.any(Number),
          estimated_delivery_in_ms: expect.any(Number),
          correlation_id: 1234567890123,
        },
      })
      expect(answer.body.max_batch_size).toBeGreaterThanOrEqual(100)
      expect(answer.body.estimated_delivery_in_ms).toBeGreaterThan(0)
      for (const { sid, type } of [document, messages, roster]) {
        const result = await alice.hears(({ event }) => event.object_sid === sid)
        expect(result).toMatchObject({
          event_type: 'subscription_established',
          correlation_id: 1234567890123,
          message_type: 'twilio.sync.event',
          event: { object_sid: sid, object_type: type, replay_status: 'completed', last_event_id: expect.any(Number) },
        })
      }
    })

    it('with results that come together, for each notification costs an acknowledgement', async () => {
      const { alice, document, messages, roster } = await talk('alice')
      alice.incoming.forget()

      await alice.subscribe(
        ...[document, messages, roster].map(({ sid, type }): Wish => ({ object_sid: sid, object_type: type, last_event_id: null })),
      )

      const told = alice.incoming.all
        .map(({ payload }) => payload as { event_type?: string; events: unknown[] } | undefined)
        .filter((payload) => payload?.event_type === 'subscription_established')
      expect(told.map((payload) => payload?.events.length)).toEqual([3])
    })

    it('and hear of every change, whole, with its number', async () => {
      const { alice, sid, path, document, messages, roster } = await talk('alice')
      const wish = ({ sid: object_sid, type: object_type }: typeof document | typeof messages | typeof roster): Wish => ({
        object_sid,
        object_type,
        last_event_id: 0,
      })
      await alice.subscribe(wish(document), wish(messages), wish(roster))
      alice.incoming.forget()

      const [message] = await send(alice, path, 'hello')
      await rest(sid).update({ friendlyName: 'renamed' })
      await rest(sid).participants.create({ identity: newName('guest') })
      await alice.post(`${path}/Messages/${message?.sid}`, { body: 'hello!' })
      await alice.delete(`${path}/Messages/${message?.sid}`)
      await alice.hears(({ event_type }) => event_type === 'list_item_removed')

      const told = (type: string) => alice.events.filter((event) => event.event_type === type)
      expect(told('list_item_added')).toMatchObject([
        {
          message_type: 'com.twilio.rtd.cds.list',
          correlation_id: undefined,
          event: {
            id: 1,
            list_sid: messages.sid,
            item_index: 0,
            item_data: { sid: message?.sid, text: 'hello' },
            date_created: expect.any(String),
          },
        },
      ])
      expect(told('list_item_updated')).toMatchObject([
        { event: { id: 2, item_index: 0, item_data: { text: 'hello!', lastUpdatedBy: alice.identity } } },
      ])
      expect(told('list_item_removed')).toMatchObject([{ event: { id: 3, item_index: 0 } }])
      expect(told('map_item_added')).toMatchObject([
        { message_type: 'com.twilio.rtd.cds.map', event: { id: 2, map_sid: roster.sid, item_data: { type: 'chat' } } },
      ])
      const documents = told('document_updated')
      expect(documents.at(0)).toMatchObject({ message_type: 'com.twilio.rtd.cds.document', event: { document_sid: document.sid } })
      expect(documents.map(({ id }) => id)).toEqual(documents.map(({ id }) => id).toSorted((a, b) => (a ?? 0) - (b ?? 0)))
      for (const { event } of documents)
        for (const own of ['status', 'lastConsumedMessageIndex', 'notificationLevel']) expect(event.document_data).not.toHaveProperty(own)
    })

    it('and a foreign one, an unknown one, or one of another type fails with 404', async () => {
      const { messages } = await talk('alice')
      const stranger = await start(newName('stranger'))
      const wishes: Wish[] = [
        { object_sid: messages.sid, object_type: 'list', last_event_id: 0 },
        { object_sid: `ES${'0'.repeat(32)}`, object_type: 'list', last_event_id: 0 },
        { object_sid: 'nothing', object_type: 'map', last_event_id: 0 },
      ]
      const events = await stranger.subscribe(...wishes)
      expect(events).toHaveLength(3)
      for (const { event_type, event } of events) {
        expect(event_type).toBe('subscription_failed')
        expect(event.error).toMatchObject({ status: 404, code: 54009, message: expect.any(String) })
      }
      const { alice, messages: own } = await talk('alice')
      expect((await alice.subscribe({ object_sid: own.sid, object_type: 'map', last_event_id: 0 }))[0]?.event_type).toBe(
        'subscription_failed',
      )
    })

    it('and the list of another user fails, as if it did not exist', async () => {
      const { alice, bob } = await talk('alice', 'bob')
      const { sync_objects } = (await alice.get('/Client/v2/Configuration')).body
      const mine = (await alice.get(`/v3/Maps/${sync_objects.my_conversations}`)).body.sid
      expect((await bob.subscribe({ object_sid: mine, object_type: 'map', last_event_id: 0 }))[0]).toMatchObject({
        event_type: 'subscription_failed',
        event: { error: { status: 404 } },
      })
    })

    it('and cancelled: the cancel is confirmed, nothing more comes', async () => {
      const { alice, bob, path, messages } = await talk('alice', 'bob')
      await alice.subscribe({ object_sid: messages.sid, object_type: 'list', last_event_id: 0 })
      const answer = await alice.requestSubscriptions('cancel', 77, [{ object_sid: messages.sid, object_type: 'list' }])
      expect(answer.status).toBe(202)
      expect(await alice.hears(({ correlation_id }) => correlation_id === 77)).toMatchObject({
        event_type: 'subscription_canceled',
        event: { object_sid: messages.sid, object_type: 'list' },
      })
      alice.incoming.forget()
      await send(bob, path, 'unheard')
      expect((await alice.get('/Client/v2/Configuration')).status).toBe(200)
      expect(alice.events).toEqual([])
    })

    it('in batches of 1,000, and more are refused', async () => {
      const client = await start(newName('many'))
      const wishes = numbers(1_001).map((at): Wish => ({ object_sid: `ES${at.padStart(32, '0')}`, object_type: 'list', last_event_id: 0 }))
      expect((await client.requestSubscriptions('establish', 5, wishes)).body).toMatchObject({ status: 400 })
      expect(await client.subscribe(...wishes.slice(1))).toHaveLength(1_000)
    })

    it('and a request that is none is refused, so that the client asks again', async () => {
      const client = await start(newName('strange'))
      const good = { object_sid: 'x', object_type: 'list', last_event_id: 0 }
      for (const body of [
        undefined,
        {},
        { action: 'establish', requests: [good] },
        { action: 'dance', correlation_id: 1, requests: [good] },
        { action: 'establish', correlation_id: 1, requests: 'all' },
        { action: 'establish', correlation_id: 1, requests: [null] },
        { action: 'establish', correlation_id: 1, requests: [{ ...good, last_event_id: 'x' }] },
        { action: 'establish', correlation_id: 1, requests: [{ ...good, last_event_id: 1.5 }] },
      ])
        expect((await client.post('/v4/Subscriptions', body)).body).toMatchObject({ status: 400, code: 20001 })
    })
  })

  describe('are replayed', () => {
    const replayed = (events: SyncEvent[]) =>
      changesIn(events).map(({ event_type, id, event }) => `${event_type} ${id} ${event.item_index}`)

    it('from any event on: what was missed, once, in order, as it is now', async () => {
      const { alice, path, messages } = await talk('alice')
      const sent = await send(alice, path, ...numbers(6))
      const sidOf = (index: number) => sent.find((message) => message.index === index)?.sid
      // Events 1 to 6 made the messages 0 to 5.
      await alice.post(`${path}/Messages/${sidOf(0)}`, { body: 'edited' })
      await alice.post(`${path}/Messages/${sidOf(0)}`, { body: 'edited twice' })
      await alice.delete(`${path}/Messages/${sidOf(1)}`)
      await alice.post(`${path}/Messages/${sidOf(4)}`, { body: 'edited' })
      await alice.delete(`${path}/Messages/${sidOf(5)}`)
      const from = async (last_event_id: number | null) => {
        const events = await alice.subscribe({ object_sid: messages.sid, object_type: 'list', last_event_id })
        expect(events.at(-1)).toMatchObject({
          event_type: 'subscription_established',
          event: { replay_status: 'completed', last_event_id: 11 },
        })
        return replayed(events)
      }

      const added = ['list_item_added 3 2', 'list_item_added 4 3', 'list_item_added 8 0']
      // Also of what was made and removed since: a page may have shown it before the client subscribed.
      expect(await from(0)).toEqual([...added, 'list_item_removed 9 1', 'list_item_added 10 4', 'list_item_removed 11 5'])
      const since3 = [
        'list_item_added 4 3',
        'list_item_updated 8 0',
        'list_item_removed 9 1',
        'list_item_added 10 4',
        'list_item_removed 11 5',
      ]
      expect(await from(3)).toEqual(since3)
      expect(await from(6)).toEqual(['list_item_updated 8 0', 'list_item_removed 9 1', 'list_item_updated 10 4', 'list_item_removed 11 5'])
      expect(await from(9)).toEqual(['list_item_updated 10 4', 'list_item_removed 11 5'])
      expect(await from(11)).toEqual([])
      expect(await from(99)).toEqual([])
      expect(await from(null)).toEqual([])
      const [first] = changesIn(alice.events.filter(({ id, event }) => id === 8 && event.item_index === 0))
      expect(first?.event.item_data.text).toBe('edited twice')
    })

    it('the same however often they are asked for', async () => {
      const { alice, path, messages } = await talk('alice')
      await send(alice, path, ...numbers(20))
      const wish: Wish = { object_sid: messages.sid, object_type: 'list', last_event_id: 5 }
      const [once, twice] = await Promise.all([alice.subscribe(wish), alice.subscribe(wish)])
      expect(replayed(once as SyncEvent[])).toEqual(numbers(15, 5).map((at) => `list_item_added ${Number(at) + 1} ${at}`))
      expect(replayed(twice as SyncEvent[])).toEqual(replayed(once as SyncEvent[]))
      alice.incoming.forget()
      await send(alice, path, 'and then live')
      await alice.hears(({ event }) => event.item_data?.text === 'and then live')
      expect(alice.events.filter(({ event }) => event.item_index === 20)).toHaveLength(1)
    })

    it('in portions when much was missed, while more is coming', async () => {
      const { alice, bob, path, messages } = await talk('alice', 'bob')
      await send(alice, path, ...numbers(1_200))
      const wish = (last_event_id: number): Wish => ({ object_sid: messages.sid, object_type: 'list', last_event_id })
      const heard: SyncEvent[] = []
      const statuses: string[] = []
      const meanwhile = send(alice, path, ...numbers(50, 1_200))
      for (let last = 0; ; ) {
        const events = await bob.subscribe(wish(last))
        const { replay_status, last_event_id } = resultOf(events, messages.sid).event
        heard.push(...changesIn(events))
        statuses.push(replay_status)
        expect(last_event_id).toBeGreaterThan(last)
        last = last_event_id
        if (replay_status === 'completed') break
      }
      await meanwhile
      await bob.hears(({ id }) => id === 1_250)
      expect(statuses.slice(0, 2)).toEqual(['interrupted', 'interrupted'])
      expect(statuses.at(-1)).toBe('completed')
      const all = changesIn(bob.events)
      expect(all.map(({ id }) => id)).toEqual(numbers(1_250, 1).map(Number))
      expect(all.map(({ event }) => event.item_index)).toEqual(numbers(1_250).map(Number))
    })

    it('in portions, also when old messages were edited and removed', async () => {
      const { alice, bob, path, messages } = await talk('alice', 'bob')
      const sent = await send(alice, path, ...numbers(700))
      await Promise.all(
        sent.map(({ sid, index }) =>
          index % 2 === 0 ? alice.post(`${path}/Messages/${sid}`, { body: `${index}!` }) : alice.delete(`${path}/Messages/${sid}`),
        ),
      )
      const state = new Map<number, string>(sent.map(({ index }) => [index, `${index}`]))
      for (let last = 700; ; ) {
        const events = await bob.subscribe({ object_sid: messages.sid, object_type: 'list', last_event_id: last })
        for (const { event_type, event } of changesIn(events)) {
          if (event_type === 'list_item_removed') state.delete(event.item_index)
          else state.set(event.item_index, event.item_data.text)
        }
        const { replay_status, last_event_id } = resultOf(events, messages.sid).event
        last = last_event_id
        if (replay_status === 'completed') break
      }
      expect([...state]).toEqual(
        numbers(700)
          .map(Number)
          .filter((index) => index % 2 === 0)
          .map((index) => [index, `${index}!`]),
      )
    })

    it('for rosters, documents, users and the own conversations too', async () => {
      const { alice, sid, document, roster } = await talk('alice')
      const guest = newName('guest')
      await rest(sid).participants.create({ identity: guest })
      await rest(sid).participants(alice.identity).update({ attributes: '{"x":1}' })
      await rest(sid).participants(guest).remove()
      await rest(sid).update({ friendlyName: 'one' })
      await rest(sid).update({ friendlyName: 'two' })
      await parley.conversations.users(alice.identity).update({ friendlyName: 'Alice' })
      const { sync_objects } = (await alice.get('/Client/v2/Configuration')).body
      const mine = (await alice.get(`/v3/Maps/${sync_objects.my_conversations}`)).body
      const info = (await alice.get(`/v3/Maps/${sync_objects.my_user_info}`)).body

      const told = async (object_sid: string, object_type: Wish['object_type'], last_event_id: number) =>
        changesIn(await alice.subscribe({ object_sid, object_type, last_event_id })).map(({ event_type, event }) => [event_type, event])

      expect(await told(roster.sid, 'map', 0)).toMatchObject([
        ['map_item_added', { item_data: { identity: alice.identity, attributes: '{"x":1}' } }],
        ['map_item_removed', { id: 4 }],
      ])
      expect(await told(roster.sid, 'map', 2)).toMatchObject([
        ['map_item_updated', { item_data: { identity: alice.identity } }],
        ['map_item_removed', { id: 4 }],
      ])
      expect(await told(document.sid, 'document', 0)).toMatchObject([['document_updated', { document_data: { friendlyName: 'two' } }]])
      expect(await told(mine.sid, 'map', 0)).toMatchObject([['map_item_added', { item_key: sid, item_data: { status: 'joined' } }]])
      expect(await told(info.sid, 'map', 0)).toMatchObject([
        ['map_item_updated', { item_key: 'friendlyName', item_data: { value: 'Alice' } }],
      ])
    })

    it('with leaving and coming back while one was away: removed, then added', async () => {
      const { alice, bob, sid } = await talk('alice', 'bob')
      const { sync_objects } = (await bob.get('/Client/v2/Configuration')).body
      const mine = (await bob.get(`/v3/Maps/${sync_objects.my_conversations}`)).body
      for (let round = 0; round < 2; round++) {
        await rest(sid).participants(bob.identity).remove()
        await rest(sid).participants.create({ identity: bob.identity })
      }
      const replay = (last_event_id: number) => bob.subscribe({ object_sid: mine.sid, object_type: 'map', last_event_id })
      // Each time that they were there is an item of its own; a client that holds none of them takes no notice of its end.
      const told = ['map_item_removed', 'map_item_removed', 'map_item_added']
      for (const after of [mine.last_event_id, 0]) expect(changesIn(await replay(after)).map(({ event_type }) => event_type)).toEqual(told)
      expect(alice.events).toEqual([])
    })

    it('with what a page showed and is gone before the client subscribes', async () => {
      const identity = newName('bob')
      const bob = await start(identity)
      const { sync_objects } = (await bob.get('/Client/v2/Configuration')).body
      const mine = (await bob.get(`/v3/Maps/${sync_objects.my_conversations}`)).body
      const { sid } = await parley.conversations.conversations.create()
      await rest(sid).participants.create({ identity })
      const { items } = (await bob.get(`/v3/Maps/${mine.sid}/Items`)).body
      expect(items).toMatchObject([{ key: sid, data: { status: 'joined' } }])
      await rest(sid).participants(identity).remove()
      const heard = changesIn(await bob.subscribe({ object_sid: mine.sid, object_type: 'map', last_event_id: mine.last_event_id }))
      expect(heard).toMatchObject([{ event_type: 'map_item_removed', event: { item_key: sid } }])
    })
  })

  describe('and commands', () => {
    it('tell their events on a connection before they are answered', async () => {
      const { alice, path, messages, roster, document } = await talk('alice')
      const { sync_objects } = (await alice.get('/Client/v2/Configuration')).body
      const mine = (await alice.get(`/v3/Maps/${sync_objects.my_conversations}`)).body.sid
      const info = (await alice.get(`/v3/Maps/${sync_objects.my_user_info}`)).body.sid
      await alice.subscribe(
        { object_sid: messages.sid, object_type: 'list', last_event_id: 0 },
        { object_sid: roster.sid, object_type: 'map', last_event_id: 0 },
        { object_sid: document.sid, object_type: 'document', last_event_id: 0 },
        { object_sid: mine, object_type: 'map', last_event_id: 0 },
        { object_sid: info, object_type: 'map', last_event_id: 0 },
      )
      /** Sends a command and looks which events of an object stand before its answer. */
      const before = async (method: string, address: string, body: unknown) => {
        alice.incoming.forget()
        const answer = await alice.request(method, address, { body })
        expect(answer.status).toBeLessThan(300)
        const reply = alice.incoming.all.findIndex(({ header }) => header.method === 'reply')
        return alice.incoming.all.slice(0, reply).map(({ payload }) => (payload as { event_type: string }).event_type)
      }
      const [me] = (await alice.get(`${roster.path}/Items`)).body.items

      expect(await before('POST', `${path}/Messages`, { body: 'first' })).toContain('list_item_added')
      const [message] = (await alice.get(`${messages.path}/Items`)).body.items
      expect(await before('POST', `${path}/Messages/${message.data.sid}`, { body: 'edited' })).toEqual(['list_item_updated'])
      expect(await before('POST', `${path}/Participants/${me.key}`, { attributes: '{"x":1}' })).toEqual(['map_item_updated'])
      const own = `${service()}/Users/${alice.identity}`
      expect(await before('POST', `${own}/Conversations/${path.split('/').at(-1)}`, { last_read_message_index: 0 })).toEqual([
        'map_item_updated',
        'map_item_updated',
      ])
      expect(await before('POST', own, { friendly_name: 'Alice' })).toEqual(['map_item_updated'])
      expect(await before('DELETE', `${path}/Messages/${message.data.sid}`, {})).toEqual(['list_item_removed', 'document_updated'])
      await parley.conversations
        .conversations(path.split('/').at(-1) as string)
        .participants(me.key)
        .update({ roleSid: await roleNamed('channel admin') })
      expect(await before('POST', path, { friendly_name: 'renamed' })).toContain('document_updated')
      expect(await before('DELETE', `${path}/Participants/${me.key}`, {})).toEqual(['map_item_removed', 'map_item_removed'])
    })

    const roleNamed = async (name: string) =>
      (await parley.conversations.roles.list()).find((role) => role.friendlyName === name)?.sid ?? ''

    it('never let a page show a message whose event has not come yet', async () => {
      const { alice, bob, path, messages } = await talk('alice', 'bob')
      await bob.subscribe({ object_sid: messages.sid, object_type: 'list', last_event_id: 0 })
      const sending = send(alice, path, ...numbers(200))
      let done = false
      void sending.then(() => {
        done = true
      })
      let pages = 0
      while (!done) {
        const { body } = await bob.get(`${messages.path}/Items`, { PageSize: '100', Order: 'desc' })
        const heard = new Set(bob.events.filter(({ event_type }) => event_type === 'list_item_added').map(({ event }) => event.item_index))
        for (const { index } of body.items) expect(heard).toContain(index)
        pages++
      }
      expect(pages).toBeGreaterThan(1)
    })

    it('tell those who are removed that they are, and then nothing more', async () => {
      const { alice, bob, sid, path, document, messages, roster } = await talk('alice', 'bob')
      const { sync_objects } = (await bob.get('/Client/v2/Configuration')).body
      const mine = (await bob.get(`/v3/Maps/${sync_objects.my_conversations}`)).body.sid
      await bob.subscribe(
        { object_sid: mine, object_type: 'map', last_event_id: 1 },
        { object_sid: document.sid, object_type: 'document', last_event_id: 0 },
        { object_sid: messages.sid, object_type: 'list', last_event_id: 0 },
        { object_sid: roster.sid, object_type: 'map', last_event_id: 2 },
      )
      bob.incoming.forget()

      await rest(sid).participants(bob.identity).remove()
      await send(alice, path, 'behind his back')
      await rest(sid).participants.create({ identity: newName('guest') })
      await rest(sid).update({ friendlyName: 'secret' })

      expect((await bob.get('/Client/v2/Configuration')).status).toBe(200)
      expect(bob.events.map(({ event_type, event }) => [event_type, event.map_sid])).toEqual([
        ['map_item_removed', roster.sid],
        ['map_item_removed', mine],
      ])
      for (const { path: object } of [document, messages, roster]) expect((await bob.get(object)).status).toBe(404)
    })

    it('end a conversation for all who watch it', async () => {
      const { alice, sid, document, messages, roster } = await talk('alice')
      const [admin, overseer] = [await roleNamed('service admin'), newName('overseer')]
      await parley.conversations.users.create({ identity: overseer, roleSid: admin })
      const watcher = await start(overseer)
      const wishes: Wish[] = [document, messages, roster].map(({ sid: object_sid, type: object_type }) => ({
        object_sid,
        object_type,
        last_event_id: 0,
      }))
      await watcher.subscribe(...wishes)
      watcher.incoming.forget()

      await rest(sid).remove()

      for (const type of ['document_removed', 'list_removed', 'map_removed']) await watcher.hears(({ event_type }) => event_type === type)
      expect(watcher.events.map(({ event_type }) => event_type)).toEqual([
        'map_item_removed',
        'document_removed',
        'list_removed',
        'map_removed',
      ])
      expect((await alice.subscribe(...wishes)).map(({ event_type }) => event_type)).toEqual(Array(3).fill('subscription_failed'))
    })
  })
})
