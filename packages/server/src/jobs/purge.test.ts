import { describe, expect, inject, it } from 'vitest'
import { dataParent } from '../../../../spec/support/data-parent.ts'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from '../storage/bare-world.ts'
import { sideways } from '../storage/sideways.ts'
import { runPurge } from './purge.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent }

const tables = ['purges', 'services', 'conversations', 'messages', 'participants', 'users', 'roles', 'presences', 'media'] as const

async function count(world: BareWorld, table: (typeof tables)[number], condition = 'true'): Promise<number> {
  const [row] = await sideways(world.place.address, `select count(*) as count from ${table} where ${condition}`)
  return Number(row?.['count'])
}

async function removeConversation(world: BareWorld, sid: string): Promise<void> {
  await world.store.write(async (tx) => {
    const row = await tx.conversations.lock(sid)
    if (row) await tx.conversations.remove(await tx.participants.removeAll(row, world.clock.now()), world.clock.now())
  })
}

async function removeService(world: BareWorld, sid: string): Promise<void> {
  await world.store.write(async (tx) => {
    const row = await tx.services.find(sid)
    if (row) await tx.services.remove(row, world.clock.now())
  })
}

/** Waits until nothing is left to be taken away. */
async function purged(world: BareWorld): Promise<void> {
  while (await world.store.read.purges.oldest()) await world.clock.advance(20)
}

describe.each(databaseKinds)('deletion on %s', (kind) => {
  it('of a conversation hides it at once, and its rows follow in portions; others keep theirs', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const [room, other] = await Promise.all([world.conversation(), world.conversation()])
    const alice = await world.user('alice')
    await world.join(room.sid, alice)
    await world.enter(room.sid, { type: 'sms', address: '+15550001' })
    const sent = await Promise.all(Array.from({ length: 450 }, (_, n) => world.say(n % 9 ? room.sid : other.sid, `message ${n}`)))
    await world.edit(sent[1]!.message, 'edited')
    await world.unsay(sent[2]!.message)

    await removeConversation(world, room.sid)

    const { read } = world.store
    expect(await read.conversations.find(room.sid)).toBeUndefined()
    expect((await read.conversations.page({ chat_service_sid: world.service_sid }, { limit: 10 })).rows.map((row) => row.sid)).toEqual([
      other.sid,
    ])
    expect((await read.participants.pageOfUser(alice.sid, { limit: 10 })).rows).toEqual([])
    expect(await read.participants.mineFrom(alice.sid, '', false, 10)).toEqual([])
    await expect(world.say(room.sid, 'too late')).rejects.toMatchObject({ reason: 'conversation-not-found' })
    expect(await count(world, 'messages')).toBe(450)

    const purge = runPurge(world)
    await purged(world)
    await purge.close()

    expect(await count(world, 'messages')).toBe(50)
    expect(await count(world, 'messages', `conversation_sid = '${other.sid}'`)).toBe(50)
    // Alice may be away, and is still to hear that she has left.
    expect(await read.participants.mineChangedAfter(alice.sid, 1)).toMatchObject([{ conversation_sid: room.sid, mine_event_id: 2 }])
    expect(await count(world, 'participants')).toBe(1)
  })

  it('of a service hides it at once, and everything in it follows; the others stay', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const service = await world.store.write((tx) => world.insertService(tx))
    const role = {
      account_sid: world.account_sid,
      friendly_name: '',
      type: 'service',
      permissions: '[]',
      date_created: 0,
      date_updated: 0,
    } as const
    await world.store.write((tx) => tx.roles.insert({ ...role, sid: world.ids.sid('role'), chat_service_sid: service }))
    const users = await Promise.all(
      Array.from({ length: 20 }, (_, n) => world.user(`user${n}`, { chat_service_sid: n % 2 ? service : world.service_sid })),
    )
    const rooms = await Promise.all(
      Array.from({ length: 20 }, (_, n) => world.conversation({ chat_service_sid: n % 2 ? service : world.service_sid })),
    )
    for (const [n, room] of rooms.entries()) {
      const { participant } = await world.join(room.sid, users[n]!)
      await world.leave(participant)
      await world.join(room.sid, users[n]!)
      await world.enter(room.sid, { type: 'sms', address: `+${n}` })
      await world.store.write((tx) => tx.presences.put({ user_sid: users[n]!.sid, node_sid: 'node', expires_at: 1 }))
    }
    await Promise.all(rooms.flatMap((room) => Array.from({ length: 20 }, (_, n) => world.say(room.sid, `message ${n}`))))
    // Deleted before, and not taken away yet.
    await removeConversation(world, rooms[1]!.sid)
    const everything = Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await count(world, table)] as const)))

    await removeService(world, service)

    expect(await world.store.read.services.find(service)).toBeUndefined()
    expect(await count(world, 'messages')).toBe(400)
    const purge = runPurge(world)
    await purged(world)
    await purge.close()

    const rest = Object.fromEntries(await Promise.all(tables.map(async (table) => [table, await count(world, table)] as const)))
    expect(rest).toEqual({
      ...everything,
      purges: 0,
      services: 1,
      conversations: 10,
      messages: 200,
      participants: 30,
      users: 10,
      roles: 2,
      presences: 10,
    })
    for (const table of ['conversations', 'messages', 'participants', 'users', 'roles'] as const)
      expect(await count(world, table, `chat_service_sid = '${service}'`)).toBe(0)
  })

  it('goes on where it was after a stop, and on two nodes at once', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const rooms = await Promise.all(Array.from({ length: 3 }, () => world.conversation()))
    for (const room of rooms) {
      await Promise.all(Array.from({ length: 300 }, (_, n) => world.say(room.sid, `message ${n}`)))
      await removeConversation(world, room.sid)
    }
    await world.store.write((tx) => tx.purges.portion(100))
    expect(await count(world, 'messages')).toBe(800)

    await world.reopen()
    const purges = [runPurge(world), runPurge(world)]
    await purged(world)
    await Promise.all(purges.map((purge) => purge.close()))

    expect(await count(world, 'messages')).toBe(0)
    expect(await count(world, 'purges')).toBe(0)
  })

  it('is noticed later by a purge that rests, and is tried again after a failure', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const room = await world.conversation()
    await world.say(room.sid, 'hello')
    const purge = runPurge(world)
    await world.clock.advance(60_000)
    await sideways(
      world.place.address,
      kind === 'sqlite'
        ? "create trigger stuck before delete on messages begin select raise(abort, 'stuck'); end"
        : `create function stick() returns trigger as $$ begin raise exception 'stuck'; end $$ language plpgsql;
           create trigger stuck before delete on messages for each row execute function stick()`,
    )

    await removeConversation(world, room.sid)
    while (!world.log.lines.some((line) => line.level === 'error')) await world.clock.advance(1_000)
    expect(await count(world, 'messages')).toBe(1)
    await sideways(world.place.address, kind === 'sqlite' ? 'drop trigger stuck' : 'drop trigger stuck on messages')
    while (await world.store.read.purges.oldest()) await world.clock.advance(1_000)
    await purge.close()

    expect(await count(world, 'messages')).toBe(0)
  })
})
