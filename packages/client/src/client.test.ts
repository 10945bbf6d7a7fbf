import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encodeFrame, startPaths } from '@parley/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Parley, startParley } from '../../../spec/support/parley.ts'
import { eventually } from '../../../spec/support/until.ts'
import { Client } from './client.ts'
import type { ConnectionProblem } from './client-events.ts'
import type { Conversation } from './conversation.ts'
import type { Message } from './message.ts'
import { Cable } from './testing/cuttable-socket.ts'

const retryPolicy = { min: 20, max: 100, randomness: 0 }

let parley: Parley
const clients = new Set<Client>()
let people = 0
const person = (name: string) => `${name}-${++people}`

beforeAll(async () => {
  parley = await startParley()
})
afterAll(() => parley.close())
afterEach(async () => {
  await Promise.all([...clients].map((client) => client.shutdown()))
  clients.clear()
})

function open(identity: string, cable = new Cable(), more: object = {}) {
  const client = new Client(parley.token(identity), { url: parley.url, webSocket: cable.webSocket, retryPolicy, ...more })
  clients.add(client)
  return client
}

/** A client that has told what was there before. */
async function ready(identity: string, cable = new Cable(), more: object = {}) {
  const client = open(identity, cable, more)
  await new Promise<void>((resolve) => client.onceWithReplay('initialized', resolve))
  // It tells that in the next turn.
  await new Promise((resolve) => setTimeout(resolve))
  return client
}

/** A conversation made by REST. */
async function talk(...identities: string[]) {
  const { sid } = await parley.conversations.conversations.create({ friendlyName: `Talk of ${identities.join(' and ')}` })
  for (const identity of identities) await parley.conversations.conversations(sid).participants.create({ identity })
  return sid
}

const until = (what: string, fits: () => boolean | Promise<boolean>) => eventually(what, async () => (await fits()) || undefined)

const say = (sid: string, author: string, body: string) => parley.conversations.conversations(sid).messages.create({ author, body })

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of the heap that are in use, when all that can be let go of is gone. */
async function heap(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

const now = new Date().toISOString()
/** An event of a Sync object, as the server would tell it. */
const told = (payload: object) =>
  encodeFrame({ id: 'TM1', method: 'notification', message_type: 'twilio.sync.event', payload_type: 'application/json' }, payload)

/** Sockets to what the original's server would be: it knows nothing of ours. */
const plain = ({ webSocket }: Cable) =>
  class extends webSocket {
    override send(data: Uint8Array<ArrayBuffer>): void {
      super.send(new TextEncoder().encode(new TextDecoder().decode(data).replaceAll('parley.', 'foreign')))
    }
  }

function heard(client: Client) {
  const bodies: (string | null)[] = []
  client.on('messageAdded', (message) => void bodies.push(message.body))
  return bodies
}

const item = async (client: Client, sid: string) =>
  (await client.getSubscribedConversations()).items.find((one) => one.sid === sid) as Conversation

describe('a page that was read before a change, and comes behind it,', () => {
  /** Holds the answers to certain requests back, and counts what is told meanwhile. */
  function overtaken(cable: Cable, path: RegExp, type: string, from = () => true) {
    const pathOf = (id: unknown) => cable.sent.find((header) => header.id === id)?.['http_request'] as { path: string } | undefined
    const events = { told: 0 }
    cable.delays = ({ id, method }) => method === 'reply' && from() && path.test(pathOf(id)?.path ?? '')
    cable.swallows = ({ message_type }) => {
      if (message_type === type) events.told++
      return false
    }
    return {
      page: () => until('the page', () => cable.delayed.length > 0),
      async by(change: () => Promise<unknown>) {
        const { told } = events
        await change()
        await until('the change', () => events.told > told)
      },
      letThrough() {
        cable.delays = () => false
        for (const hear of cable.delayed) hear()
      },
    }
  }

  it('does not undo it: participants', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const sid = await talk(alice, bob)
    const cable = new Cable()
    const isOpening = () => cable.paths().some((path) => path.startsWith(`/v3/Maps/${sid}.roster`))
    const page = overtaken(cable, /Maps.*Items/, 'com.twilio.rtd.cds.map', isOpening)
    const client = open(alice, cable, { webSocket: plain(cable) })
    await page.page()
    const theirs = parley.conversations.conversations(sid).participants(bob)
    await page.by(() => theirs.update({ attributes: JSON.stringify({ mood: 'changed' }) }))
    page.letThrough()

    const participants = await (await item(client, sid)).getParticipants()
    expect(participants.find(({ identity }) => identity === bob)?.attributes).toEqual({ mood: 'changed' })
  })

  it('does not undo it: messages, edited and deleted', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const sid = await talk(alice, bob)
    const { messages } = parley.conversations.conversations(sid)
    const sids: string[] = []
    for (const body of ['first', 'to be edited', 'to be deleted', 'last']) sids.push((await messages.create({ author: bob, body })).sid)
    const cable = new Cable()
    const client = await ready(alice, cable)
    const conversation = await item(client, sid)
    const page = overtaken(cable, /Lists.*Items/, 'com.twilio.rtd.cds.list')
    const reading = conversation.getMessages(2, 0, 'forward')
    await page.page()
    await page.by(() => messages(sids[1] as string).update({ body: 'edited' }))
    page.letThrough()
    expect((await reading).items.map(({ body }) => body)).toEqual(['first', 'edited'])

    cable.delayed.length = 0
    const again = overtaken(cable, /Lists.*Items/, 'com.twilio.rtd.cds.list')
    const rest = (await reading).nextPage()
    await again.page()
    for (const one of sids.slice(2)) await again.by(() => messages(one).remove())
    again.letThrough()
    expect((await rest).items).toEqual([])
  })
})

it('leaves nothing behind of conversations that come and go, of pages that are turned, and of connections that break', async () => {
  const [alice, bob] = [person('alice'), person('bob')]
  const sid = await talk(alice, bob)
  for (let n = 0; n < 25; n++) await say(sid, bob, `${n}`)
  const cable = new Cable()
  const client = await ready(alice, cable)
  const { conversations } = parley.conversations
  const stays = await item(client, sid)
  const listening = (emitter: { eventNames(): string[]; listenerCount(name: never): number }) =>
    emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name as never), 0)
  const followed = async () => {
    const lines = await (await fetch(`${parley.url}/metrics`)).text()
    return Number(/^parley_subscriptions (\d+)/m.exec(lines)?.[1])
  }
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

  const round = async () => {
    const other = await talk(alice, bob)
    await until('a conversation that comes', async () => (await item(client, other)) !== undefined)
    const comes = await item(client, other)
    await comes.getParticipants()
    await conversations(other).participants(alice).remove()
    await until('a conversation that goes', async () => (await item(client, other)) === undefined)
    let page = await stays.getMessages(10)
    while (page.hasPrevPage) page = await page.prevPage()
    expect(page.items[0]?.body).toBe('0')
    await (await client.getUser(bob)).unsubscribe()
    cable.cut()
    cable.mend()
    await until('the connection', () => client.connectionState === 'connected')
    return [listening(comes), comes.status]
  }
  await round()
  const state = async () => [listening(client), listening(stays), listening(client.user), await followed()]
  await until('a settled connection', async () => (await followed()) > 0)
  const [before, timersBefore] = [await state(), timers()]
  for (let times = 0; times < 50; times++) expect(await round()).toEqual([0, 'notParticipating'])
  await until('what it was before', async () => JSON.stringify(await state()) === JSON.stringify(before))
  expect(timers()).toBeLessThanOrEqual(timersBefore + 3)
  await client.shutdown()
  await until('the end of all subscriptions', async () => (await followed()) === 0)
})

describe('the start', () => {
  it('is one request, after which everything is there and followed', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const [older, newer] = [await talk(alice, bob), await talk(alice, bob)]
    await say(older, bob, 'one')
    await say(older, bob, 'two')
    await say(newer, bob, 'three')
    await say(older, alice, 'four')
    const cable = new Cable()
    const client = await ready(alice, cable)

    expect(cable.paths()).toEqual([startPaths.start])
    const { items } = await client.getSubscribedConversations()
    expect(items.map(({ sid }) => sid)).toEqual([older, newer])
    expect(items.map(({ latestMessage }) => latestMessage?.body)).toEqual(['four', 'three'])
    expect(items.map(({ unreadMessagesCount }) => unreadMessagesCount)).toEqual([2, 1])
    expect(items.map(({ status, lastMessage }) => [status, lastMessage?.index])).toEqual([
      ['joined', 2],
      ['joined', 0],
    ])
    expect((await items[0]?.getParticipants())?.map(({ identity }) => identity).toSorted()).toEqual([alice, bob].toSorted())
    expect(client.user.identity).toBe(alice)
    expect(cable.paths()).toEqual([startPaths.start])

    const bodies = heard(client)
    await say(newer, bob, 'five')
    await until('the message', () => bodies.includes('five'))
  })

  it('tells of every conversation, also those who listen only when it is done', async () => {
    const alice = person('alice')
    const sids = [await talk(alice), await talk(alice)]
    const client = await Client.create(parley.token(alice), { url: parley.url, webSocket: new Cable().webSocket })
    clients.add(client)
    const told: string[] = []
    client.on('conversationAdded', ({ sid }) => void told.push(`added ${sid}`))
    client.on('conversationJoined', ({ sid }) => void told.push(`joined ${sid}`))
    await until('both', () => told.length === 4)
    expect(told.toSorted()).toEqual([...sids.map((sid) => `added ${sid}`), ...sids.map((sid) => `joined ${sid}`)].toSorted())
  })

  it('goes on page by page where there are more', async () => {
    const alice = person('alice')
    const sids: string[] = []
    for (let at = 0; at < 7; at++) sids.push(await talk(alice))
    const client = await ready(alice, new Cable(), { startPageSize: 2 })
    const { items } = await client.getSubscribedConversations()
    expect(items.map(({ sid }) => sid)).toEqual(sids.toReversed())
    const bodies = heard(client)
    await say(sids[0] as string, 'system', 'to the last one')
    await until('the message', () => bodies.length === 1)
  })

  it('reads rosters that did not come with it in the background', async () => {
    const alice = person('alice')
    const sids: string[] = []
    for (let at = 0; at < 55; at++) sids.push(await talk(alice))
    const cable = new Cable()
    const client = await ready(alice, cable)
    await until('the rosters', () => cable.paths().includes(startPaths.rosters))
    const first = await client.getConversationBySid(sids[0] as string)
    expect(await first.getParticipants()).toHaveLength(1)
  })

  it('works with a server that knows nothing of it', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const sid = await talk(alice, bob)
    await say(sid, bob, 'before')
    const cable = new Cable()
    const client = await ready(alice, cable, { webSocket: plain(cable) })
    expect(cable.paths()).toContain('/Client/v2/Configuration')
    expect(cable.paths()).not.toContain(startPaths.start)
    const conversation = await item(client, sid)
    expect((await conversation.getMessages()).items.map(({ body }) => body)).toEqual(['before'])
    const bodies = heard(client)
    await say(sid, bob, 'live')
    await until('the message', () => bodies.includes('live'))
    cable.cut()
    await say(sid, bob, 'missed')
    cable.mend()
    await until('the missed one', () => bodies.includes('missed'))
    expect(bodies).toEqual(['live', 'missed'])
  })
})

it('tells what roles are called, and asks for each once', async () => {
  const alice = person('alice')
  const sid = await talk(alice)
  const cable = new Cable()
  const client = await ready(alice, cable)
  const [participant] = await (await item(client, sid)).getParticipants()
  const roleSid = participant?.roleSid ?? ''
  const role = { sid: roleSid, friendlyName: 'channel user', type: 'conversation' }
  expect(await Promise.all([client.getRole(roleSid), client.getRole(roleSid)])).toEqual([role, role])
  expect(cable.paths().filter((path) => path.startsWith('/Client/v2/Roles/'))).toHaveLength(1)
  await expect(client.getRole(`RL${'0'.repeat(32)}`)).rejects.toMatchObject({ code: 50100 })
})

describe('a connection that breaks', () => {
  it('brings back exactly what was missed, with one request', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const [busy, quiet, left] = [await talk(alice, bob), await talk(alice, bob), await talk(alice, bob)]
    await say(busy, bob, 'zero')
    const cable = new Cable()
    const client = await ready(alice, cable)
    const conversation = await item(client, busy)
    await conversation.getMessages()
    const story: string[] = []
    client.on('messageAdded', ({ body }) => void story.push(`+${body}`))
    client.on('messageUpdated', ({ message }) => void story.push(`~${message.body}`))
    client.on('messageRemoved', ({ index }) => void story.push(`-${index}`))
    client.on('conversationLeft', ({ sid }) => void story.push(`left ${sid === left}`))
    client.on('conversationJoined', ({ friendlyName }) => void story.push(`joined ${friendlyName}`))

    cable.cut()
    await until('the break', () => client.connectionState !== 'connected')
    const { messages } = parley.conversations.conversations(busy)
    const [zero] = await messages.list()
    await messages((zero as { sid: string }).sid).update({ body: 'zero, edited' })
    const one = await say(busy, bob, 'one')
    await say(busy, bob, 'two')
    await messages(one.sid).remove()
    await parley.conversations.conversations(left).participants(alice).remove()
    const { sid: fresh } = await parley.conversations.conversations.create({ friendlyName: 'fresh' })
    await parley.conversations.conversations(fresh).participants.create({ identity: alice })
    cable.sent.length = 0
    cable.mend()

    await until('what was missed', () => story.length === 4)
    expect(story.toSorted()).toEqual(['+two', 'joined fresh', 'left true', '~zero, edited'])
    expect(cable.paths().filter((path) => path === startPaths.resume)).toHaveLength(1)
    expect(cable.paths()).not.toContain('/v4/Subscriptions')
    const bodies = heard(client)
    await say(quiet, bob, 'live again')
    await say(fresh, bob, 'in the fresh one')
    await until('life', () => bodies.length === 2)
  })

  it('sends what was said meanwhile, once', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const sid = await talk(alice, bob)
    const cable = new Cable()
    const client = await ready(alice, cable)
    const conversation = await item(client, sid)
    cable.cut()
    await until('the break', () => client.connectionState !== 'connected')
    const sent = Promise.all(['a', 'b', 'c'].map((body) => conversation.sendMessage(body)))
    cable.mend()
    expect(await sent).toEqual([0, 1, 2])
    expect((await parley.conversations.conversations(sid).messages.list()).map(({ body }) => body)).toEqual(['a', 'b', 'c'])
  })

  it('repeats a message whose answer was lost, and it is there once', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const sid = await talk(alice, bob)
    const cable = new Cable()
    const client = await ready(alice, cable)
    const conversation = await item(client, sid)
    const bodies = heard(client)
    cable.swallows = ({ method }) => method === 'reply'
    const sent = conversation.sendMessage('only once')
    await until('the message is there', async () => (await parley.conversations.conversations(sid).messages.list()).length === 1)
    cable.swallows = () => false
    cable.cut()
    cable.mend()
    expect(await sent).toBe(0)
    expect(cable.paths().filter((path) => path.endsWith('/Messages'))).toHaveLength(2)
    expect((await parley.conversations.conversations(sid).messages.list()).map(({ body }) => body)).toEqual(['only once'])
    expect(bodies).toEqual(['only once'])
  })

  it('repeats it also to a server that was started anew, and what may be done twice, but no other change', async () => {
    await using other = await startParley()
    const alice = person('alice')
    const { sid } = await other.conversations.conversations.create({})
    await other.conversations.conversations(sid).participants.create({ identity: alice })
    const cable = new Cable()
    const client = new Client(other.token(alice), { url: other.url, webSocket: cable.webSocket, retryPolicy })
    clients.add(client)
    const conversation = await client.getConversationBySid(sid)
    cable.swallows = ({ method }) => method === 'reply'
    const sent = conversation.sendMessage('only once')
    const muted = conversation.setUserNotificationLevel('muted')
    const registered = client.setPushRegistrationId('fcm', 'a telephone')
    const changed = conversation.updateFriendlyName('perhaps').catch((error: { reason: string }) => error.reason)
    await until('the message is there', async () => (await other.conversations.conversations(sid).messages.list()).length === 1)
    cable.swallows = () => false
    await other.restart()
    expect(await sent).toBe(0)
    await Promise.all([muted, registered])
    const { users, services } = other.conversations
    expect((await users(alice).userConversations(sid).fetch()).notificationLevel).toBe('muted')
    expect(await services(other.credentials.service_sid).bindings.list()).toMatchObject([{ identity: alice, bindingType: 'fcm' }])
    expect(await changed).toBe('outcome-unknown')
    expect(await other.conversations.conversations(sid).messages.list()).toHaveLength(1)
    await client.shutdown()
  })
})

describe('tokens', () => {
  it('that expire are announced, and a new one heals without losing anything', async () => {
    await using other = await startParley()
    const [alice, bob] = [person('alice'), person('bob')]
    const { sid } = await other.conversations.conversations.create({})
    for (const identity of [alice, bob]) await other.conversations.conversations(sid).participants.create({ identity })
    const client = new Client(other.token(alice, { ttl: 600 }), { url: other.url, webSocket: new Cable().webSocket, retryPolicy })
    clients.add(client)
    await client.getConversationBySid(sid)
    const bodies = heard(client)
    const expired = new Promise<void>((resolve) => client.once('tokenExpired', resolve))
    other.clock.advance(601_000)
    await expired
    expect(client.connectionDetails).toMatchObject({ state: 'denied', code: 20104 })
    await other.conversations.conversations(sid).messages.create({ author: bob, body: 'while away' })
    await client.updateToken(other.token(alice))
    expect(client.connectionState).toBe('connected')
    await until('the message', () => bodies.includes('while away'))
    await client.shutdown()
  })

  it('are fetched by a provider: at the start, and when they are refused', async () => {
    const alice = person('alice')
    const reasons: string[] = []
    const tokens = ['not a token', parley.token(alice)]
    const client = new Client(
      (reason) => {
        reasons.push(reason)
        return tokens.shift() ?? parley.token(alice)
      },
      { url: parley.url, webSocket: new Cable().webSocket, retryPolicy },
    )
    clients.add(client)
    await client.getSubscribedConversations()
    expect(client.user.identity).toBe(alice)
    expect(reasons).toEqual(['start', 'start'])
  })

  it('that are refused at the first start fail at once, with the reason, and heal', async () => {
    const alice = person('alice')
    const client = new Client('nonsense', { url: parley.url, webSocket: new Cable().webSocket, retryPolicy })
    clients.add(client)
    const failed: ConnectionProblem[] = []
    client.on('initFailed', ({ error }) => error && void failed.push(error))
    await expect(client.getSubscribedConversations()).rejects.toMatchObject({
      name: 'ConnectionError',
      httpStatusCode: 401,
      terminal: true,
    })
    expect(failed).toMatchObject([{ terminal: true, httpStatusCode: 401 }])
    await client.updateToken(parley.token(alice))
    expect((await client.getSubscribedConversations()).items).toEqual([])
  })
})

describe('messages', () => {
  it('are paged in both directions, from anywhere, without gap, overlap or end that is none', async () => {
    const alice = person('alice')
    const sid = await talk(alice)
    for (let at = 0; at < 50; at++) await say(sid, alice, String(at))
    const client = await ready(alice)
    const conversation = await item(client, sid)
    const from = await conversation.getMessages(15, 20, 'forward')
    expect(from.items.map(({ index }) => index)).toEqual(Array.from({ length: 15 }, (_, at) => 20 + at))
    const seen: number[][] = []
    for (let page = from; page.hasPrevPage; ) {
      page = await page.prevPage()
      seen.push(page.items.map(({ index }) => index))
    }
    expect(seen).toEqual([Array.from({ length: 15 }, (_, at) => 5 + at), [0, 1, 2, 3, 4]])

    const back = await conversation.getMessages(10, 20, 'backwards')
    expect(back.items.map(({ index }) => index)).toEqual(Array.from({ length: 10 }, (_, at) => 11 + at))
    const next = await back.nextPage()
    expect(next.items.map(({ index }) => index)).toEqual(Array.from({ length: 10 }, (_, at) => 21 + at))
    expect((await next.prevPage()).items.map(({ index }) => index)).toEqual(Array.from({ length: 10 }, (_, at) => 11 + at))

    const all: number[] = []
    for await (const { index } of conversation.history()) all.push(index)
    expect(all).toEqual(Array.from({ length: 50 }, (_, at) => 49 - at))
    await expect((await conversation.getMessages(100)).nextPage()).rejects.toThrow('no next page')
  })

  it('in pages larger than the server’s are whole', async () => {
    const alice = person('alice')
    const sid = await talk(alice)
    for (let at = 0; at < 120; at++) await say(sid, alice, String(at))
    const conversation = await item(await ready(alice), sid)
    const page = await conversation.getMessages(115)
    expect(page.items).toHaveLength(115)
    expect([page.hasPrevPage, page.hasNextPage]).toEqual([true, false])
  })

  it('are counted as unread until they are read, on all devices', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const sid = await talk(alice, bob)
    const [desk, phone] = [await ready(alice), await ready(alice)]
    const [onDesk, onPhone] = [await item(desk, sid), await item(phone, sid)]
    expect(onDesk.unreadMessagesCount).toBe(0)
    for (const body of ['a', 'b', 'c']) await say(sid, bob, body)
    await onPhone.sendMessage('mine')
    await until('three unread', () => onDesk.unreadMessagesCount === 3 && onPhone.unreadMessagesCount === 3)
    await onPhone.updateLastReadMessageIndex(1)
    await until('one unread', () => onDesk.unreadMessagesCount === 1 && onPhone.unreadMessagesCount === 1)
    expect(await onPhone.setAllMessagesRead()).toBe(0)
    await until('all read', () => onDesk.unreadMessagesCount === 0 && onPhone.unreadMessagesCount === 0)
  })

  it('sent right after a join are always told', async () => {
    const alice = person('alice')
    const client = await ready(alice)
    const told: string[] = []
    client.on('messageAdded', ({ body, conversation }) => void told.push(`${conversation.friendlyName} ${body}`))
    for (let round = 0; round < 20; round++) {
      const conversation = await client.createConversation({ friendlyName: `round ${round}` })
      await conversation.join()
      await conversation.sendMessage('first')
    }
    await until('all of them', () => told.length >= 20)
    expect(told).toEqual(Array.from({ length: 20 }, (_, round) => `round ${round} first`))
  })

  it('that others send in the moment of a join are told, once', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const client = await ready(alice)
    const bodies = heard(client)
    const rounds = 40
    for (let round = 0; round < rounds; round++) {
      const { sid } = await parley.conversations.conversations.create({})
      await parley.conversations.conversations(sid).participants.create({ identity: bob })
      await parley.conversations.conversations(sid).participants.create({ identity: alice })
      await say(sid, bob, `early ${round}`)
    }
    await until('all of them', () => bodies.length >= rounds)
    expect(bodies.toSorted()).toEqual(Array.from({ length: rounds }, (_, round) => `early ${round}`).sort())
  })

  it('do not pile up: those that nobody holds are forgotten', async () => {
    const [alice, bob] = [person('alice'), person('bob')]
    const sid = await talk(alice, bob)
    const client = await ready(alice, new Cable(), { messageCacheCapacity: 10 })
    const sender = await ready(bob)
    const conversation = await item(client, sid)
    let held: Message | undefined
    let count = 0
    client.on('messageAdded', (message) => {
      held ??= message
      count++
    })
    const out = await item(sender, sid)
    for (let batch = 0; batch < 5; batch++) await Promise.all(Array.from({ length: 100 }, (_, at) => out.sendMessage(`${batch} ${at}`)))
    await until('all', () => count === 500)
    const known = () => Array.from({ length: 500 }, (_, index) => conversation._messages?.known(index)).filter(Boolean).length
    await until('the forgetting', () => {
      collect()
      return known() <= 12
    })
    // What the app holds stays alive.
    await parley.conversations
      .conversations(sid)
      .messages((held as Message).sid)
      .update({ body: 'edited' })
    await until('the update', () => held?.body === 'edited')
  })

  it('cost no memory however many come: a hundred thousand, and the heap is as it was', async () => {
    const alice = person('alice')
    const sid = await talk(alice)
    const cable = new Cable()
    const client = await ready(alice, cable)
    const list = (await item(client, sid))._messages
    let count = 0
    client.on('messageAdded', () => void count++)
    let index = 0
    const hear = async (many: number) => {
      for (const end = index + many; index < end; index++) {
        const data = {
          sid: `IM${String(index).padStart(32, '0')}`,
          author: 'bob',
          text: `message ${index}`,
          attributes: '{}',
          timestamp: now,
          type: 'text',
        }
        const event = { id: index + 1, list_sid: list?.sid, item_index: index, item_data: data, date_created: now }
        cable.hear(told({ event_type: 'list_item_added', event_protocol_version: 4, events: [event] }))
        // Who hears of garbage also gets rid of it.
        if (index % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await hear(20_000)
    const before = await heap()
    await hear(80_000)
    expect(count).toBe(100_000)
    expect((await heap()) - before).toBeLessThan(2_000_000)
  })
})
