import { expect, inject, it } from 'vitest'
import { dataParent } from '../../../../../spec/support/data-parent.ts'
import { freshDatabase } from '../../../../../spec/support/fresh-database.ts'
import { createClock } from '../../base/clock.ts'
import { BareWorld, type DatabaseKind } from '../../storage/bare-world.ts'
import type { NotificationConfigurationRow, PushBindingRow } from '../../storage/schema.ts'
import { createPushAudience } from './push-audience.ts'

const open = (kind: DatabaseKind = 'sqlite') =>
  BareWorld.open(kind, { freshDatabase: () => freshDatabase(inject('postgresUrl')), parent: dataParent })

function furnish(world: BareWorld) {
  const { account_sid, service_sid: chat_service_sid } = world
  const configuration: NotificationConfigurationRow = {
    chat_service_sid,
    account_sid,
    log_enabled: 0,
    new_message_enabled: 1,
    new_message_template: null,
    new_message_sound: null,
    new_message_badge_count_enabled: 0,
    new_message_with_media_enabled: 0,
    new_message_with_media_template: null,
    added_to_conversation_enabled: 0,
    added_to_conversation_template: null,
    added_to_conversation_sound: null,
    removed_from_conversation_enabled: 0,
    removed_from_conversation_template: null,
    removed_from_conversation_sound: null,
  }
  const binding: PushBindingRow = {
    sid: world.ids.sid('binding'),
    account_sid,
    chat_service_sid,
    user_sid: world.ids.sid('user'),
    identity: 'alice',
    binding_type: 'fcm',
    credential_sid: null,
    address: 'token',
    endpoint: null,
    keys: null,
    message_types: '["new_message"]',
    connection: null,
    node_sid: null,
    online_until: null,
    date_created: 0,
    date_updated: 0,
  }
  return { configuration, binding }
}

/** A store that counts what is read of it. */
function counted(world: BareWorld) {
  let reads = 0
  const pushBindings = {
    ...world.store.read.pushBindings,
    isAnyOfService: (sid: string) => {
      reads++
      return world.store.read.pushBindings.isAnyOfService(sid)
    },
  }
  const store = Object.assign(Object.create(world.store), {
    read: { ...world.store.read, pushBindings },
    onCommit: world.store.onCommit.bind(world.store),
  }) as typeof world.store
  return { store, reads: () => reads }
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 20))

it('whether a service wants pushes costs no statement for a message, and changes are known at once', async () => {
  await using world = await open()
  const pacing = createClock()
  const { store, reads } = counted(world)
  const audience = createPushAudience({ store, pacing, log: world.log })
  const { configuration, binding } = furnish(world)
  const mayWant = () => audience.mayWant(world.service_sid, 'new_message')

  expect(mayWant()).toBe(true)
  await turn()
  for (let n = 0; n < 1_000; n++) expect(mayWant()).toBe(false)
  expect(reads()).toBe(1)

  await world.store.write((tx) => tx.pushBindings.insert(binding))
  expect(mayWant()).toBe(true)
  await turn()
  expect(mayWant()).toBe(false)
  await world.store.write((tx) => tx.notificationConfigurations.put(configuration))
  expect(mayWant()).toBe(true)
  await turn()
  expect(mayWant()).toBe(true)
  expect(audience.mayWant(world.service_sid, 'added_to_conversation')).toBe(false)

  await world.store.write((tx) => tx.pushBindings.remove(binding))
  expect(mayWant()).toBe(true)
  await turn()
  expect(mayWant()).toBe(false)
})

it('what was read before a change, and comes behind it, is not taken for what is there now', async () => {
  await using world = await open()
  const { configuration, binding } = furnish(world)
  await world.store.write((tx) => tx.notificationConfigurations.put(configuration))
  const held: (() => void)[] = []
  const pushBindings = {
    ...world.store.read.pushBindings,
    isAnyOfService: async (sid: string) => {
      const is = await world.store.read.pushBindings.isAnyOfService(sid)
      await new Promise<void>((resolve) => held.push(resolve))
      return is
    },
  }
  const store = Object.assign(Object.create(world.store), {
    read: { ...world.store.read, pushBindings },
    onCommit: world.store.onCommit.bind(world.store),
  }) as typeof world.store
  const audience = createPushAudience({ store, pacing: createClock(), log: world.log })
  const mayWant = () => audience.mayWant(world.service_sid, 'new_message')

  mayWant()
  await expect.poll(() => held.length).toBe(1)
  await world.store.write((tx) => tx.pushBindings.insert(binding))
  mayWant()
  await expect.poll(() => held.length).toBe(2)
  held[0]?.()
  await turn()
  expect(mayWant()).toBe(true)
  held[1]?.()
  await turn()
  expect(mayWant()).toBe(true)
  expect(held).toHaveLength(2)
})

it('what another node has changed is known as soon as it tells of it', async () => {
  await using world = await open('postgres')
  await using other = await BareWorld.visit(world.place.address)
  // Nothing becomes old here.
  const audience = createPushAudience({ store: world.store, pacing: createClock(() => 0), log: world.log })
  const { configuration, binding } = furnish(world)
  const mayWant = () => audience.mayWant(world.service_sid, 'new_message')
  mayWant()
  await expect.poll(mayWant, { timeout: 20_000 }).toBe(false)
  await other.store.write((tx) => tx.notificationConfigurations.put(configuration))
  await other.store.write((tx) => tx.pushBindings.insert(binding))
  await expect.poll(mayWant, { timeout: 20_000 }).toBe(true)
  await other.store.write((tx) => tx.pushBindings.remove(binding))
  await expect.poll(mayWant, { timeout: 20_000 }).toBe(false)
})

it('what another node has changed is known within seconds, should nobody tell of it: an old answer is none', async () => {
  await using world = await open()
  const pacing = createClock()
  const { store, reads } = counted(world)
  const audience = createPushAudience({ store, pacing, log: world.log })
  const mayWant = () => audience.mayWant(world.service_sid, 'new_message')
  mayWant()
  await turn()
  expect(mayWant()).toBe(false)
  await pacing.advance(3_000)
  // It still holds, and is read anew by the way.
  expect(mayWant()).toBe(false)
  await turn()
  expect(reads()).toBe(2)
  await pacing.advance(6_000)
  expect(mayWant()).toBe(true)
})
