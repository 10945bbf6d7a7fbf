import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { startPostgres } from '../../../../spec/support/postgres.ts'
import { openTcpProxy } from '../../../../spec/support/tcp-proxy.ts'
import { BareWorld } from './bare-world.ts'
import type { Change } from './changes.ts'
import { sideways } from './sideways.ts'
import { type Acknowledged, expectWhole } from './surviving-writes.ts'

const fresh = { freshDatabase: () => freshDatabase(inject('postgresUrl')) }

/** Writers that do not stop when a write fails, and what became of their writes. */
class Load {
  readonly acknowledged: Acknowledged[] = []
  readonly refused: unknown[] = []
  #stopped = false
  readonly #running: Promise<void>[]

  constructor(
    private readonly world: BareWorld,
    private readonly rooms: readonly string[],
  ) {
    this.#running = Array.from({ length: 20 }, (_, writer) => this.#write(writer))
  }

  async #write(writer: number): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      const room = this.rooms[(writer + n) % this.rooms.length] as string
      try {
        const { message } = await this.world.say(room, `${writer} ${n}`)
        this.acknowledged.push(message)
        if (n % 4 === 0) await this.world.enter(room, { type: 'sms', address: `+${writer}` })
        if (n % 4 === 1) await this.world.edit(message, 'edited')
      } catch (reason) {
        this.refused.push(reason)
      }
    }
  }

  /** Resolves when so many more messages were acknowledged. */
  async progress(more: number): Promise<void> {
    const goal = this.acknowledged.length + more
    while (this.acknowledged.length < goal) await new Promise((resolve) => setImmediate(resolve))
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
  }
}

async function loaded(world: BareWorld): Promise<{ rooms: string[]; load: Load }> {
  const rooms = (await Promise.all(Array.from({ length: 5 }, () => world.conversation()))).map((room) => room.sid)
  const load = new Load(world, rooms)
  await load.progress(100)
  return { rooms, load }
}

/** Every message was told, once and in order, whether its sender heard of it or not. */
async function expectNothingMissed(world: BareWorld, rooms: readonly string[], load: Load): Promise<void> {
  const rows = await expectWhole(world, rooms, load.acknowledged)
  for (const room of rooms) {
    const ids = world.told.flatMap((change) => (change.object === 'messages' && change.sid === room ? [change.id] : []))
    const added = world.told.flatMap((change) => (change.object === 'messages' && change.kind === 'added' ? [change.message] : []))
    expect(ids).toEqual(ids.map((_, n) => n + 1))
    expect(added.filter((row) => row.conversation_sid === room).map((row) => row.sid)).toEqual(
      rows.filter((row) => row.conversation_sid === room).map((row) => row.sid),
    )
    expect((await world.get(room)).messages_event_id).toBe(ids.length)
  }
  for (const reason of load.refused) expect(reason).toMatchObject({ reason: 'unavailable' })
}

describe('connections to PostgreSQL', () => {
  it('that are terminated in the middle take no write half way, and are replaced', async () => {
    await using world = await BareWorld.open('postgres', fresh)
    const { rooms, load } = await loaded(world)

    for (let round = 0; round < 8; round++) {
      await sideways(
        world.place.address,
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      await load.progress(20)
    }
    await load.stop()

    await expectNothingMissed(world, rooms, load)
  })

  it('that break off and cannot be made for a while are made again by themselves', async () => {
    await using world = await BareWorld.open('postgres', fresh)
    const address = new URL(world.place.address.kind === 'postgres' ? world.place.address.url : '')
    await using network = await openTcpProxy({ port: Number(address.port), host: address.hostname })
    await using far = await BareWorld.visit({ kind: 'postgres', url: network.url(address.href) })
    const { rooms, load } = await loaded(far)

    for (let round = 0; round < 3; round++) {
      network.cut()
      await expect(far.store.ping()).rejects.toMatchObject({ reason: 'unavailable' })
      network.mend()
      await load.progress(50)
    }
    await load.stop()

    await far.store.ping()
    await expectNothingMissed(far, rooms, load)
  })

  it('end when the whole server dies; when it is back everything goes on, and nothing acknowledged is lost', async () => {
    const server = await startPostgres()
    try {
      await using world = await BareWorld.open('postgres', { freshDatabase: () => freshDatabase(server.url) })
      const { rooms, load } = await loaded(world)

      // When one of its processes is killed, PostgreSQL ends all the others and starts anew from its log.
      const [victim] = await sideways(
        world.place.address,
        'select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() limit 1',
      )
      process.kill(Number(victim?.['pid']), 'SIGKILL')
      await load.progress(200)
      await load.stop()

      await expectNothingMissed(world, rooms, load)
    } finally {
      await server.stop()
    }
  })

  it('whose commit was lost when the server died are not taken for others that got the same transaction id', async () => {
    // Nothing but a commit brings the log to the disk: so the ids that the crash takes back are given out again.
    const server = await startPostgres({ settings: { wal_writer_delay: '10s' } })
    try {
      const { url: place, drop } = await freshDatabase(server.url)
      await using network = await openTcpProxy({ port: Number(new URL(place).port) })
      await using world = await BareWorld.open('postgres', { freshDatabase: async () => ({ url: network.url(place), drop }) })
      const { sid } = await world.conversation()
      const direct = { kind: 'postgres', url: place } as const
      const [backend] = await sideways(direct, "select pid from pg_stat_activity where backend_type = 'client backend' limit 1")
      const written: number[] = []

      const saving = world.store.write(async (tx) => {
        const row = await tx.conversations.lock(sid)
        const saved = await tx.conversations.saveDocument({ ...row!, friendly_name: 'written' })
        written.push(saved.document_event_id)
        // The first time, its commit is not heard.
        if (written.length === 1) network.deafen()
      })
      await expect.poll(() => written.length).toBe(1)
      process.kill(Number(backend?.['pid']), 'SIGKILL')
      await expect.poll(() => sideways(direct, 'create table others ()').then(Boolean, () => false), { timeout: 20_000 }).toBe(true)
      for (let n = 0; n < 20; n++) await sideways(direct, 'select pg_current_xact_id()')
      network.mend()

      const acknowledged = await saving.then(
        () => true,
        () => false,
      )
      expect((await world.get(sid)).friendly_name === 'written').toBe(acknowledged)
      expect(world.told.filter(({ object, kind }) => object === 'document' && kind === 'updated')).toHaveLength(acknowledged ? 1 : 0)
    } finally {
      await server.stop()
    }
  })

  it('that stay away for long after a commit nobody heard of: what it changed is told when they are back', async () => {
    const { url: place, drop } = await freshDatabase(inject('postgresUrl'))
    const address = new URL(place)
    await using network = await openTcpProxy({ port: Number(address.port), host: address.hostname })
    await using world = await BareWorld.open('postgres', { freshDatabase: async () => ({ url: network.url(place), drop }) })
    const { sid } = await world.conversation()

    const saving = Promise.allSettled([
      world.store.write(async (tx) => {
        const row = await tx.conversations.lock(sid)
        await tx.conversations.saveDocument({ ...row!, friendly_name: 'written' })
        network.mute()
      }),
    ])
    const names = () => sideways({ kind: 'postgres', url: place }, 'select friendly_name from conversations')
    await expect.poll(names, { timeout: 20_000 }).toEqual([{ friendly_name: 'written' }])
    network.cut()

    expect(await saving).toMatchObject([{ status: 'rejected', reason: { reason: 'unavailable' } }])
    expect(world.told).toEqual([])
    network.mend()
    await expect.poll(() => world.told, { timeout: 20_000 }).toMatchObject([{ object: 'document', id: 1, kind: 'updated' }])
  })

  it('serve reads again after they were lost, without anybody noticing', async () => {
    await using world = await BareWorld.open('postgres', fresh)
    const { sid } = await world.conversation()
    await world.get(sid)

    await sideways(
      world.place.address,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )

    expect((await world.get(sid)).sid).toBe(sid)
    await world.store.ping()
  })
})

describe('nodes', () => {
  it('tell each other what they keep in memory, and themselves not once more; also after their connections were lost', async () => {
    await using world = await BareWorld.open('postgres', fresh)
    await using other = await BareWorld.visit(world.place.address)
    const push = { object: 'push', sid: world.service_sid, kind: 'changed' } as const
    const webhooks = { object: 'webhooks', sid: world.service_sid, kind: 'configured' } as const
    const change = (...changes: Change[]) => world.store.write(async (tx) => changes.forEach(tx.emit))
    world.told.length = 0

    await change(push, webhooks, push)
    await expect.poll(() => other.told, { timeout: 20_000 }).toEqual([push, webhooks])
    await sideways(world.place.address, `select pg_notify('parley_changes', 'x'), pg_notify('parley_changes', '{"change":null}')`)
    const failing = world.store.write(async (tx) => {
      tx.emit(webhooks)
      throw new Error('after all not')
    })
    await expect(failing).rejects.toThrow('after all not')
    await change(push)
    await expect.poll(() => other.told, { timeout: 20_000 }).toEqual([push, webhooks, push])
    expect(world.told).toEqual([push, webhooks, push, push])

    await sideways(
      world.place.address,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    other.told.length = 0
    await expect
      .poll(
        async () => {
          await change(push)
          await other.clock.advance(1_000)
          return other.told[0]
        },
        { timeout: 20_000 },
      )
      .toEqual(push)
  })
})

describe('writes that want the same rows', () => {
  it('do not wait for each other in a circle: leaving and joining, conversations and users, all at once', async () => {
    await using world = await BareWorld.open('postgres', { ...fresh, pool: 10 })
    const users = await Promise.all(Array.from({ length: 30 }, (_, n) => world.user(`user${n}`)))
    const rooms = await Promise.all(Array.from({ length: 8 }, () => world.conversation()))
    // Everybody is in everything, and joined in another order each time.
    for (const [at, room] of rooms.entries()) for (const user of at % 2 ? users : users.toReversed()) await world.join(room.sid, user)
    const others = await Promise.all(Array.from({ length: 8 }, () => world.conversation()))
    const deadlocks = async () =>
      (await sideways(world.place.address, 'select deadlocks from pg_stat_database where datname = current_database()'))[0]?.['deadlocks']
    const before = await deadlocks()

    await Promise.all([
      ...rooms.map((room) =>
        world.store.write(async (tx) => {
          const row = await tx.conversations.lock(room.sid)
          if (row) await tx.conversations.remove(await tx.participants.removeAll(row, world.clock.now()), world.clock.now())
        }),
      ),
      ...others.flatMap((room) => users.map((user) => world.join(room.sid, user))),
      ...others.flatMap((room) => Array.from({ length: 10 }, (_, n) => world.say(room.sid, `message ${n}`))),
    ])

    expect(await deadlocks()).toBe(before)
    for (const user of users) {
      const { rows } = await world.store.read.participants.pageOfUser(user.sid, { limit: 100 })
      expect(rows.map(({ conversation }) => conversation.sid)).toEqual(others.map((room) => room.sid).sort())
      // In eight rooms, out of them, and in eight others: each was an event of its own.
      expect((await world.store.read.users.find(user.sid))?.conversations_event_id).toBe(24)
    }
  })

  it('run again when they were caught in a circle all the same', async () => {
    await using world = await BareWorld.open('postgres', fresh)
    const [one, two] = await Promise.all([world.conversation(), world.conversation()])
    let met: (() => void) | undefined
    const meeting = new Promise<void>((resolve) => {
      let there = 0
      met = () => void (++there === 2 && resolve())
    })
    const runs: string[] = []
    const lockBoth = (first: string, second: string) =>
      world.store.write(async (tx) => {
        const fresh = runs.filter((run) => run === first).length === 0
        runs.push(first)
        await tx.conversations.lock(first)
        if (fresh) {
          met?.()
          await meeting
        }
        const row = await tx.conversations.lock(second)
        if (row) await tx.conversations.saveDocument(row)
      })

    await Promise.all([lockBoth(one.sid, two.sid), lockBoth(two.sid, one.sid)])

    // Whoever runs again may be caught again.
    expect(runs.length).toBeGreaterThan(2)
    expect((await world.get(one.sid)).document_event_id).toBe(1)
    expect((await world.get(two.sid)).document_event_id).toBe(1)
  })
})

it('a node that runs while another adds a column is not upset by it', async () => {
  await using world = await BareWorld.open('postgres', fresh)
  const { sid } = await world.conversation()
  const { message } = await world.say(sid, 'before')

  await sideways(world.place.address, 'alter table messages add column later text; alter table conversations add column later text')

  expect((await world.say(sid, 'after')).message.position).toBe(1)
  expect(await world.store.read.messages.find(sid, message.sid)).toEqual(message)
  expect(await world.get(sid)).not.toHaveProperty('later')
})
