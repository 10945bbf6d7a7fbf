import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from './bare-world.ts'
import { messageReader } from './messages.ts'
import type { MessageRow, ParticipantRow, UserRow } from './schema.ts'
import { watchedReading } from './sideways.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }
const runs = { numRuns: 25 }

/** What a client holds of a list or map: by key, the item's data and the event that last changed it. */
type Held = Map<string | number, { data: string; event: number }>

/** An item as the database has it, tombstones included. */
interface Item {
  key: string | number
  data: string
  created: number
  event: number
  removed: boolean
}

const heldOf = (items: readonly Item[]): Held =>
  new Map(items.filter((item) => !item.removed).map(({ key, data, event }) => [key, { data, event }]))

/**
 * What a client makes of a portion of the compacted replay (wire-protocol §4.4, §4.5): items that came after `after` are added, others updated,
 * which means nothing for an item that is not held, no more than a removal; what changed again behind `upTo` is told later.
 */
function follow(held: Held, items: readonly Item[], after: number, upTo: number): void {
  const told = items.flatMap((item) => {
    const later = item.event > upTo
    if (later && (item.created <= after || item.created > upTo || item.removed)) return []
    return [{ ...item, id: later ? item.created : item.event }]
  })
  for (const { key, data, id, created, removed } of told.sort((a, b) => a.id - b.id)) {
    expect(id).toBeGreaterThan(after)
    expect(id).toBeLessThanOrEqual(upTo)
    if (removed) held.delete(key)
    if (!removed && (created > after || held.has(key))) held.set(key, { data, event: id })
  }
}

const messageItem = ({ position, body, created_event_id, event_id, removed_at }: MessageRow): Item => ({
  key: position,
  data: body ?? '',
  created: created_event_id,
  event: event_id,
  removed: removed_at !== null,
})
const rosterItem = (row: ParticipantRow): Item => ({
  key: row.sid,
  data: JSON.stringify([row.attributes, row.last_read_message_index]),
  created: row.created_event_id,
  event: row.event_id,
  removed: row.removed_at !== null,
})
const mineItem = (row: ParticipantRow): Item => ({
  key: row.conversation_sid,
  data: JSON.stringify([row.last_read_message_index, row.notification_level]),
  created: row.mine_created_event_id ?? 0,
  event: row.mine_event_id ?? 0,
  removed: row.removed_at !== null,
})

describe.each(databaseKinds)('what somebody missed, told from the rows as they are now, on %s', (kind) => {
  let world: BareWorld
  beforeAll(async () => {
    world = await BareWorld.open(kind, fresh)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  describe('of messages', () => {
    const act = fc.oneof(
      { weight: 3, arbitrary: fc.constant({ kind: 'say' as const, at: 0 }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), at: fc.nat(30) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat(30) }) },
    )
    type Act = typeof act extends fc.Arbitrary<infer T> ? T : never
    const acts = fc.array(act, { maxLength: 25 })

    const liveItems = async (sid: string) => (await world.store.read.messages.from(sid, 0, false, 1_000)).map(messageItem)

    /** Does one thing to a message that is there, if one is. */
    async function perform(sid: string, { kind: verb, at }: Act, turn: number): Promise<void> {
      if (verb === 'say') {
        await world.say(sid, `said ${turn}`)
        return
      }
      const rows = await world.store.read.messages.from(sid, 0, false, 1_000)
      const row = rows[at % Math.max(1, rows.length)]
      if (!row) return
      if (verb === 'edit') await world.edit(row, `edited ${turn}`)
      else await world.unsay(row)
    }

    /** Follows portion after portion until nothing is missing. */
    async function catchUp(held: Held, sid: string, from: number, limit: number, read = world.store.read.messages): Promise<void> {
      let after = from
      for (;;) {
        const conversation = await world.get(sid)
        if (after >= conversation.messages_event_id) return
        const { rows, complete } = await read.changedAfter(conversation, after, limit)
        expect(complete).toBeGreaterThan(after)
        expect(rows.length).toBeLessThanOrEqual(2 * limit)
        follow(held, rows.map(messageItem), after, complete)
        after = complete
      }
    }

    it('is exactly the difference, from every moment on, in portions of any size', () =>
      fc.assert(
        fc.asyncProperty(acts, fc.constantFrom(1, 2, 3, 4, 5, 100), async (history, limit) => {
          const { sid } = await world.conversation()
          const moments: { event: number; held: Held }[] = [{ event: 0, held: new Map() }]
          for (const [turn, one] of history.entries()) {
            await perform(sid, one, turn)
            moments.push({ event: (await world.get(sid)).messages_event_id, held: heldOf(await liveItems(sid)) })
          }
          const now = heldOf(await liveItems(sid))
          for (const { event, held } of moments) {
            const followed = new Map(held)
            await catchUp(followed, sid, event, limit)
            expect(followed).toEqual(now)
          }
        }),
        runs,
      ))

    it('is complete also while others write, between its portions and between its statements', () =>
      fc.assert(
        fc.asyncProperty(acts, acts, fc.constantFrom(1, 2, 3, 100), async (history, later, limit) => {
          const { sid } = await world.conversation()
          for (const [turn, one] of history.entries()) await perform(sid, one, turn)
          const remaining = [...later]
          await using db = await watchedReading(world.place.address, async () => {
            for (const one of remaining.splice(0, 3)) await perform(sid, one, 1_000 + remaining.length)
          })
          const held: Held = new Map()

          await catchUp(held, sid, 0, limit, messageReader(db))

          expect(held).toEqual(heldOf(await liveItems(sid)))
        }),
        runs,
      ))

    it('leaves the counters exact after any history', () =>
      fc.assert(
        fc.asyncProperty(acts, async (history) => {
          const { sid } = await world.conversation()
          let sent = 0
          for (const [turn, one] of history.entries()) {
            await perform(sid, one, turn)
            if (one.kind === 'say') sent++
          }
          const rows = await world.store.read.messages.from(sid, 0, false, 1_000)
          expect(await world.get(sid)).toMatchObject({
            messages_count: rows.length,
            next_index: sent,
            last_message_index: rows.at(-1)?.position ?? null,
            last_message_date: rows.at(-1)?.date_created ?? null,
          })
        }),
        runs,
      ))
  })

  describe('of a roster, and of a user’s conversations', () => {
    const verbs = ['join', 'leave', 'describe', 'read', 'mute', 'delete'] as const
    const act = fc.record({ verb: fc.constantFrom(...verbs), room: fc.nat(2), user: fc.nat(2) })
    type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

    async function perform(rooms: string[], users: readonly UserRow[], one: Act, turn: number): Promise<void> {
      const sid = rooms[one.room] as string
      const user = users[one.user] as UserRow
      if (one.verb === 'delete') {
        rooms[one.room] = (await world.conversation()).sid
        await world.store.write(async (tx) => {
          const row = await tx.conversations.lock(sid)
          if (row) await tx.conversations.remove(await tx.participants.removeAll(row, world.clock.now()), world.clock.now())
        })
        return
      }
      const row = await world.store.read.participants.findByIdentity(sid, user.identity)
      if (one.verb === 'join') {
        if (!row) await world.join(sid, user)
        return
      }
      if (!row) return
      if (one.verb === 'leave') {
        await world.leave(row)
        return
      }
      await world.store.write(async (tx) => {
        const conversation = await tx.conversations.lock(sid)
        if (!conversation) return
        if (one.verb === 'describe')
          await tx.participants.save(conversation, { ...row, attributes: `{"turn":${turn}}` }, { roster: true, mine: false })
        if (one.verb === 'read')
          await tx.participants.save(conversation, { ...row, last_read_message_index: turn }, { roster: true, mine: true })
        if (one.verb === 'mute')
          await tx.participants.save(
            conversation,
            { ...row, notification_level: row.notification_level === 'muted' ? 'default' : 'muted' },
            { roster: false, mine: true },
          )
      })
    }

    const roster = async (sid: string) => heldOf((await world.store.read.participants.all(sid)).map(rosterItem))
    const mine = async (sid: string) => heldOf((await world.store.read.participants.mineFrom(sid, '', false, 100)).map(mineItem))

    it('is exactly the difference, from every moment on, also for those who come again, and for conversations that are deleted', () =>
      fc.assert(
        fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (history) => {
          const users = await Promise.all([0, 1, 2].map(() => world.user(world.ids.uuid())))
          const rooms = (await Promise.all([0, 1, 2].map(() => world.conversation()))).map((room) => room.sid)
          const moments: { event: number; held: Held; object: string }[] = []
          for (const [turn, one] of history.entries()) {
            const position = async () => {
              for (const sid of rooms) moments.push({ object: sid, event: (await world.get(sid)).roster_event_id, held: await roster(sid) })
              for (const { sid } of users)
                moments.push({
                  object: sid,
                  event: (await world.store.read.users.find(sid))?.conversations_event_id ?? 0,
                  held: await mine(sid),
                })
            }
            await position()
            await perform(rooms, users, one, turn)
          }

          const { rosterChangedAfter, mineChangedAfter } = world.store.read.participants
          for (const { event, held, object } of moments) {
            const ofUser = object.startsWith('US')
            const conversation = ofUser ? undefined : await world.store.read.conversations.find(object)
            if (!ofUser && !conversation) continue
            const rows = ofUser ? await mineChangedAfter(object, event) : await rosterChangedAfter(object, event)
            const upTo = conversation?.roster_event_id ?? (await world.store.read.users.find(object))?.conversations_event_id ?? 0
            follow(held, rows.map(ofUser ? mineItem : rosterItem), event, upTo)
            expect(held).toEqual(ofUser ? await mine(object) : await roster(object))
          }
          for (const sid of rooms)
            expect((await world.get(sid)).participants_count).toBe((await world.store.read.participants.all(sid)).length)
        }),
        runs,
      ))

    it('tells each event once, its ids growing by one, and goes on where it was after a restart', async () => {
      const user = await world.user(world.ids.uuid())
      const { sid } = await world.conversation()
      const rounds = 4
      for (let round = 0; round < rounds; round++) {
        const { participant } = await world.join(sid, user)
        await perform([sid], [user], { verb: 'read', room: 0, user: 0 }, round)
        await world.leave(participant)
        await world.reopen()
      }

      const ids = (object: string, of: string) =>
        world.told.flatMap((change) => (change.object === object && change.sid === of && 'id' in change ? [change.id] : []))
      const expected = Array.from({ length: 3 * rounds }, (_, n) => n + 1)
      expect(ids('roster', sid)).toEqual(expected)
      expect(ids('conversations', user.sid)).toEqual(expected)
      expect(await world.get(sid)).toMatchObject({ roster_event_id: 3 * rounds, participants_count: 0 })
    })
  })

  it('tells each item of a user’s info with an event of its own', async () => {
    const user = await world.user(world.ids.uuid())
    const save = (changes: Partial<UserRow>, ...keys: ('friendlyName' | 'attributes' | 'reachability')[]) =>
      world.store.write(async (tx) => {
        const row = await tx.users.lock(user.sid)
        if (row) await tx.users.save({ ...row, ...changes }, keys)
      })

    await save({ friendly_name: 'Alice', attributes: '{"a":1}' }, 'friendlyName', 'attributes')
    await save({ is_online: 1 }, 'reachability')
    await save({ friendly_name: null }, 'friendlyName')
    await save({ role_sid: world.service_role_sid })

    expect(await world.store.read.users.find(user.sid)).toMatchObject({
      friendly_name: null,
      attributes: '{"a":1}',
      is_online: 1,
      info_event_id: 4,
      friendly_name_event_id: 4,
      attributes_event_id: 2,
      reachability_event_id: 3,
    })
    const told = world.told.flatMap((change) => (change.object === 'user' && change.sid === user.sid ? [[change.key, change.id]] : []))
    expect(told).toEqual([
      ['friendlyName', 1],
      ['attributes', 2],
      ['reachability', 3],
      ['friendlyName', 4],
    ])
  })
})
