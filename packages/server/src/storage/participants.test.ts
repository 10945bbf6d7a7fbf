import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from './bare-world.ts'
import type { ConversationRow } from './schema.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }
const pair = { type: 'sms', address: '+15550001', proxy_address: '+15550009', bound: 1 } as const

describe.each(databaseKinds)('participants on %s', (kind) => {
  describe('an address pair', () => {
    const holder = (world: BareWorld) => world.store.read.participants.findByBinding(world.account_sid, pair.address, pair.proxy_address)

    it('is held by one participant of all conversations', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const [one, two] = await Promise.all([world.conversation(), world.conversation()])

      const outcomes = await Promise.allSettled([world.enter(one.sid, pair), world.enter(two.sid, pair), world.enter(one.sid, pair)])

      expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.reason).sort()).toEqual([
        'conflict',
        'conflict',
        false,
      ])
      const stood = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.participant] : []))
      expect([await holder(world)]).toEqual(stood)
      await world.enter(two.sid, { ...pair, proxy_address: '+15550010' })
      await world.enter(two.sid, { ...pair, address: '+15550002' })
    })

    it('is free again when its holder leaves, or the conversation is closed or deleted', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const rooms = await Promise.all(Array.from({ length: 4 }, () => world.conversation()))

      const { participant } = await world.enter(rooms[0]!.sid, pair)
      await world.leave(participant)
      expect(await holder(world)).toBeUndefined()

      await world.enter(rooms[1]!.sid, pair)
      await world.store.write((tx) => tx.participants.releaseBindings(rooms[1]!.sid))
      expect(await holder(world)).toBeUndefined()

      await world.enter(rooms[2]!.sid, pair)
      await remove(world, rooms[2]!)
      expect(await holder(world)).toBeUndefined()

      const last = await world.enter(rooms[3]!.sid, pair)
      expect(await holder(world)).toEqual(last.participant)
    })

    it('is free again as soon as the service is deleted, before anything in it is taken away', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const service = await world.store.write((tx) => world.insertService(tx))
      const room = await world.conversation({ chat_service_sid: service })
      await world.enter(room.sid, pair)

      await world.store.write(async (tx) => {
        const row = await tx.services.find(service)
        if (row) await tx.services.remove(row, world.clock.now())
      })

      expect(await holder(world)).toBeUndefined()
      const { participant } = await world.enter((await world.conversation()).sid, pair)
      expect(await holder(world)).toEqual(participant)
    })
  })

  it('are found by identity and address while they are there, and are remembered afterwards', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { sid } = await world.conversation()
    const alice = await world.user('alice')
    const bob = await world.user('bob')
    const first = await world.join(sid, alice)
    const phone = await world.enter(sid, { type: 'sms', address: '+15550001' })
    const { read } = world.store

    expect((await read.participants.findByIdentity(sid, 'alice'))?.sid).toBe(first.participant.sid)
    expect((await read.participants.findByAddress(sid, world.service_sid, '+15550001'))?.sid).toBe(phone.participant.sid)
    expect(await read.participants.countNonChat(sid)).toBe(1)
    expect(await read.participants.wasEverIn(alice.sid, sid)).toBe(true)

    await world.leave(first.participant)
    await world.leave(phone.participant)

    expect(await read.participants.findByIdentity(sid, 'alice')).toBeUndefined()
    expect(await read.participants.findByAddress(sid, world.service_sid, '+15550001')).toBeUndefined()
    expect(await read.participants.find(sid, first.participant.sid)).toBeUndefined()
    expect(await read.participants.findMembership(alice.sid, sid)).toBeUndefined()
    expect(await read.participants.countNonChat(sid)).toBe(0)
    expect(await read.participants.wasEverIn(alice.sid, sid)).toBe(true)
    expect(await read.participants.wasEverIn(bob.sid, sid)).toBe(false)
    await expect(world.join(sid, alice)).resolves.toMatchObject({ participant: { created_event_id: 5, mine_created_event_id: 3 } })
  })

  it('an identity takes part once, however many add it at the same time', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { sid } = await world.conversation()
    const alice = await world.user('alice')

    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => world.join(sid, alice)))

    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
    expect(await world.get(sid)).toMatchObject({ participants_count: 1, roster_event_id: 1 })
    expect((await world.store.read.users.find(alice.sid))?.conversations_event_id).toBe(1)
  })

  it('nobody is added who was deleted meanwhile: the write looks again', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { sid } = await world.conversation()
    const alice = await world.user('alice')
    await world.store.write((tx) => tx.users.remove(alice))

    await expect(world.join(sid, alice)).rejects.toMatchObject({ reason: 'conflict' })

    expect(await world.get(sid)).toMatchObject({ participants_count: 0, roster_event_id: 0 })
  })

  it('all leave together, each with the events of their own, and their maps go on from there', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const [room, other] = await Promise.all([world.conversation(), world.conversation()])
    const users = await Promise.all(Array.from({ length: 4 }, (_, n) => world.user(`user${n}`)))
    for (const user of users) await world.join(other.sid, user)
    for (const user of users) await world.join(room.sid, user)
    await world.enter(room.sid, pair)
    await world.leave((await world.enter(room.sid, { type: 'sms', address: '+15550002' })).participant)
    const before = world.told.length
    const everybody = await world.store.read.participants.all(room.sid)

    const counted = await world.store.write(async (tx) => {
      const row = (await tx.conversations.lock(room.sid))!
      return tx.participants.removeAll(row, 12_345)
    })

    expect(counted).toEqual({ ...(await world.get(room.sid)) })
    expect(counted).toMatchObject({ participants_count: 0, roster_event_id: 7 + 5 })
    expect(await world.store.read.participants.all(room.sid)).toEqual([])
    const told = world.told
      .slice(before)
      .map((change) => ('participant' in change ? [change.object, change.id, change.kind, change.participant.sid] : []))
    expect(told).toEqual(
      everybody.flatMap(({ sid, user_sid }, n) => [
        ['roster', 8 + n, 'removed', sid],
        ...(user_sid === null ? [] : [['conversations', 3, 'removed', sid]]),
      ]),
    )
    for (const { sid } of users) {
      const [left] = await world.store.read.participants.mineChangedAfter(sid, 2)
      expect(left).toMatchObject({ conversation_sid: room.sid, removed_at: 12_345, bound: 0, mine_event_id: 3 })
      expect((await world.store.read.users.find(sid))?.conversations_event_id).toBe(3)
      expect(await world.store.read.participants.mineFrom(sid, '', false, 10)).toMatchObject([{ conversation_sid: other.sid }])
    }
    expect((await world.join(room.sid, users[0]!)).participant).toMatchObject({ event_id: 13, mine_event_id: 4 })
  })

  it('somebody who gets an identity later enters that user’s map then', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { sid } = await world.conversation()
    const alice = await world.user('alice')
    const { participant, conversation } = await world.enter(sid, { type: 'sms', projected_address: '+15550009' })

    const saved = await world.store.write(async (tx) => {
      await tx.conversations.lock(sid)
      return tx.participants.save(conversation, { ...participant, identity: 'alice', user_sid: alice.sid }, { roster: true, mine: true })
    })

    expect(saved.participant).toMatchObject({ created_event_id: 1, event_id: 2, mine_created_event_id: 1, mine_event_id: 1 })
    expect(world.told.slice(-2)).toMatchObject([
      { object: 'roster', kind: 'updated', id: 2 },
      { object: 'conversations', kind: 'added', id: 1, sid: alice.sid },
    ])
  })

  it('have unread messages: those of others behind their position, counted up to a limit', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { sid } = await world.conversation()
    for (let n = 0; n < 12; n++) await world.say(sid, `message ${n}`, n % 3 === 0 ? 'alice' : 'bob')
    const rows = await world.store.read.messages.from(sid, 0, false, 100)
    await world.unsay(rows[10]!)
    const { countUnread } = world.store.read.messages

    // 0 3 6 9 are alice's, 10 is gone.
    expect(await countUnread(sid, -1, 'alice', 100)).toBe(7)
    expect(await countUnread(sid, 4, 'alice', 100)).toBe(4)
    expect(await countUnread(sid, 4, 'bob', 100)).toBe(2)
    expect(await countUnread(sid, 4, 'carol', 100)).toBe(6)
    expect(await countUnread(sid, 11, 'alice', 100)).toBe(0)
    expect(await countUnread(sid, -1, 'alice', 3)).toBe(3)
  })

  it('hold roles that are in use as long as they are there', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { sid } = await world.conversation()
    const { participant } = await world.join(sid, await world.user('alice'))
    const { participants, users } = world.store.read

    expect(await participants.isRoleInUse(world.conversation_role_sid)).toBe(true)
    expect(await users.isRoleInUse(world.service_role_sid)).toBe(true)
    await world.leave(participant)
    expect(await participants.isRoleInUse(world.conversation_role_sid)).toBe(false)
    expect(await users.isRoleInUse(world.conversation_role_sid)).toBe(false)
  })
})

async function remove(world: BareWorld, { sid }: ConversationRow): Promise<void> {
  await world.store.write(async (tx) => {
    const row = await tx.conversations.lock(sid)
    if (row) await tx.conversations.remove(await tx.participants.removeAll(row, world.clock.now()), world.clock.now())
  })
}
