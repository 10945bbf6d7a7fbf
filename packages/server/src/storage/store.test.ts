import { ParleyError } from '@parley/protocol'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from './bare-world.ts'
import { layTraps, sideways } from './sideways.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }

describe.each(databaseKinds)('a store on %s', (kind) => {
  describe('opening', () => {
    it('finds everything again the second time', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const { sid } = await world.conversation({ friendly_name: 'Team' })
      await world.say(sid, 'hello')

      await world.reopen()

      expect(await world.get(sid)).toMatchObject({ friendly_name: 'Team', messages_count: 1, messages_event_id: 1, next_index: 1 })
    })

    it('refuses a database that a newer version has changed, in one line', async () => {
      await using world = await BareWorld.open(kind, fresh)
      await sideways(world.place.address, "insert into kysely_migration (name, timestamp) values ('9999-from-the-future', '2030-01-01')")
      await world.store.close()

      await expect(world.openAnother()).rejects.toThrow(/newer version of Parley/)

      await sideways(world.place.address, "delete from kysely_migration where name = '9999-from-the-future'")
    })
  })

  describe('writes that come together', () => {
    it('share commits, and each gets its own result', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const rooms = await Promise.all(Array.from({ length: 5 }, () => world.conversation()))
      let commits = 0
      world.store.onCommit(() => commits++)

      const sent = await Promise.all(Array.from({ length: 200 }, (_, n) => world.say(rooms[n % 5]!.sid, `message ${n}`)))

      expect(sent.map(({ message }) => message.body)).toEqual(Array.from({ length: 200 }, (_, n) => `message ${n}`))
      expect(commits).toBeLessThan(20)
    })

    it('stand and fail alone: what is thrown', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const reason = new ParleyError('conversation-closed')

      const outcomes = await Promise.allSettled(
        Array.from({ length: 30 }, (_, n) =>
          world.store.write(async (tx) => {
            const user = world.newUser(`user${n}`)
            await tx.users.insert(user)
            if (n % 3 === 0) throw reason
            return user.sid
          }),
        ),
      )

      const { rows } = await world.store.read.users.page(world.service_sid, { limit: 100 })
      expect(outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason)).toEqual(Array(10).fill(reason))
      const stood = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      expect(rows.map((row) => row.sid)).toEqual(stood.sort())
    })

    it('stand and fail alone: what has to be unique', async () => {
      await using world = await BareWorld.open(kind, fresh)

      const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => world.user(`user${n % 4}`)))

      const { rows } = await world.store.read.users.page(world.service_sid, { limit: 100 })
      expect(rows.map((row) => row.identity).sort()).toEqual(['user0', 'user1', 'user2', 'user3'])
      const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.reason] : []))
      expect(refused).toEqual(Array(8).fill('conflict'))
    })

    it('stand and fail alone: a message of a batch that the database refuses', async () => {
      await using world = await BareWorld.open(kind, fresh)
      await layTraps(world.place.address)
      const { sid } = await world.conversation()
      const bodies = Array.from({ length: 50 }, (_, n) => (n === 7 || n === 30 ? 'poison' : `message ${n}`))

      const outcomes = await Promise.allSettled(bodies.map((body) => world.say(sid, body)))

      const rows = await world.store.read.messages.from(sid, 0, false, 100)
      expect(outcomes.flatMap((outcome, n) => (outcome.status === 'rejected' ? [n] : []))).toEqual([7, 30])
      expect(rows.map((row) => row.body)).toEqual(bodies.filter((body) => body !== 'poison'))
      expect(rows.map((row) => row.position)).toEqual(rows.map((_, n) => n))
      expect(await world.get(sid)).toMatchObject({ messages_count: 48, next_index: 48, messages_event_id: 48 })
    })

    it('leave nothing half done when the error comes late', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const { sid } = await world.conversation()
      const alice = await world.user('alice')

      const failing = world.store.write(async (tx) => {
        const conversation = (await tx.conversations.lock(sid))!
        const { conversation: counted } = await tx.participants.insert(
          conversation,
          world.newParticipant(conversation, { identity: 'alice', user_sid: alice.sid }),
        )
        await tx.conversations.saveDocument({ ...counted, friendly_name: 'changed' })
        throw new Error('too late')
      })

      await expect(failing).rejects.toThrow('too late')
      expect(await world.get(sid)).toMatchObject({ friendly_name: null, participants_count: 0, roster_event_id: 0, document_event_id: 0 })
      expect(await world.store.read.participants.findByIdentity(sid, 'alice')).toBeUndefined()
      expect((await world.store.read.users.find(alice.sid))?.conversations_event_id).toBe(0)
      expect(world.told).toEqual([])
    })
  })

  describe('what has changed', () => {
    it('is told before the write resolves, and read by then', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const { sid } = await world.conversation()
      const order: string[] = []
      world.store.onCommit(([change]) => order.push(`told ${change?.object}`))

      await world.say(sid, 'hello').then(() => order.push('resolved'))

      expect(order).toEqual(['told messages', 'resolved'])
      expect((await world.store.read.messages.newest(sid))?.body).toBe('hello')
    })

    it('is told in the order of commits, event by event', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const rooms = await Promise.all([world.conversation(), world.conversation()])
      const users = await Promise.all(Array.from({ length: 20 }, (_, n) => world.user(`user${n}`)))

      await Promise.all([
        ...users.flatMap((user) => rooms.map((room) => world.join(room.sid, user))),
        ...Array.from({ length: 60 }, (_, n) => world.say(rooms[n % 2]!.sid, `message ${n}`)),
      ])

      const ids = new Map<string, number[]>()
      for (const change of world.told) {
        if (!('id' in change)) continue
        const key = `${change.object} ${change.sid}`
        ids.set(key, [...(ids.get(key) ?? []), change.id])
      }
      for (const [object, told] of ids)
        if (!object.startsWith('document')) expect({ object, told }).toEqual({ object, told: told.map((_, n) => n + 1) })
      for (const room of rooms) {
        const documents = ids.get(`document ${room.sid}`)!
        expect(documents).toEqual([...documents].sort((a, b) => a - b))
      }
      expect(ids.size).toBe(2 * 3 + users.length)
    })

    it('reaches every listener, whatever another one does', async () => {
      await using world = await BareWorld.open(kind, fresh)
      const { sid } = await world.conversation()
      let heard = 0
      world.store.onCommit(() => {
        throw new Error('a bad listener')
      })
      world.store.onCommit(() => heard++)

      await world.say(sid, 'hello')

      expect(heard).toBe(1)
      expect(world.log.lines).toMatchObject([{ level: 'error', text: expect.stringContaining('listener') }])
    })
  })

  it('rejects what a failing commit takes down, stores and tells none of it, and works on', async () => {
    await using world = await BareWorld.open(kind, fresh)
    await layTraps(world.place.address)
    const { sid } = await world.conversation()
    const bodies = ['one', 'break the commit', 'two']

    const outcomes = await Promise.allSettled(bodies.map((body) => world.say(sid, body)))
    const after = await world.say(sid, 'after')

    const stood = bodies.filter((_, n) => outcomes[n]?.status === 'fulfilled')
    const rows = await world.store.read.messages.from(sid, 0, false, 100)
    expect(outcomes[1]?.status).toBe('rejected')
    expect(rows.map((row) => row.body)).toEqual([...stood, 'after'])
    expect(world.told.flatMap((change) => (change.object === 'messages' ? [change.message.body] : []))).toEqual([...stood, 'after'])
    expect(after.message.position).toBe(stood.length)
  })

  it('runs a write again that lost a race, and then sees what the other one did', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const identity = 'alice'
    let runs = 0

    const ensured = await Promise.all(
      Array.from({ length: 10 }, () =>
        world.store.write(async (tx) => {
          runs++
          const known = await tx.users.findByIdentity(world.service_sid, identity)
          if (known) return known.sid
          const user = world.newUser(identity)
          await tx.users.insert(user)
          return user.sid
        }),
      ),
    )

    expect(new Set(ensured).size).toBe(1)
    expect(runs).toBeGreaterThanOrEqual(10)
  })

  it('keeps whole numbers beyond 32 bits, long texts, and texts in every script', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const large = 2 ** 52 + 1
    const room = await world.conversation({
      friendly_name: '日本語 👩‍👩‍👧 \u{1F600} "quoted\\" {a,b} \t\r\n',
      attributes: JSON.stringify({ text: 'x'.repeat(2_000_000) }),
      messages_event_id: large,
      next_index: large,
      date_inactive: large,
      date_created: -1,
    })

    const { message, conversation } = await world.say(room.sid, '\u{1F600}'.repeat(100_000))

    expect(message).toMatchObject({ position: large, event_id: large + 1 })
    expect(await world.get(room.sid)).toEqual(conversation)
    expect(await world.store.read.messages.find(room.sid, message.sid)).toEqual(message)
    expect(await world.store.read.conversations.due(large, 10)).toEqual([room.sid])
  })

  it('answers while it is open, and refuses kindly afterwards', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { sid } = await world.conversation()
    await world.store.ping()
    const last = world.say(sid, 'the last one')

    await world.store.close()
    await world.store.close()

    expect((await last).message.position).toBe(0)
    await expect(world.say(sid, 'too late')).rejects.toMatchObject({ reason: 'unavailable' })
    await expect(world.conversation()).rejects.toMatchObject({ reason: 'unavailable' })
    await expect(world.store.ping()).rejects.toMatchObject({ reason: 'unavailable' })
    await world.reopen()
    expect((await world.get(sid)).messages_count).toBe(1)
  })
})

it('two nodes that start together on an empty PostgreSQL database take turns', async () => {
  await using world = await BareWorld.open('postgres', fresh)
  await sideways(world.place.address, 'drop schema public cascade; create schema public')

  const nodes = await Promise.all(Array.from({ length: 4 }, () => world.openAnother()))

  const steps = await sideways(world.place.address, 'select name from kysely_migration order by name')
  expect(new Set(steps.map((step) => step['name'])).size).toBe(steps.length)
  for (const node of nodes) expect(await node.read.accounts.first()).toBeUndefined()
  await Promise.all(nodes.map((node) => node.close()))
})
