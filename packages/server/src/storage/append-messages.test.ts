import { ParleyError } from '@parley/protocol'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import type { AppendedMessage } from './append-messages.ts'
import { BareWorld, databaseKinds } from './bare-world.ts'
import type { Sender } from './senders.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }

describe.each(databaseKinds)('messages that race on %s', (kind) => {
  it('get unique positions without gaps, growing event ids, exact counts, and one order for everybody', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const rooms = await Promise.all(Array.from({ length: 4 }, () => world.conversation()))
    const refusal = new ParleyError('not-authorised')

    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, (_, n) => {
        const saying = world.saying(rooms[n % 4]!.sid, `message ${n}`)
        return world.store.append(
          n % 10 === 9
            ? {
                ...saying,
                decide() {
                  throw refusal
                },
              }
            : saying,
        )
      }),
    )

    for (const [at, room] of rooms.entries()) {
      const own = outcomes.filter((_, n) => n % 4 === at)
      const sent = own.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      const rows = await world.store.read.messages.from(room.sid, 0, false, 1_000)
      const told = world.told.flatMap((change) => (change.object === 'messages' && change.sid === room.sid ? [change.message] : []))

      expect(rows.map((row) => row.position)).toEqual(sent.map((_, n) => n))
      expect(rows.map((row) => row.event_id)).toEqual(sent.map((_, n) => n + 1))
      expect(rows.every((row) => row.created_event_id === row.event_id)).toBe(true)
      expect(told).toEqual(rows)
      expect(sent.map(({ message }) => message).sort((a, b) => a.position - b.position)).toEqual(rows)
      expect(await world.get(room.sid)).toMatchObject({
        messages_count: sent.length,
        messages_event_id: sent.length,
        document_event_id: sent.length,
        next_index: sent.length,
        last_message_index: sent.length - 1,
        last_message_date: rows.at(-1)?.date_created,
      })
      expect(own.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))).toEqual(
        Array(own.length - sent.length).fill(refusal),
      )
    }
  })

  it('are there once, however often they are sent, and leave those beside them alone', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const [room, other] = [await world.conversation(), await world.conversation()]
    const sids = Array.from({ length: 5 }, () => world.ids.sid('message'))
    const send = (sid: string) => world.store.append({ ...world.saying(room.sid, sid, 'alice', { sid }), sid })
    const first = await Promise.all(sids.slice(0, 3).map(send))
    await world.unsay((first[1] as AppendedMessage).message)
    world.told.length = 0

    const [again, news] = await Promise.all([
      Promise.all([...sids, ...sids].map(send)),
      Promise.all(Array.from({ length: 20 }, (_, n) => world.say(n % 2 ? room.sid : other.sid, `new ${n}`))),
    ])
    expect(again.map(({ message }) => message.sid)).toEqual([...sids, ...sids])
    expect(again.slice(0, 5).map(({ message }) => message.position)).toEqual(again.slice(5).map(({ message }) => message.position))
    expect(first.map(({ message }) => message.position)).toEqual([0, 1, 2])
    expect(again.slice(0, 3).map(({ message }) => message.position)).toEqual([0, 1, 2])
    expect(world.told.filter((change) => change.object === 'messages')).toHaveLength(2 + news.length)
    const rows = await world.store.read.messages.from(room.sid, 0, false, 100)
    expect(rows.map(({ position }) => position)).toEqual([0, 2, ...Array.from({ length: 12 }, (_, n) => n + 3)])
    expect(await world.get(room.sid)).toMatchObject({ messages_count: 14, next_index: 15 })
  })

  it('race with edits, removals and members in the same conversations, and all counters stay exact', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const rooms = await Promise.all([world.conversation(), world.conversation()])
    const users = await Promise.all(Array.from({ length: 6 }, (_, n) => world.user(`user${n}`)))
    const first: AppendedMessage[] = []
    for (let n = 0; n < 20; n++) first.push(await world.say(rooms[n % 2]!.sid, `message ${n}`))

    await Promise.all([
      ...Array.from({ length: 40 }, (_, n) => world.say(rooms[n % 2]!.sid, `later ${n}`)),
      ...first.map(({ message }, n) => (n % 3 === 0 ? world.unsay(message) : world.edit(message, 'edited'))),
      ...users.map(async (user, n) => {
        const { participant } = await world.join(rooms[n % 2]!.sid, user)
        if (n % 3 === 0) await world.leave(participant)
      }),
    ])

    for (const room of rooms) {
      const rows = await world.store.read.messages.from(room.sid, 0, false, 1_000)
      const counted = await world.get(room.sid)
      expect(counted).toMatchObject({
        next_index: 30,
        messages_count: rows.length,
        // 30 sent, and each of the first 10 changed once.
        messages_event_id: 40,
        participants_count: (await world.store.read.participants.all(room.sid)).length,
        roster_event_id: 4,
      })
      expect(new Set(rows.map((row) => row.event_id)).size).toBe(rows.length)
    }
  })

  it('are decided with the conversation and the sender as they are at that moment', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const room = await world.conversation()
    const alice = await world.user('alice')
    const senders: (Sender | undefined)[] = []
    const asAlice = () => {
      const saying = world.saying(room.sid, 'hello')
      return world.store.append({
        ...saying,
        seat: { user_sid: alice.sid },
        decide(conversation, sender, media) {
          senders.push(sender)
          if (!sender?.participant_sid) throw new ParleyError('not-a-participant')
          return saying.decide(conversation, sender, media)
        },
      })
    }

    await expect(asAlice()).rejects.toMatchObject({ reason: 'not-a-participant' })
    const { participant } = await world.join(room.sid, alice)
    const { message } = await asAlice()
    await world.leave(participant)
    await expect(asAlice()).rejects.toMatchObject({ reason: 'not-a-participant' })

    expect(message.participant_sid).toBe(participant.sid)
    const outside = { participant_sid: null, conversation_permissions: null, service_permissions: '["createConversation"]' }
    expect(senders).toEqual([
      outside,
      { ...outside, participant_sid: participant.sid, conversation_permissions: '["sendMessage"]' },
      outside,
    ])
  })

  it('find the seat of an author by identity, else by address, among those who are there', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const [room, elsewhere] = await Promise.all([world.conversation(), world.conversation()])
    const alice = await world.join(room.sid, await world.user('alice'))
    const phone = await world.enter(room.sid, { type: 'sms', address: '+15550001', proxy_address: '+15550009', bound: 1 })
    const gone = await world.enter(room.sid, { type: 'sms', address: '+15550002' })
    await world.leave(gone.participant)
    await world.enter(elsewhere.sid, { type: 'sms', address: '+15550003' })
    // Somebody whose identity is another's address: identities come first.
    const odd = await world.join(elsewhere.sid, await world.user('+15550003'))

    const authorOf = async (sid: string, author: string) => (await world.say(sid, 'hello', author)).message.participant_sid
    const authors = ['alice', '+15550001', '+15550002', '+15550003', 'nobody']
    const together = await Promise.all(authors.map((author) => authorOf(room.sid, author)))

    expect(together).toEqual([alice.participant.sid, phone.participant.sid, null, null, null])
    expect(await authorOf(elsewhere.sid, '+15550003')).toBe(odd.participant.sid)
    for (const author of authors) {
      const seat = await world.store.read.seats.find({ conversation_sid: room.sid, seat: { author } })
      expect(seat?.participant?.sid ?? null).toBe(together[authors.indexOf(author)])
    }
  })

  it('are refused one by one when the conversation is not there, or goes meanwhile', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const [room, other] = await Promise.all([world.conversation(), world.conversation()])
    const removing = world.store.write(async (tx) => {
      const row = await tx.conversations.lock(room.sid)
      if (row) await tx.conversations.remove(row, world.clock.now())
    })

    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 30 }, (_, n) => world.say(n % 2 ? room.sid : other.sid, `message ${n}`)),
      world.say(world.ids.sid('conversation'), 'nowhere'),
    ])
    await removing

    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.reason] : []))
    expect(new Set(reasons)).toEqual(new Set(['conversation-not-found']))
    expect((await world.get(other.sid)).messages_count).toBe(15)
    await expect(world.say(room.sid, 'too late')).rejects.toMatchObject({ reason: 'conversation-not-found' })
  })

  it('are many: a thousand at once, each with its own answer', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const room = await world.conversation()

    const sent = await Promise.all(Array.from({ length: 1_000 }, (_, n) => world.say(room.sid, `message ${n}`)))

    expect(sent.map(({ message }) => message.position)).toEqual(sent.map((_, n) => n))
    expect(sent.at(-1)?.conversation).toEqual(await world.get(room.sid))
    for (const { message, conversation } of sent) expect(conversation.messages_count).toBeGreaterThan(message.position)
  })
})
