import type { SyncObject } from '@parley/protocol'
import { describe, expect, it } from 'vitest'
import { createClock } from '../base/clock.ts'
import { createLog } from '../base/log.ts'
import type { Change } from '../storage/changes.ts'
import type { ConversationRow, MessageRow, ParticipantRow } from '../storage/schema.ts'
import type { Readers } from '../storage/store.ts'
import { Hub, type Watcher } from './hub.ts'
import type { Packet } from './outgoing.ts'

const conversation = `CH${'1'.repeat(32)}`
const messages: SyncObject = { kind: 'messages', owner: conversation }
const roster: SyncObject = { kind: 'roster', owner: conversation }
const document: SyncObject = { kind: 'document', owner: conversation }

/** Whoever watches, with what they were told. */
class Listener implements Watcher {
  readonly user_sid: string
  readonly told: string[] = []
  readonly watching = new Map<string, SyncObject>()
  dropped: string | undefined

  constructor(readonly identity: string) {
    this.user_sid = userSidOf(identity)
  }
  push(bytes: Packet): void {
    const frame = bytes.toString('utf8')
    const { event_type, events } = JSON.parse(frame.slice(frame.lastIndexOf('\r\n') + 2))
    this.told.push(`${event_type} ${events[0].id}`)
  }
  wants(): boolean {
    return true
  }
  drop(reason: string): void {
    this.dropped = reason
  }
}

const userSidOf = (identity: string) => `US${Buffer.from(identity).toString('hex').padEnd(32, '0')}`

const message = (id: number): MessageRow => ({
  sid: `IM${String(id).padStart(32, '0')}`,
  account_sid: 'AC',
  chat_service_sid: 'IS',
  conversation_sid: conversation,
  position: id - 1,
  author: 'alice',
  participant_sid: null,
  body: `message ${id}`,
  subject: null,
  attributes: '{}',
  media: null,
  content_sid: null,
  delivery: null,
  channel_metadata: null,
  recipients: null,
  last_updated_by: null,
  created_event_id: id,
  event_id: id,
  removed_at: null,
  date_created: 0,
  date_updated: 0,
})

const conversationOf = (document_event_id: number) =>
  ({
    sid: conversation,
    attributes: '{}',
    date_created: 0,
    date_updated: 0,
    state_updated: 0,
    last_message_index: null,
    document_event_id,
  }) as ConversationRow

const participantOf = (identity: string): ParticipantRow => ({
  sid: `MB${'2'.repeat(32)}`,
  account_sid: 'AC',
  chat_service_sid: 'IS',
  conversation_sid: conversation,
  type: 'chat',
  identity,
  user_sid: userSidOf(identity),
  address: null,
  proxy_address: null,
  projected_address: null,
  binding_name: null,
  binding_level: null,
  bound: 0,
  attributes: '{}',
  role_sid: null,
  last_read_message_index: null,
  last_read_timestamp: null,
  notification_level: 'default',
  created_event_id: 1,
  event_id: 2,
  mine_created_event_id: 1,
  mine_event_id: 2,
  removed_at: 1,
  date_created: 0,
  date_updated: 0,
})

/** A messages list in a database: so many messages, and each look at how many there are takes until it is let through. */
class SlowList {
  messages = 0
  /** Whether the last event was no message, but an edit of the first. */
  edited = false
  readonly #looks: { through(): void; fail(error: Error): void }[] = []

  readonly read = {
    conversations: {
      find: () => {
        const row = { sid: conversation, messages_event_id: this.messages }
        return new Promise((resolve, reject) => this.#looks.push({ through: () => resolve(row), fail: reject }))
      },
    },
    messages: {
      changedAfter: async ({ messages_event_id: complete }: { messages_event_id: number }, after: number) => ({
        rows: this.edited
          ? [{ ...message(1), event_id: complete }]
          : Array.from({ length: complete - after }, (_, n) => message(after + 1 + n)),
        complete,
      }),
    },
  } as unknown as Readers

  async next(): Promise<{ through(): void; fail(error: Error): void }> {
    await expect.poll(() => this.#looks.length).toBe(1)
    return this.#looks.shift()!
  }
}

describe('hub, when events were missed,', () => {
  const openHub = () => {
    const list = new SlowList()
    const clock = createClock()
    const hub = new Hub(list.read, clock, createLog({ level: 'silent' }))
    const alice = new Listener('alice')
    const subscription = hub.hold(alice, messages)
    hub.opened(messages, 0)
    hub.release(subscription, 0)
    const happen = (id: number) => {
      list.messages = id
      hub.tell({ object: 'messages', sid: conversation, id, kind: 'added', message: message(id) })
    }
    return { hub, list, clock, alice, happen }
  }
  const added = (...ids: number[]) => ids.map((id) => `list_item_added ${id}`)

  it('reads and tells them, and what happens while it reads', async () => {
    const { list, alice, happen } = openHub()
    happen(2)
    const look = await list.next()
    happen(3)
    look.through()
    ;(await list.next()).through()
    await expect.poll(() => alice.told).toEqual(added(1, 2, 3))
  })

  it('shows no page before its events are told, though it was reading already', async () => {
    const { hub, list, alice, happen } = openHub()
    happen(2)
    const look = await list.next()
    list.messages = 3
    const settled = hub.settle(messages, 3).then(() => [...alice.told])
    look.through()
    ;(await list.next()).through()
    expect(await settled).toEqual(added(1, 2, 3))
  })

  it('reads again what could not be read', async () => {
    const { list, clock, alice, happen } = openHub()
    happen(2)
    ;(await list.next()).fail(new Error('The database is away'))
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(1_000)
    ;(await list.next()).through()
    await expect.poll(() => alice.told).toEqual(added(1, 2))
  })

  it('adds nothing twice of which the first news comes while it reads', async () => {
    const { hub, list, alice, happen } = openHub()
    const settled = hub.settle(messages, 2)
    const look = await list.next()
    happen(1)
    list.edited = true
    list.messages = 2
    look.through()
    ;(await list.next()).through()
    await settled
    expect(alice.told).toEqual(['list_item_added 1', 'list_item_updated 2'])
  })

  it('looks once for what is not there', async () => {
    const { hub, list, alice } = openHub()
    const settled = hub.settle(messages, 5)
    ;(await list.next()).through()
    await settled
    expect(alice.told).toEqual([])
  })
})

describe('hub, when it has read of a removal before the news of it come,', () => {
  it('leaves those alone who are back', async () => {
    const mine: SyncObject = { kind: 'conversations', owner: userSidOf('bob') }
    const left = participantOf('bob')
    const back: ParticipantRow = { ...left, sid: `MB${'3'.repeat(32)}`, removed_at: null, mine_created_event_id: 3, mine_event_id: 3 }
    const read = {
      users: { find: async () => ({ sid: mine.owner, conversations_event_id: 3 }) },
      participants: { mineChangedAfter: async () => [left, back] },
    } as unknown as Readers
    const hub = new Hub(read, createClock(), createLog({ level: 'silent' }))
    const bob = new Listener('bob')
    const follow = (object: SyncObject, from: number) => {
      const asking = hub.hold(bob, object)
      hub.opened(object, from)
      hub.release(asking, from)
    }
    const send = (id: number) => hub.tell({ object: 'messages', sid: conversation, id, kind: 'added', message: message(id) })
    const removal: Change = { object: 'conversations', sid: mine.owner, id: 2, kind: 'removed', participant: left }
    follow(mine, 1)
    follow(messages, 0)

    await hub.settle(mine, 3)
    send(1)
    follow(messages, 1)
    hub.tell(removal)
    send(2)

    expect(bob.told).toEqual(['map_item_removed 2', 'map_item_added 3', 'list_item_added 2'])
    hub.tell({ ...removal, id: 4 })
    send(3)
    expect(bob.told.at(-1)).toBe('map_item_removed 4')
  })
})

describe('hub', () => {
  const unread = new Proxy({}, { get: () => expect.fail('Nothing was missed, so nothing is to be read') }) as Readers

  const openHub = () => {
    const clock = createClock()
    const hub = new Hub(unread, clock, createLog({ level: 'silent' }))
    const watch = (watcher: Watcher, object: SyncObject) => {
      const subscription = hub.hold(watcher, object)
      hub.opened(object, 0)
      return subscription
    }
    return {
      hub,
      clock,
      watch,
      subscribe: (watcher: Watcher, ...objects: SyncObject[]) => {
        for (const object of objects) hub.release(watch(watcher, object), 0)
      },
      send: (id: number) => hub.tell({ object: 'messages', sid: conversation, id, kind: 'added', message: message(id) }),
      remove: (identity: string) =>
        hub.tell({ object: 'conversations', sid: userSidOf(identity), id: 2, kind: 'removed', participant: participantOf(identity) }),
    }
  }

  it('tells every watcher each event once, whatever comes twice', () => {
    const { subscribe, send } = openHub()
    const [alice, bob] = [new Listener('alice'), new Listener('bob')]
    subscribe(alice, messages)
    subscribe(bob, messages)
    for (const id of [1, 1, 2, 1, 2]) send(id)
    expect(alice.told).toEqual(['list_item_added 1', 'list_item_added 2'])
    expect(bob.told).toEqual(alice.told)
  })

  it('tells nothing more to whoever is removed, also when they do not watch their own list of conversations', () => {
    const { hub, subscribe, send, remove } = openHub()
    const [alice, bob] = [new Listener('alice'), new Listener('bob')]
    subscribe(alice, messages, roster)
    subscribe(bob, messages, roster)
    send(1)
    remove('bob')
    send(2)
    expect(bob.told).toEqual(['list_item_added 1'])
    expect(alice.told).toEqual(['list_item_added 1', 'list_item_added 2'])
    expect(hub.watchersOf(roster)).toEqual([alice])
    expect(bob.watching.size).toBe(0)
  })

  it('drops whoever is removed while a replay is under way', () => {
    const { hub, watch, send, remove } = openHub()
    const bob = new Listener('bob')
    const subscription = watch(bob, messages)
    send(1)
    remove('bob')
    send(2)
    hub.release(subscription, 0)
    send(3)
    expect(bob.told).toEqual(['list_item_added 1'])
  })

  it('tells nobody again what their replay has told, though it was ahead of the news', () => {
    const { hub, watch, subscribe, send } = openHub()
    const [alice, bob] = [new Listener('alice'), new Listener('bob')]
    subscribe(alice, messages)
    hub.release(watch(bob, messages), 2)
    for (const id of [1, 2, 3]) send(id)
    expect(alice.told).toEqual(['list_item_added 1', 'list_item_added 2', 'list_item_added 3'])
    expect(bob.told).toEqual(['list_item_added 3'])
  })

  it('goes on telling whoever asked again, when nothing comes of one of the askings', () => {
    const { hub, watch, send } = openHub()
    const bob = new Listener('bob')
    const slow = watch(bob, messages)
    hub.release(watch(bob, messages), 0)
    send(1)
    hub.giveUp(slow)
    send(2)
    const inVain = watch(bob, messages)
    send(3)
    hub.giveUp(inVain)
    hub.giveUp(inVain)
    send(4)
    expect(bob.told).toEqual([1, 2, 3, 4].map((id) => `list_item_added ${id}`))
  })

  it('ends the interest of whoever is refused, unless they have asked again since', () => {
    const { hub, watch, send } = openHub()
    const bob = new Listener('bob')
    const early = watch(bob, messages)
    hub.release(watch(bob, messages), 0)
    hub.refuse(early)
    send(1)
    hub.refuse(watch(bob, messages))
    send(2)
    expect(bob.told).toEqual(['list_item_added 1'])
    expect(bob.watching.size).toBe(0)
  })

  it('tells what happens behind the latest of several replays', () => {
    const { hub, watch, send } = openHub()
    const bob = new Listener('bob')
    const [first, second] = [watch(bob, messages), watch(bob, messages)]
    send(1)
    hub.release(second, 1)
    send(2)
    expect(bob.told).toEqual([])
    hub.release(first, 0)
    send(3)
    expect(bob.told).toEqual(['list_item_added 2', 'list_item_added 3'])
  })

  it('ends the interest of whoever asked in vain, once nothing else is asked', () => {
    const { hub, watch } = openHub()
    const bob = new Listener('bob')
    const [first, second] = [watch(bob, messages), watch(bob, messages)]
    hub.giveUp(first)
    expect(bob.watching.size).toBe(1)
    hub.giveUp(second)
    expect(bob.watching.size).toBe(0)
    const stopped = watch(bob, messages)
    hub.leave(bob, messages)
    hub.release(watch(bob, messages), 0)
    hub.giveUp(stopped)
    expect(hub.watchersOf(messages)).toEqual([bob])
  })

  it('tells the newest of a document, though the news of an older one come behind it', async () => {
    const { hub, clock, subscribe } = openHub()
    const bob = new Listener('bob')
    subscribe(bob, document)
    const change = (id: number, onlyLastMessage: boolean) =>
      hub.tell({ object: 'document', sid: conversation, id, kind: 'updated', conversation: conversationOf(id), onlyLastMessage })
    change(1, true)
    change(3, true)
    change(2, true)
    change(2, false)
    await clock.advance(1_000)
    expect(bob.told).toEqual(['document_updated 1', 'document_updated 3'])
  })

  it('counts nobody among the watchers who may not watch yet, or whose replay is under way', () => {
    const { hub, watch } = openHub()
    const bob = new Listener('bob')
    const subscription = watch(bob, roster)
    expect(hub.watchersOf(roster)).toEqual([])
    hub.release(subscription, 0)
    expect(hub.watchersOf(roster)).toEqual([bob])
  })

  it('ends a connection whose replay never ends while events pile up', () => {
    const { watch, send } = openHub()
    const [alice, bob] = [new Listener('alice'), new Listener('bob')]
    watch(bob, messages)
    watch(alice, roster)
    for (let id = 1; id <= 10_001; id++) send(id)
    expect(bob.dropped).toBe('events waited too long for a replay')
    expect(alice.dropped).toBeUndefined()
  })

  it('keeps nothing of objects that nobody watches any more', () => {
    const { hub, subscribe } = openHub()
    const bob = new Listener('bob')
    subscribe(bob, messages, roster)
    hub.leave(bob, messages)
    hub.leave(bob, messages)
    hub.leave(bob, roster)
    expect(hub.measures()).toMatchObject({ objects: 0, subscriptions: 0 })
    expect(bob.watching.size).toBe(0)
  })
})
