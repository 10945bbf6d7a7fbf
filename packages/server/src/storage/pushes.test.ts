import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../../../../spec/support/fresh-database.ts'
import { BareWorld, databaseKinds } from './bare-world.ts'
import type { PushRow } from './schema.ts'

describe.each(databaseKinds)('the log of pushes, on %s', (kind) => {
  it('forgets what is older, so much at a time', async () => {
    await using world = await BareWorld.open(kind, { freshDatabase: () => freshDatabase(inject('postgresUrl')) })
    const row = (date_created: number): PushRow => ({
      sid: world.ids.sid('push'),
      account_sid: world.account_sid,
      chat_service_sid: world.service_sid,
      conversation_sid: null,
      message_sid: null,
      user_sid: world.ids.sid('user'),
      identity: 'alice',
      binding_sid: world.ids.sid('binding'),
      binding_type: 'fcm',
      credential_sid: null,
      message_type: 'new_message',
      state: 'sent',
      reason: null,
      attempts: 1,
      provider_status: 200,
      provider_answer: null,
      provider_id: null,
      payload: null,
      date_created,
      date_updated: date_created,
    })
    const rows = [5, 1, 3, 2, 4].map(row)
    await world.store.write((tx) => tx.pushes.insert(rows))
    const left = async () => {
      const { rows: found } = await world.store.read.pushes.page(world.service_sid, {}, { limit: 10 })
      return found.map(({ date_created }) => date_created).sort()
    }
    expect(await world.store.write((tx) => tx.pushes.removeOld(4, 2))).toBe(2)
    expect(await left()).toEqual([3, 4, 5])
    expect(await world.store.write((tx) => tx.pushes.removeOld(4, 2))).toBe(1)
    expect(await world.store.write((tx) => tx.pushes.removeOld(4, 2))).toBe(0)
    expect(await left()).toEqual([4, 5])
    expect((await world.store.read.pushes.find(rows[0]?.sid ?? ''))?.identity).toBe('alice')
  })
})
