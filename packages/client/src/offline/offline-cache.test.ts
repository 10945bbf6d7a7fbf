import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Parley, startParley } from '../../../../spec/support/parley.ts'
import { eventually } from '../../../../spec/support/until.ts'
import { Client } from '../node.ts'
import { OfflineCache, type OfflineCacheOptions } from './offline-cache.ts'

let parley: Parley
let people = 0
let surroundings: NonNullable<OfflineCacheOptions['surroundings']>
const closers: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  parley = await startParley()
})
afterAll(() => parley.close())
beforeEach(() => {
  surroundings = { indexedDB: new IDBFactory(), IDBKeyRange }
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const person = (name: string) => `${name}-${++people}`

async function connect(identity: string): Promise<Client> {
  const client = new Client(parley.token(identity), { url: parley.url })
  closers.push(() => client.shutdown())
  await new Promise<void>((resolve) => client.onceWithReplay('initialized', resolve))
  return client
}

async function open(owner: string, options: OfflineCacheOptions = {}): Promise<OfflineCache> {
  const cache = await OfflineCache.open(owner, { surroundings, ...options })
  closers.push(() => cache.close())
  return cache
}

async function talk(...identities: string[]): Promise<string> {
  const { sid } = await parley.conversations.conversations.create({ friendlyName: `Talk of ${identities.join(' and ')}` })
  for (const identity of identities) await parley.conversations.conversations(sid).participants.create({ identity })
  return sid
}

const say = (sid: string, body: string) => parley.conversations.conversations(sid).messages.create({ author: 'somebody', body })

/** An app that follows with a cache until it is closed. */
async function app(identity: string, options: OfflineCacheOptions = {}) {
  const cache = await open(identity, options)
  const client = await connect(identity)
  const stop = cache.follow(client)
  await eventually('the list', async () => (await cache.conversations()).length > 0 || undefined)
  return {
    cache,
    client,
    async close() {
      stop()
      await client.shutdown()
      await cache.settled()
    },
  }
}

const bodies = async (cache: OfflineCache, sid: string) => (await cache.messages(sid)).map(({ body }) => body)
const shows = (cache: OfflineCache, sid: string, expected: string[]) =>
  eventually(`${expected} in the cache`, async () => {
    const shown = await bodies(cache, sid)
    return (shown.length === expected.length && shown.every((body, at) => body === expected[at])) || undefined
  })

describe('what was seen last', () => {
  it('is there before there is a connection: conversations in order of activity, and their newest messages', async () => {
    const alice = person('alice')
    const [older, newer] = [await talk(alice), await talk(alice)]
    const first = await app(alice)
    await say(older, 'one')
    await say(newer, 'two')
    const { sid: edited } = await say(older, 'three')
    const { sid: removed } = await say(older, 'four')
    await parley.conversations.conversations(older).messages(edited).update({ body: 'three, edited' })
    await parley.conversations.conversations(older).messages(removed).remove()
    await shows(first.cache, older, ['one', 'three, edited'])
    await first.close()

    const cache = await open(alice)
    expect((await cache.conversations()).map(({ sid }) => sid)).toEqual([older, newer])
    expect((await cache.conversations())[0]).toMatchObject({
      friendlyName: `Talk of ${alice}`,
      attributes: {},
      notificationLevel: 'default',
    })
    expect(await bodies(cache, older)).toEqual(['one', 'three, edited'])
    expect((await cache.messages(newer))[0]).toMatchObject({ author: 'somebody', body: 'two', index: 0, conversationSid: newer, media: [] })
    expect((await cache.messages(newer))[0]?.dateCreated).toBeInstanceOf(Date)
  })

  it('has no hole: what lies before missed messages goes, and pages that touch what is kept are taken', async () => {
    const alice = person('alice')
    const sid = await talk(alice)
    const first = await app(alice)
    for (const body of ['1', '2', '3']) await say(sid, body)
    await shows(first.cache, sid, ['1', '2', '3'])
    await first.close()
    for (const body of ['4', '5', '6', '7']) await say(sid, body)

    const { cache, client } = await app(alice)
    await shows(cache, sid, ['7'])
    const conversation = await client.getConversationBySid(sid)
    const page = await conversation.getMessages(2)
    cache.keep(page.items)
    await shows(cache, sid, ['6', '7'])
    const early = await conversation.getMessages(2, 1)
    cache.keep(early.items)
    expect(await bodies(cache, sid)).toEqual(['6', '7'])
    cache.keep((await page.prevPage()).items)
    await shows(cache, sid, ['4', '5', '6', '7'])
    await say(sid, '8')
    await shows(cache, sid, ['4', '5', '6', '7', '8'])
  })

  it('forgets what was removed while the app was closed, as soon as a page shows it', async () => {
    const alice = person('alice')
    const sid = await talk(alice)
    const first = await app(alice)
    const sent = []
    for (const body of ['1', '2', '3']) sent.push(await say(sid, body))
    await shows(first.cache, sid, ['1', '2', '3'])
    await first.close()
    await parley.conversations.conversations(sid).messages(sent[1]!.sid).remove()

    const { cache, client } = await app(alice)
    cache.keep((await (await client.getConversationBySid(sid)).getMessages()).items)
    await shows(cache, sid, ['1', '3'])
  })

  it('is no more than was asked for', async () => {
    const alice = person('alice')
    const sid = await talk(alice)
    const { cache, client } = await app(alice, { messagesPerConversation: 3 })
    for (const body of ['1', '2', '3', '4', '5']) await say(sid, body)
    await shows(cache, sid, ['3', '4', '5'])
    cache.keep((await (await client.getConversationBySid(sid)).getMessages()).items)
    await cache.settled()
    expect(await bodies(cache, sid)).toEqual(['3', '4', '5'])
  })

  it('goes with a conversation that was left, also while the app was closed', async () => {
    const alice = person('alice')
    const [left, lost, kept] = [await talk(alice), await talk(alice), await talk(alice)]
    const first = await app(alice)
    await say(left, 'gone')
    await shows(first.cache, left, ['gone'])
    await (await first.client.getConversationBySid(left)).leave()
    await shows(first.cache, left, [])
    await first.close()
    await parley.conversations.conversations(lost).remove()

    const { cache } = await app(alice)
    await eventually('the others', async () => (await cache.conversations()).length === 1 || undefined)
    expect((await cache.conversations()).map(({ sid }) => sid)).toEqual([kept])
  })

  it('is the own of each user, and gone when they sign out', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const sid = await talk(alice, bob)
    const { cache } = await app(alice)
    await say(sid, 'for alice')
    await shows(cache, sid, ['for alice'])
    expect(await (await open(bob)).conversations()).toEqual([])
    await cache.clear()
    expect([await cache.conversations(), await cache.messages(sid)]).toEqual([[], []])
  })

  it('is nothing where nothing can be kept, and an app that cannot keep something is told and goes on', async () => {
    await expect(OfflineCache.open('alice', { surroundings: {} as never })).rejects.toThrow('There is no IndexedDB here')
    const errors: unknown[] = []
    const alice = person('alice')
    const sid = await talk(alice)
    const { cache, client } = await app(alice, { onError: (error) => errors.push(error) })
    await cache.close()
    const heard = new Promise((resolve) => client.on('messageAdded', resolve))
    await say(sid, 'heard')
    await heard
    await cache.settled()
    expect(errors).toHaveLength(1)
  })
})
