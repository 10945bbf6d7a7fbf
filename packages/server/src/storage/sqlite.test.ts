import { existsSync, statSync } from 'node:fs'
import SQLite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { SettingsError } from '../base/config.ts'
import { BareWorld } from './bare-world.ts'
import { layTraps } from './sideways.ts'

const fresh = { freshDatabase: () => Promise.reject(new Error('SQLite needs none')) }
const fileOf = ({ place: { address } }: BareWorld) => (address.kind === 'sqlite' ? address.file : '')

describe('a SQLite file', () => {
  it('belongs to one server at a time, and a second one says so in one line', async () => {
    await using world = await BareWorld.open('sqlite', fresh)

    const second = world.openAnother()

    await expect(second).rejects.toThrow(SettingsError)
    await expect(second).rejects.toThrow(`another server is using ${fileOf(world)}; stop it, or set PARLEY_DATA_DIR to another folder`)
    await world.reopen()
  })

  it('is free again when its server could not open it', async () => {
    await using world = await BareWorld.open('sqlite', fresh)
    await world.store.close()
    const db = new SQLite(fileOf(world))
    db.exec("update kysely_migration set name = '0000-unknown' where name like '0001%'")
    await expect(world.openAnother()).rejects.toThrow()
    db.exec("update kysely_migration set name = '0001-first-conversation' where name = '0000-unknown'")
    db.close()

    await world.reopen()
  })

  it('is whole after a close: the log is empty, and the lock is gone', async () => {
    await using world = await BareWorld.open('sqlite', fresh)
    const { sid } = await world.conversation()
    await world.say(sid, 'hello')

    await world.store.close()

    expect(existsSync(`${fileOf(world)}-wal`)).toBe(false)
    const db = new SQLite(fileOf(world), { readonly: true })
    expect(db.prepare('select body from messages').all()).toEqual([{ body: 'hello' }])
    expect(db.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }])
    db.close()
    await world.reopen()
  })

  it('shows what stands on the disk, also of rows that were read before: the state before a commit until it is told, then the one after', async () => {
    await using world = await BareWorld.open('sqlite', fresh)
    const { sid } = await world.conversation()
    const seen: number[] = []
    const look = async () => seen.push((await world.get(sid)).messages_count)
    world.store.onCommit(() => void look())

    await look()
    const said = world.say(sid, 'hello')
    for (let turns = 0; turns < 20; turns++) {
      await look()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await said
    await look()

    expect(seen[0]).toBe(0)
    expect(seen.at(-1)).toBe(1)
    expect(seen).toEqual([...seen].sort())
  })

  it('keeps its log short under a load that never pauses', async () => {
    await using world = await BareWorld.open('sqlite', { ...fresh, synchronous: 'normal' })
    const { sid } = await world.conversation()
    const megabyte = 'x'.repeat(1_000_000)
    let longest = 0

    const senders = Array.from({ length: 4 }, async () => {
      for (let n = 0; n < 50; n++) {
        await world.say(sid, megabyte)
        longest = Math.max(longest, statSync(`${fileOf(world)}-wal`).size)
      }
    })
    await Promise.all(senders)

    expect((await world.get(sid)).messages_count).toBe(200)
    expect(longest).toBeLessThan(150_000_000)
    expect(world.log.lines).toEqual([])
  })
})

describe('readers of SQLite', () => {
  it('see what is told, and nothing before it is told', async () => {
    await using world = await BareWorld.open('sqlite', fresh)
    const { sid } = await world.conversation()
    const seen: number[] = []

    const sending = world.say(sid, 'hello')
    while (world.told.length === 0) {
      seen.push((await world.get(sid)).messages_count)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await sending

    expect(seen.length).toBeGreaterThan(1)
    expect(new Set(seen)).toEqual(new Set([0]))
    expect((await world.get(sid)).messages_count).toBe(1)
  })
})

describe('a transaction that SQLite gives up, as it does when the disk is full', () => {
  it('fails for all who share it, leaves nothing behind, and the next one stands', async () => {
    await using world = await BareWorld.open('sqlite', fresh)
    await layTraps(world.place.address)
    const { sid } = await world.conversation()

    const outcomes = await Promise.allSettled([
      world.user('before'),
      world.say(sid, 'before'),
      world.say(sid, 'ruin'),
      world.say(sid, 'after'),
      world.user('after'),
    ])

    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.reason)).toEqual(Array(5).fill('unavailable'))
    expect(await world.get(sid)).toMatchObject({ messages_count: 0, messages_event_id: 0 })
    expect((await world.store.read.users.page(world.service_sid, { limit: 10 })).rows).toEqual([])
    expect(world.told).toEqual([])
    expect((await world.say(sid, 'again')).message).toMatchObject({ position: 0, event_id: 1 })
    expect(world.log.lines).toMatchObject([{ level: 'error', fields: { err: { message: 'ruined' } } }])
  })

  it('cannot even begin while somebody else holds the file for too long, and works afterwards', async () => {
    await using world = await BareWorld.open('sqlite', fresh)
    const { sid } = await world.conversation()
    const intruder = new SQLite(fileOf(world))
    intruder.exec('begin immediate')

    const outcomes = await Promise.allSettled([world.say(sid, 'one'), world.say(sid, 'two')])
    intruder.exec('rollback')
    intruder.close()

    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.reason)).toEqual(['unavailable', 'unavailable'])
    expect((await world.say(sid, 'three')).message.position).toBe(0)
  })
})
