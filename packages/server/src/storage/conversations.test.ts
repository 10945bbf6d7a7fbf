import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from './bare-world.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }

describe.each(databaseKinds)('conversations on %s', (kind) => {
  it('have unique names in their service, and as many without a name as there are', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const elsewhere = await world.store.write((tx) => world.insertService(tx))

    const outcomes = await Promise.allSettled([
      world.conversation({ unique_name: 'team' }),
      world.conversation({ unique_name: 'team' }),
      world.conversation({ unique_name: 'team', chat_service_sid: elsewhere }),
      world.conversation(),
      world.conversation(),
    ])

    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toMatchObject([{ reason: { reason: 'conflict' } }])
    expect((await world.store.read.conversations.findByUniqueName(elsewhere, 'team'))?.chat_service_sid).toBe(elsewhere)
    expect(await world.store.read.conversations.findByUniqueName(world.service_sid, 'Team')).toBeUndefined()
  })

  it('fall due when their timers run out, the longest overdue first, and say when the next one does', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { due, nextDue } = world.store.read.conversations
    expect(await nextDue()).toBeUndefined()
    expect(await due(Number.MAX_SAFE_INTEGER, 10)).toEqual([])

    const late = await world.conversation({ date_inactive: 300 })
    const later = await world.conversation({ date_inactive: 400, date_closed: 900 })
    const closing = await world.conversation({ date_closed: 350 })
    await world.conversation()

    expect(await nextDue()).toBe(300)
    expect(await due(299, 10)).toEqual([])
    expect(await due(300, 10)).toEqual([late.sid])
    expect(await due(1_000, 10)).toEqual([late.sid, later.sid, closing.sid])
    expect(await due(1_000, 1)).toEqual([late.sid, closing.sid])
    expect(await due(1_000, 1, [late.sid, closing.sid])).toEqual([later.sid])
    expect(await nextDue([late.sid])).toBe(350)

    await world.store.write(async (tx) => {
      await tx.conversations.save({ ...late, date_inactive: null })
      await tx.conversations.save({ ...later, date_inactive: null })
    })
    expect(await nextDue()).toBe(350)
  })

  it('of a deleted service do not fall due any more', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const service = await world.store.write((tx) => world.insertService(tx))
    await world.conversation({ chat_service_sid: service, date_inactive: 100, date_closed: 200 })
    const alive = await world.conversation({ date_closed: 300 })

    await world.store.write(async (tx) => {
      const row = await tx.services.find(service)
      if (row) await tx.services.remove(row, world.clock.now())
    })

    expect(await world.store.read.conversations.due(1_000, 10)).toEqual([alive.sid])
    expect(await world.store.read.conversations.nextDue()).toBe(300)
  })

  it('say that their document has changed, and only when it has', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const room = await world.conversation()

    const saved = await world.store.write(async (tx) => {
      await tx.conversations.save({ ...room, date_inactive: 5 })
      return tx.conversations.saveDocument({ ...room, date_inactive: 5, friendly_name: 'Team' })
    })

    expect(saved).toEqual(await world.get(room.sid))
    expect(world.told).toEqual([{ object: 'document', sid: room.sid, id: 1, kind: 'updated', conversation: saved, onlyLastMessage: false }])
  })
})

describe.each(databaseKinds)('messages on %s', (kind) => {
  it('are changed and removed with their events; the conversation’s last message is then the one before', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { sid } = await world.conversation()
    const sent = []
    for (let n = 0; n < 4; n++) sent.push((await world.say(sid, `message ${n}`)).message)
    const [zero, one, two, three] = sent as [(typeof sent)[0], (typeof sent)[0], (typeof sent)[0], (typeof sent)[0]]

    const edited = await world.edit(one, 'edited')
    expect(edited).toEqual({ ...one, body: 'edited', event_id: 5 })
    expect(await world.store.read.messages.find(sid, one.sid)).toEqual(edited)

    expect(await world.unsay(two)).toMatchObject({ last_message_index: 3, messages_count: 3, messages_event_id: 6 })
    expect(await world.unsay(three)).toMatchObject({ last_message_index: 1, last_message_date: one.date_created, messages_count: 2 })
    expect(await world.unsay(edited)).toMatchObject({ last_message_index: 0, messages_count: 1 })
    expect(await world.unsay(zero)).toMatchObject({ last_message_index: null, last_message_date: null, messages_count: 0 })

    expect(await world.store.read.messages.find(sid, two.sid)).toBeUndefined()
    expect(await world.store.read.messages.newest(sid)).toBeUndefined()
    expect((await world.say(sid, 'a new one')).message).toMatchObject({ position: 4, event_id: 10 })
    const changes = world.told.flatMap((change) => (change.object === 'messages' ? [[change.kind, change.id, change.message.body]] : []))
    expect(changes.slice(4)).toEqual([
      ['updated', 5, 'edited'],
      ['removed', 6, null],
      ['removed', 7, null],
      ['removed', 8, null],
      ['removed', 9, null],
      ['added', 10, 'a new one'],
    ])
  })

  it('are found in their own conversation alone', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const [room, other] = await Promise.all([world.conversation(), world.conversation()])
    const { message } = await world.say(room.sid, 'hello')

    expect(await world.store.read.messages.find(other.sid, message.sid)).toBeUndefined()
  })
})
