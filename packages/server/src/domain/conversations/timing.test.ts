import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { dataParent } from '../../../../../spec/support/data-parent.ts'
import { freshDatabase } from '../../../../../spec/support/fresh-database.ts'
import { eventually } from '../../../../../spec/support/until.ts'
import { BareWorld, databaseKinds } from '../../storage/bare-world.ts'
import type { ConversationRow } from '../../storage/schema.ts'
import { sideways } from '../../storage/sideways.ts'
import type { Store } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { runConversationTimers } from './apply-timers.ts'
import { activity } from './timers.ts'
import { updateConversation } from './update-conversation.ts'

const second = 1_000

type Step =
  | { kind: 'say' | 'another node' | 'stop' | 'killed' | 'writes fail' | 'writes work' }
  | { kind: 'set'; timers: { inactive?: string; closed?: string } }
  | { kind: 'become'; state: 'active' | 'inactive' | 'closed' }
  | { kind: 'time passes'; milliseconds: number }

const duration = fc.constantFrom('PT60S', 'PT62S', 'PT2M', 'PT10M')
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('say' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      timers: fc.record({ inactive: duration, closed: duration }, { requiredKeys: [] }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('become' as const),
      state: fc.constantFrom('active' as const, 'inactive' as const, 'closed' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('time passes' as const),
      milliseconds: fc.constantFrom(1, second, 5 * second, 59 * second, 60 * second, 61 * second, 3_600 * second),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('another node' as const, 'stop' as const, 'killed' as const, 'writes fail' as const, 'writes work' as const),
    }),
  },
) as fc.Arbitrary<Step>

/** A node that runs timers, until it stops, or is killed: from then on nothing of it reaches the database. */
interface Node {
  isKilled: boolean
  timers: { close(): Promise<void> }
}

/** What becomes of a conversation with timers, whatever happens. */
class Story {
  room!: ConversationRow
  readonly wrong: string[] = []
  /** Changes of state that webhooks are to hear of. */
  changes = 0
  #isAsked = false
  #nodes: Node[] = []
  #writesFail = false
  readonly #ctx: Context

  constructor(readonly world: BareWorld) {
    this.#ctx = this.#through(world.store)
  }

  #through(store: Store): Context {
    const { clock, ids, log } = this.world
    const hears = new Set(['onConversationStateUpdated'])
    const after = { level: 'service', url: 'http://127.0.0.1:9/', method: 'POST', hears, fail_closed: null }
    const listeners = { of: () => ({ before: undefined, after }), flows: new Map() }
    return { store, clock, ids, log, listeners, quotas: { take() {} } } as unknown as Context
  }

  #start(): void {
    const { store } = this.world
    const node: Node = { isKilled: false, timers: undefined as never }
    const write: Store['write'] = (work) => {
      if (node.isKilled) return new Promise(() => {})
      return this.#writesFail ? Promise.reject(new Error('The disk is full')) : store.write(work)
    }
    node.timers = runConversationTimers(this.#through({ ...store, read: store.read, write }))
    this.#nodes.push(node)
  }

  async start(): Promise<void> {
    this.room = await this.world.conversation()
    this.#start()
  }

  /** Something was committed. */
  saw(row: ConversationRow): void {
    const before = this.room
    if (row.sid !== before.sid) return
    this.room = row
    if (row.state === before.state) return
    const now = this.world.clock.now()
    if (this.#isAsked) return void this.changes++
    if (row.state === 'active') return
    this.changes++
    const due = row.state === 'closed' ? before.date_closed : before.date_inactive
    if (due === null || due > now) this.wrong.push(`It becomes ${row.state} at ${now}, and that was due at ${due}`)
    if (before.state === 'closed') this.wrong.push('It was closed')
  }

  async take(step: Step): Promise<void> {
    const { world, room } = this
    switch (step.kind) {
      case 'say': {
        const saying = world.saying(room.sid, 'hello')
        if (room.state !== 'closed')
          await world.store.append({
            ...saying,
            decide: (conversation, sender, media) => {
              const draft = saying.decide(conversation, sender, media)
              return { ...draft, conversation: { ...draft.conversation, ...activity(conversation, world.clock.now()) } }
            },
          })
        break
      }
      case 'set':
      case 'become': {
        this.#isAsked = true
        const asked = step.kind === 'set' ? { timers: step.timers } : { state: step.state }
        const actor = { kind: 'account', account_sid: world.account_sid, webhooks: true } as const
        await updateConversation(this.#ctx, actor, room.sid, asked).catch(() => {})
        this.#isAsked = false
        break
      }
      case 'time passes':
        await this.#pass(step.milliseconds)
        break
      case 'another node':
        this.#start()
        break
      case 'stop':
        await this.#nodes.pop()?.timers.close()
        break
      case 'killed':
        for (const node of this.#nodes.splice(0)) {
          node.isKilled = true
          void node.timers.close()
        }
        this.#start()
        break
      case 'writes fail':
      case 'writes work':
        this.#writesFail = step.kind === 'writes fail'
    }
  }

  async #pass(milliseconds: number): Promise<void> {
    await this.world.clock.advance(milliseconds)
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve))
  }

  async end(): Promise<void> {
    this.#writesFail = false
    if (this.#nodes.length === 0) this.#start()
    for (let n = 0; n < 3; n++) await this.#pass(3_600 * second)
    await Promise.all(this.#nodes.map(({ timers }) => timers.close()))
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
  world.store.onCommit((changes) => {
    for (const change of changes) if (change.object === 'document') story?.saw(change.conversation)
  })
})
afterAll(() => world[Symbol.asyncDispose]())

describe('the timers of a conversation, whatever happens in whatever order,', () => {
  it('run out once each, never early, are never forgotten, and webhooks hear of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const told = new Story(world)
        story = told
        await told.start()
        for (const one of steps) await told.take(one)
        await told.end()
        const { room } = told
        const heard = await sideways(
          world.place.address,
          `select sid from webhook_deliveries where conversation_sid = '${room.sid}' and event_type = 'onConversationStateUpdated'`,
        )
        expect(told.wrong).toEqual([])
        expect(heard).toHaveLength(told.changes)
        expect(await world.store.read.conversations.due(world.clock.now(), 10)).toEqual([])
        expect(room.state).toBe(
          room.timer_closed !== null ? 'closed' : room.timer_inactive !== null && room.state === 'active' ? 'inactive' : room.state,
        )
      }),
      { numRuns: 12 },
    )
  })
})

describe.each(databaseKinds)('a conversation whose timers cannot be run, on %s,', (kind) => {
  it('holds up none of those behind it, is told with its SID, and has its turn again later', async () => {
    await using world = await BareWorld.open(kind, { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent })
    const { store, clock, ids, log } = world
    const due = { date_closed: clock.now() - 1_000 }
    const broken = await world.conversation(due)
    const others = [await world.conversation({ date_closed: clock.now() }), await world.conversation({ date_closed: clock.now() })]
    let isBroken = true
    let tries = 0
    const conversations: typeof store.read.conversations = {
      ...store.read.conversations,
      find: async (sid) => {
        if (sid !== broken.sid) return store.read.conversations.find(sid)
        tries++
        if (isBroken) throw new Error('Its row cannot be read')
        return store.read.conversations.find(sid)
      },
    }
    const listeners = { of: () => ({ before: undefined, after: undefined }), flows: new Map() }
    const through = { ...store, write: store.write.bind(store), read: { ...store.read, conversations } }
    const timers = runConversationTimers({ store: through, clock, ids, log, listeners } as unknown as Context)
    const becomes = (sid: string, state: string) =>
      eventually(`${sid} to be ${state}`, async () => ((await world.get(sid)).state === state ? true : undefined))

    await clock.advance(0)
    for (const { sid } of others) await becomes(sid, 'closed')
    expect(log.lines.map(({ fields }) => fields['conversation_sid'])).toEqual([broken.sid])

    // Somebody else’s turn in between is none of its own.
    const late = await world.conversation({ date_closed: clock.now() + 20_000 })
    await clock.advance(20_000)
    await becomes(late.sid, 'closed')
    expect(tries).toBeLessThan(5)
    isBroken = false
    await clock.advance(40_000)
    await becomes(broken.sid, 'closed')
    await timers.close()
  })
})
