import { describe, expect, inject, it } from 'vitest'
import { dataParent } from '../../../../../spec/support/data-parent.ts'
import { freshDatabase } from '../../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from '../../storage/bare-world.ts'
import type { NewJob } from '../../storage/jobs.ts'
import { jobSidOfPush } from '../../storage/pushes.ts'
import type { PushBindingRow, PushRow, UserRow } from '../../storage/schema.ts'
import { sideways } from '../../storage/sideways.ts'
import type { NewDelivery } from '../../storage/webhook-deliveries.ts'
import { createPushAudience } from '../push/push-audience.ts'
import { eraseSome, requestErasure } from './erase-user.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent }
const tables = [
  'users',
  'conversations',
  'participants',
  'messages',
  'receipts',
  'media',
  'erasures',
  'push_bindings',
  'pushes',
  'webhook_deliveries',
  'webhook_attempts',
  'jobs',
]

const newBinding = (world: BareWorld, { sid: user_sid, identity, account_sid, chat_service_sid }: UserRow): PushBindingRow => ({
  sid: world.ids.sid('binding'),
  account_sid,
  chat_service_sid,
  user_sid,
  identity,
  binding_type: 'fcm',
  credential_sid: null,
  address: `telephone of ${identity}`,
  endpoint: null,
  keys: null,
  message_types: '[]',
  connection: null,
  node_sid: null,
  online_until: null,
  date_created: 0,
  date_updated: 0,
})

const newPush = (world: BareWorld, binding: PushBindingRow, message_sid: string | null, payload: string): PushRow => ({
  sid: world.ids.sid('push'),
  account_sid: binding.account_sid,
  chat_service_sid: binding.chat_service_sid,
  conversation_sid: null,
  message_sid,
  user_sid: binding.user_sid,
  identity: binding.identity,
  binding_sid: binding.sid,
  binding_type: 'fcm',
  credential_sid: null,
  message_type: 'new_message',
  state: 'sent',
  reason: null,
  attempts: 1,
  provider_status: 200,
  provider_answer: null,
  provider_id: null,
  payload,
  date_created: 0,
  date_updated: 0,
})

/** The job that sends a push, and jobs of a kind that name somebody otherwise. */
const newJob = (world: BareWorld, kind: string, key: string | null, payload: object, sid = world.ids.sid('job')): NewJob => ({
  sid,
  account_sid: world.account_sid,
  kind,
  key,
  payload: JSON.stringify(payload),
  run_at: 0,
  date_created: 0,
})

const newDelivery = (world: BareWorld, parameters: NewDelivery['parameters']): NewDelivery => ({
  sid: world.ids.sid('webhookDelivery'),
  account_sid: world.account_sid,
  chat_service_sid: world.service_sid,
  conversation_sid: null,
  webhook_sid: null,
  level: 'service',
  event_type: 'onMessageAdded',
  url: 'https://example.org',
  method: 'POST',
  parameters,
  idempotency_token: world.ids.uuid(),
  date_created: 0,
})

const contextOf = ({ store, clock, ids, log }: BareWorld) => ({
  store,
  clock,
  ids,
  push: { audience: createPushAudience({ store, pacing: clock, log }) },
})

describe.each(databaseKinds)('a user who was erased, on %s', (kind) => {
  it('is so after a few portions, though events have leapt ahead, as they do when a database is restored', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const ctx = contextOf(world)
    const alice = await world.user('alice')
    const room = await world.conversation()
    await world.join(room.sid, alice)
    const takeBack = async () => world.unsay((await world.say(room.sid, 'taken back', 'alice')).message)
    await takeBack()
    await sideways(world.place.address, 'update conversations set messages_event_id = messages_event_id + 1000000000')
    await takeBack()

    await requestErasure(ctx, world.service_sid, 'alice')
    let portions = 0
    while (portions < 30 && (await eraseSome(ctx))) portions++

    expect(portions).toBeLessThan(30)
    expect(await sideways(world.place.address, "select 1 from messages where author = 'alice'")).toEqual([])
  })

  it('stands in no row of the database any more, tombstones included, but for the SID', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { store, clock, service_sid } = world
    const ctx = contextOf(world)
    const alice = await world.user('alice', { friendly_name: 'alice', attributes: '{"name":"alice"}' })
    const bob = await world.user('bob')
    const room = await world.conversation({ created_by: 'alice' })
    const other = await world.conversation()
    const deleted = await world.conversation({ created_by: 'bob' })

    const { participant: first } = await world.join(room.sid, alice)
    await world.join(room.sid, bob)
    const { message: hers } = await world.say(room.sid, 'alice was here', 'alice')
    await world.unsay((await world.say(room.sid, 'said and taken back', 'alice')).message)
    await world.leave(first)
    await world.enter(room.sid, { identity: 'alice', user_sid: alice.sid, attributes: '{"name":"alice"}' })
    await world.say(room.sid, 'alice is back', 'alice')
    const { message: his } = await world.say(room.sid, 'his', 'bob')
    await world.store.write(async (tx) => {
      const conversation = await tx.conversations.lock(room.sid)
      if (conversation) await tx.messages.save(conversation, { ...his, last_updated_by: 'alice' })
    })
    // In her name, where she never was: one is there, one was removed.
    await world.say(other.sid, 'alice elsewhere', 'alice')
    await world.unsay((await world.say(other.sid, 'x', 'alice')).message)
    const { participant: once } = await world.join(deleted.sid, alice)
    await world.leave(once)
    await world.store.write(async (tx) => {
      const conversation = await tx.conversations.lock(deleted.sid)
      if (conversation) await tx.conversations.remove(await tx.participants.removeAll(conversation, clock.now()), clock.now())
    })

    await world.store.write(async (tx) => {
      const binding = newBinding(world, alice)
      await tx.pushBindings.insert(binding)
      await tx.pushes.insert([
        newPush(world, binding, null, 'to alice'),
        newPush(world, { ...binding, user_sid: bob.sid, identity: 'bob', sid: `BS${'0'.repeat(32)}` }, hers.sid, 'alice: hello'),
        newPush(world, { ...binding, user_sid: bob.sid, identity: 'bob' }, null, '{"data":{"author":"alice","twi_body":"added by alice"}}'),
      ])
      // Given up, all of them; two are of others.
      const [toAlice, toBob] = [
        newPush(world, binding, null, ''),
        newPush(world, { ...binding, user_sid: bob.sid, identity: 'bob' }, null, ''),
      ]
      await tx.pushes.insert([toAlice, toBob])
      await tx.jobs.insert(
        newJob(world, 'push-delivery', binding.sid, { push_sid: toAlice.sid }, jobSidOfPush(toAlice.sid)),
        newJob(world, 'push-delivery', 'another', { push_sid: toBob.sid }, jobSidOfPush(toBob.sid)),
        newJob(world, 'push-delivery', null, { push_sid: toBob.sid, by_user_sid: alice.sid }),
        newJob(world, 'push', null, { type: 'added_to_conversation', conversation_sid: room.sid, user_sid: alice.sid }),
        newJob(world, 'push-badge', alice.sid, { user_sid: alice.sid }),
        newJob(world, 'push-badge', bob.sid, { user_sid: bob.sid }),
        newJob(world, 'conversation', room.sid, { conversation_sid: room.sid, participants: [{ identity: 'bob' }, { identity: 'alice' }] }),
      )
      for (const job of (await tx.jobs.page({ account_sid: world.account_sid, state: 'waiting' }, { limit: 10 })).rows)
        await tx.jobs.save({ ...job, state: 'dead' })
      // More than are looked at together, and many of one instant.
      await tx.deliveries.enqueue(
        Array.from({ length: 1_200 }, (_, n) =>
          newDelivery(world, [
            ['Author', n % 100 === 0 ? 'alice' : 'bob'],
            ['Body', n % 100 === 0 ? 'alice said' : 'his'],
          ]),
        ),
      )
      await tx.deliveries.enqueue([newDelivery(world, [['UserSid', alice.sid]]), newDelivery(world, [['ClientIdentity', 'alice']])])
    })

    await requestErasure(ctx, service_sid, 'alice')
    while (await eraseSome(ctx));

    const rows = (await Promise.all(tables.map((table) => sideways(world.place.address, `select * from ${table}`)))).flat()
    expect(rows.filter((row) => JSON.stringify(row).includes('alice'))).toEqual([])
    expect(rows.filter((row) => JSON.stringify(row).includes(alice.sid))).toMatchObject([{ sid: alice.sid, identity: null }])
    const log = await store.read.deliveries.oldest({ chat_service_sid: service_sid }, { limit: 2_000 })
    expect(log.rows).toHaveLength(1_200 - 12)
    expect(await sideways(world.place.address, `select sid from jobs where kind = 'webhook'`)).toHaveLength(1_200 - 12)
    const dead = await store.read.jobs.page({ account_sid: world.account_sid, state: 'dead' }, { limit: 10 })
    expect(dead.rows.map(({ lane }) => lane).sort()).toEqual([`conversation ${room.sid}`, `push-badge ${bob.sid}`, 'push-delivery another'])
    // It can still be done, with the others.
    expect(dead.rows.map(({ payload }) => JSON.parse(payload).participants)).toContainEqual([{ identity: 'bob' }])
    const erasure = await store.read.erasures.find(alice.sid)
    expect(erasure).toMatchObject({ conversations_left: 1, messages_erased: 3, date_completed: expect.any(Number) })
    expect(await store.read.messages.from(room.sid, 0, false, 10)).toMatchObject([{ sid: his.sid, position: 3, last_updated_by: null }])
    expect(await world.get(room.sid)).toMatchObject({ messages_count: 1, participants_count: 1, last_message_index: 3, created_by: null })
    expect(await world.get(other.sid)).toMatchObject({ messages_count: 0, last_message_index: null })
  })

  it('hears of each change once, in order: what is told afterwards is what is there', async () => {
    await using world = await BareWorld.open(kind, fresh)
    const { store, service_sid } = world
    const ctx = contextOf(world)
    const alice = await world.user('alice')
    const room = await world.conversation()
    await world.join(room.sid, alice)
    for (let at = 0; at < 120; at++) await world.say(room.sid, `${at}`, at % 2 ? 'alice' : 'bob')
    const before = await world.get(room.sid)
    world.told.length = 0
    await requestErasure(ctx, service_sid, alice.sid)
    while (await eraseSome(ctx));

    const events = world.told.filter((change) => change.object === 'messages').map((change) => [change.kind, 'id' in change && change.id])
    expect(events).toEqual(Array.from({ length: 60 }, (_, at) => ['removed', before.messages_event_id + 1 + at]))
    const after = await world.get(room.sid)
    expect(after).toMatchObject({ messages_count: 60, last_message_index: 118, messages_event_id: before.messages_event_id + 60 })
    const missed = await store.read.messages.changedAfter(after, before.messages_event_id, 1_000)
    expect(missed.rows.map(({ position }) => position)).toEqual(Array.from({ length: 60 }, (_, at) => at * 2 + 1))
  })
})
