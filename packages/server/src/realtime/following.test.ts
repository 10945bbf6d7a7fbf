import { type SyncObject, syncObjectSid, syncObjects } from '@parley/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataParent } from '../../../../spec/support/data-parent.ts'
import type { UserActor } from '../domain/access.ts'
import type { Context } from '../domain/context.ts'
import { BareWorld } from '../storage/bare-world.ts'
import type { Change } from '../storage/changes.ts'
import type { ConversationRow, UserRow } from '../storage/schema.ts'
import type { Readers } from '../storage/store.ts'
import type { Caller } from './caller.ts'
import { Hub } from './hub.ts'
import type { Packet } from './outgoing.ts'
import type { SessionLists } from './session-list/session-lists.ts'
import { resume } from './start/resume.ts'
import { openObject } from './sync/objects.ts'
import { lastEventId } from './sync/replay.ts'
import { subscribe } from './sync/subscriptions.ts'
import { documentData, messageData, myConversationData, rosterData } from './sync/views.ts'
import type { Command } from './upstream.ts'

const identities = ['alice', 'bob'] as const
type Identity = (typeof identities)[number]
const kinds = ['document', 'messages', 'roster', 'conversations'] as const
type Kind = (typeof kinds)[number]

type Step =
  | { kind: 'say'; times: number }
  | { kind: 'edit' | 'remove'; at: number }
  | { kind: 'rename' | 'read' }
  | { kind: 'come' | 'go'; who: Identity | 'carol' }
  | { kind: 'news'; batches: number }
  | { kind: 'news is late' | 'late news' | 'the database is away' | 'the database is back' }
  | { kind: 'turns'; turns: number }
  | { kind: 'time passes'; milliseconds: number }
  | { kind: 'drop' | 'subscribe' | 'resume'; who: Identity }
  | { kind: 'ask again' | 'cancel' | 'look'; who: Identity; object: Kind }

const one = fc.constant.bind(fc)
const whoever = fc.constantFrom(...identities)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: one('say' as const), times: fc.constantFrom(1, 1, 1, 2, 520) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('edit' as const, 'remove' as const), at: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('rename' as const, 'read' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('come' as const, 'go' as const),
      who: fc.constantFrom('alice' as const, 'carol' as const),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: one('news' as const), batches: fc.constantFrom(1, 1, 2, 5) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'news is late' as const,
        'late news' as const,
        'the database is away' as const,
        'the database is back' as const,
      ),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: one('turns' as const), turns: fc.constantFrom(1, 2, 3, 5, 9) }) },
  { weight: 2, arbitrary: fc.record({ kind: one('time passes' as const), milliseconds: fc.constantFrom(100, 250, 1_000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'subscribe' as const, 'resume' as const), who: whoever }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('ask again' as const, 'cancel' as const, 'look' as const),
      who: whoever,
      object: fc.constantFrom(...kinds),
    }),
  },
)

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

interface RawEvent {
  [member: string]: unknown
  id: number
  object_sid?: string
  replay_status?: string
  last_event_id?: number
}

/** What a client knows of one object. */
interface Copy {
  object: SyncObject
  position: number
  items: Map<string, string>
  /** Items that an event has added. */
  added: Set<string>
  /** What it was asked for by; `undefined` when it is followed. */
  asked: number | undefined
}

/** A connection of a client. */
class Connection {
  closed = false
  oversees = false
  olderEvents = false
  readonly watching = new Map<string, SyncObject>()

  constructor(
    readonly client: Client,
    readonly actor: UserActor,
  ) {}

  get user_sid(): string {
    return this.actor.user_sid
  }
  get identity(): string {
    return this.actor.identity
  }
  push(bytes: Packet): void {
    if (this.closed) return
    const frame = bytes.toString('utf8')
    this.client.hear(this, JSON.parse(frame.slice(frame.lastIndexOf('\r\n') + 2)))
  }
  wants(): boolean {
    return true
  }
  room(): undefined {}
  opened(): void {}
  drop(): void {
    if (this.closed) return
    this.closed = true
    for (const object of [...this.watching.values()]) this.client.story.hub.leave(this as unknown as Caller, object)
  }
}

/** A client that follows what it may see, as SDKs do; it notes what no server should tell it. */
class Client {
  readonly copies = new Map<string, Copy>()
  connection: Connection | undefined
  #correlation = 0

  constructor(
    readonly story: Story,
    readonly user: UserRow,
    /** Whether it asks again when it sees a gap. */
    readonly minds: boolean,
  ) {}

  wrong(what: string): void {
    this.story.wrong.push(`${this.user.identity}: ${what}`)
  }

  hear(
    connection: Connection,
    { event_type, correlation_id, events }: { event_type: string; correlation_id?: number; events: RawEvent[] },
  ): void {
    if (connection !== this.connection) return
    for (const event of events) {
      if (event_type.startsWith('subscription_')) this.#result(event_type, correlation_id, event)
      else this.#event(event_type, correlation_id, event)
    }
  }

  #result(type: string, correlation: number | undefined, { object_sid = '', replay_status, last_event_id = 0 }: RawEvent): void {
    const copy = this.copies.get(object_sid)
    if (!copy || copy.asked !== correlation) return
    if (type === 'subscription_failed') {
      this.copies.delete(object_sid)
      return
    }
    copy.position = Math.max(copy.position, last_event_id)
    if (replay_status === 'interrupted') this.ask(copy)
    else copy.asked = undefined
  }

  #event(type: string, correlation: number | undefined, event: RawEvent): void {
    const sid = String(event['document_sid'] ?? event['list_sid'] ?? event['map_sid'])
    const copy = this.copies.get(sid)
    if (!copy) return
    const { object, position, items, added } = copy
    const name = `${type} ${event.id} of ${object.kind}`
    if (event.id <= position) {
      if (correlation === undefined) this.wrong(`${name} is told after ${position}`)
      return
    }
    // What was changed several times is told once: official clients do not mind, and our own asks again.
    if (this.minds && correlation === undefined && object.kind !== 'document' && event.id !== position + 1) {
      this.ask(copy)
      return
    }
    copy.position = event.id
    const key = String(event['item_index'] ?? event['item_key'] ?? '')
    if (type.endsWith('_added') && added.has(key) && correlation === undefined) this.wrong(`${name} adds ${key} again`)
    if (type.endsWith('_added')) added.add(key)
    if (type.endsWith('_removed')) {
      items.delete(key)
      added.delete(key)
    } else items.set(key, JSON.stringify(event['item_data'] ?? event['document_data']))
    if (object.kind === 'conversations') this.#mine(type)
  }

  /** Whoever is taken out forgets the conversation, and whoever comes opens it. */
  #mine(type: string): void {
    if (type.endsWith('_updated')) return
    for (const [sid, { object }] of this.copies) if (object.kind !== 'conversations') this.copies.delete(sid)
    if (type.endsWith('_added')) for (const kind of ['document', 'messages', 'roster'] as const) this.story.begin(this.open(kind))
  }

  #command(connection: Connection, body: unknown): Command {
    const { ctx, hub } = this.story
    const session = connection as unknown as Caller
    return { ctx, hub, session, body, pacing: ctx.clock, lists: undefined as unknown as SessionLists } as unknown as Command
  }

  connect(): Connection {
    this.connection?.drop()
    const { account_sid, chat_service_sid, sid: user_sid, identity } = this.user
    this.connection = new Connection(this, { kind: 'user', account_sid, chat_service_sid, user_sid, identity })
    return this.connection
  }

  objectOf(kind: Kind): SyncObject {
    return { kind, owner: kind === 'conversations' ? this.user.sid : this.story.room.sid }
  }

  copyOf(kind: Kind): Copy | undefined {
    return this.copies.get(syncObjectSid(this.objectOf(kind)))
  }

  /** Reads an object and follows it from there on. */
  async open(kind: Kind): Promise<void> {
    const { connection } = this
    if (!connection) return
    const object = this.objectOf(kind)
    const { ctx, hub } = this.story
    const { owner } = await openObject(ctx, connection.actor, object)
    const position = lastEventId(object, owner)
    const items = await this.story.itemsOf(object)
    await hub.settle(object, position)
    if (connection !== this.connection || this.copyOf(kind)) return
    const copy: Copy = { object, position, items, added: new Set(), asked: 0 }
    this.copies.set(syncObjectSid(object), copy)
    this.ask(copy)
  }

  ask(copy: Copy): void {
    const { connection } = this
    if (!connection) return
    const correlation_id = ++this.#correlation
    copy.asked = correlation_id
    const { object, position } = copy
    const requests = [{ object_sid: syncObjectSid(object), object_type: syncObjects[object.kind].type, last_event_id: position }]
    this.story.begin(
      subscribe(this.#command(connection, { action: 'establish', correlation_id, event_protocol_version: 4, requests })).work,
    )
  }

  /** What was not answered is asked for again. */
  askAgain(): boolean {
    const unanswered = [...this.copies.values()].filter(({ asked }) => asked !== undefined)
    for (const copy of unanswered) this.ask(copy)
    const missing = this.copyOf('conversations') ? [] : (['conversations'] as Kind[])
    if (this.copyOf('conversations')?.items.size)
      for (const kind of ['document', 'messages', 'roster'] as const) if (!this.copyOf(kind)) missing.push(kind)
    for (const kind of missing) this.story.begin(this.open(kind))
    return unanswered.length + missing.length > 0
  }

  cancel(kind: Kind): void {
    const copy = this.copyOf(kind)
    if (!copy || !this.connection) return
    const requests = [{ object_sid: syncObjectSid(copy.object), object_type: syncObjects[kind].type }]
    const body = { action: 'cancel', correlation_id: ++this.#correlation, event_protocol_version: 4, requests }
    this.story.begin(subscribe(this.#command(this.connection, body)).work)
    this.ask(copy)
  }

  subscribeAll(): void {
    this.connect()
    for (const copy of this.copies.values()) this.ask(copy)
  }

  async resume(): Promise<void> {
    const connection = this.connect()
    const correlation_id = ++this.#correlation
    const objects = [...this.copies].map(([sid, copy]) => {
      copy.asked = correlation_id
      return [sid, copy.position]
    })
    const { gone } = await resume(this.#command(connection, { correlation_id, objects }))
    if (connection !== this.connection) return
    for (const copy of this.copies.values()) if (copy.asked === correlation_id) copy.asked = undefined
    for (const sid of gone) this.copies.delete(sid)
  }
}

/** Those who write, the news of it on its way, and those who follow. */
class Story {
  readonly wrong: string[] = []
  readonly ctx: Context
  readonly hub: Hub
  room!: ConversationRow
  readonly users = new Map<string, UserRow>()
  readonly clients = new Map<Identity, Client>()
  #news: (readonly Change[])[] = []
  #late: (readonly Change[])[] = []
  #isAway = false
  readonly #underWay = new Set<Promise<void>>()

  constructor(
    readonly world: BareWorld,
    private readonly pauses: readonly number[],
  ) {
    const { clock, log } = world
    const read = this.#slowly(world.store.read)
    this.hub = new Hub(read, clock, log)
    const limits = { subscriptionsPerRequest: 100, subscriptionsPerConnection: 100 }
    this.ctx = { store: { read }, clock, log, limits } as unknown as Context
  }

  /** Readers that take their time before and after they look, and fail while the database is away. */
  #slowly(readers: Readers): Readers {
    let at = 0
    const pause = async () => {
      const turns = this.pauses[at++ % this.pauses.length] ?? 0
      for (let n = 0; n < turns; n++) await turn()
      if (this.#isAway) throw new Error('The database is away')
    }
    const slow = (concept: object) =>
      Object.fromEntries(
        Object.entries(concept).map(([name, ask]) => [
          name,
          async (...parameters: unknown[]) => {
            await pause()
            const answer = await ask(...parameters)
            await pause()
            return answer
          },
        ]),
      )
    return Object.fromEntries(Object.entries(readers).map(([name, concept]) => [name, slow(concept)])) as unknown as Readers
  }

  committed(changes: readonly Change[]): void {
    this.#news.push(changes)
  }

  begin(work: Promise<void>): void {
    const tracked: Promise<void> = work.catch(() => {}).finally(() => this.#underWay.delete(tracked))
    this.#underWay.add(tracked)
  }

  async start(): Promise<void> {
    const { world } = this
    this.room = await world.conversation()
    for (const identity of [...identities, 'carol']) this.users.set(identity, await world.user(`${identity} of ${this.room.sid}`))
    for (const identity of identities) await this.#come(identity)
    this.#news = []
    for (const identity of identities) {
      const client = new Client(this, this.users.get(identity) as UserRow, identity === 'bob')
      this.clients.set(identity, client)
      client.connect()
      for (const kind of kinds) await client.open(kind)
    }
  }

  async #come(who: string): Promise<void> {
    const user = this.users.get(who) as UserRow
    if (!(await this.world.store.read.participants.findMembership(user.sid, this.room.sid))) await this.world.join(this.room.sid, user)
  }

  async itemsOf(object: SyncObject): Promise<Map<string, string>> {
    const { read } = this.world.store
    const text = JSON.stringify
    switch (object.kind) {
      case 'messages':
        return new Map(
          (await read.messages.from(object.owner, 0, false, 100_000)).map((row) => [String(row.position), text(messageData(row))]),
        )
      case 'roster':
        return new Map((await read.participants.all(object.owner)).map((row) => [row.sid, text(rosterData(row))]))
      case 'conversations':
        return new Map(
          (await read.participants.mineFrom(object.owner, '', false, 1_000)).map((row) => [
            row.conversation_sid,
            text(myConversationData(row)),
          ]),
        )
      default:
        return new Map([['', text(documentData(await this.world.get(object.owner)))]])
    }
  }

  async take(step: Step): Promise<void> {
    const { world, room, hub } = this
    switch (step.kind) {
      case 'say':
        await Promise.all(Array.from({ length: step.times }, () => world.say(room.sid, 'said')))
        break
      case 'edit':
      case 'remove': {
        const rows = await world.store.read.messages.from(room.sid, 1_000_000, true, 10)
        const row = rows[step.at]
        if (row && step.kind === 'edit') await world.edit(row, `${row.body} again`)
        if (row && step.kind === 'remove')
          await world.store.write(async (tx) => {
            const conversation = (await tx.conversations.lock(room.sid)) as ConversationRow
            await tx.conversations.saveDocument(await tx.messages.remove(conversation, row, world.clock.now()))
          })
        break
      }
      case 'rename':
        await world.store.write(async (tx) => {
          const row = (await tx.conversations.lock(room.sid)) as ConversationRow
          await tx.conversations.saveDocument({ ...row, friendly_name: `${row.friendly_name ?? ''}.` })
        })
        break
      case 'read':
        await world.store.write(async (tx) => {
          const row = (await tx.conversations.lock(room.sid)) as ConversationRow
          const [participant] = await tx.participants.all(room.sid)
          if (!participant) return
          const last_read_message_index = (participant.last_read_message_index ?? -1) + 1
          await tx.participants.save(row, { ...participant, last_read_message_index }, { roster: true, mine: true })
        })
        break
      case 'come':
        await this.#come(step.who)
        break
      case 'go': {
        const user = this.users.get(step.who) as UserRow
        const membership = await world.store.read.participants.findMembership(user.sid, room.sid)
        if (membership) await world.leave(membership.participant)
        break
      }
      case 'news':
        this.#tell(this.#news.splice(0, step.batches))
        break
      case 'news is late':
        this.#late.push(...this.#news.splice(0, 1))
        break
      case 'late news':
        this.#tell(this.#late.splice(0))
        break
      case 'the database is away':
        this.#isAway = true
        break
      case 'the database is back':
        this.#isAway = false
        break
      case 'turns':
        for (let n = 0; n < step.turns; n++) await turn()
        break
      case 'time passes':
        await world.clock.advance(step.milliseconds)
        break
      case 'drop':
        this.#client(step.who).connection?.drop()
        break
      case 'subscribe':
        this.#client(step.who).subscribeAll()
        break
      case 'resume':
        this.begin(this.#client(step.who).resume())
        break
      case 'ask again': {
        const copy = this.#client(step.who).copyOf(step.object)
        if (copy) this.#client(step.who).ask(copy)
        break
      }
      case 'cancel':
        this.#client(step.who).cancel(step.object)
        break
      case 'look': {
        const row = await world.get(room.sid)
        if (step.object === 'messages') this.begin(hub.settle({ kind: 'messages', owner: room.sid }, row.messages_event_id))
        if (step.object === 'roster') this.begin(hub.settle({ kind: 'roster', owner: room.sid }, row.roster_event_id))
        const user = (await world.store.read.users.find(this.#client(step.who).user.sid)) as UserRow
        if (step.object === 'conversations') this.begin(hub.settle({ kind: 'conversations', owner: user.sid }, user.conversations_event_id))
      }
    }
  }

  #client(who: Identity): Client {
    return this.clients.get(who) as Client
  }

  #tell(news: (readonly Change[])[]): void {
    for (const change of news.flat()) this.hub.tell(change)
  }

  /** Lets everything arrive, and everybody ask for what they miss. */
  async end(): Promise<void> {
    this.#isAway = false
    for (const client of this.clients.values()) if (client.connection?.closed !== false) client.subscribeAll()
    for (let rounds = 0; rounds < 100; rounds++) {
      this.#tell([...this.#late.splice(0), ...this.#news.splice(0)])
      while (this.#underWay.size > 0) await Promise.all(this.#underWay)
      await this.world.clock.advance(2_000)
      let isDone = true
      for (const client of this.clients.values()) if (client.askAgain()) isDone = false
      for (let n = 0; n < 20; n++) await turn()
      if (isDone && this.#underWay.size === 0) return
    }
    this.wrong.push('It never ends')
  }
}

let world: BareWorld
let story: Story | undefined
beforeAll(async () => {
  world = await BareWorld.open('sqlite', {
    freshDatabase: () => Promise.reject(new Error('SQLite needs none')),
    parent: dataParent,
    synchronous: 'normal',
  })
  world.store.onCommit((changes) => story?.committed(changes))
})
afterAll(() => world[Symbol.asyncDispose]())

async function tell(steps: readonly Step[], pauses: readonly number[]): Promise<Story> {
  story = new Story(world, pauses)
  await story.start()
  for (const one of steps) await story.take(one)
  await story.end()
  for (const client of story.clients.values()) {
    for (const kind of kinds) {
      const object = client.objectOf(kind)
      const isThere =
        kind === 'conversations' || (await world.store.read.participants.findMembership(client.user.sid, story.room.sid)) !== undefined
      const copy = client.copyOf(kind)
      if (!isThere) {
        expect(copy, `${client.user.identity}: ${kind}`).toBeUndefined()
        continue
      }
      expect(copy?.items, `${client.user.identity}: ${kind}`).toEqual(await story.itemsOf(object))
    }
  }
  return story
}

describe('those who follow a conversation', () => {
  it('have in the end what it holds, and are told each event once and in order, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), fc.array(fc.nat(4), { minLength: 1, maxLength: 10 }), async (steps, pauses) => {
        const { wrong } = await tell(steps, pauses)
        expect(wrong).toEqual([])
      }),
      { numRuns: 40 },
    )
  })
})
