import { expect } from 'vitest'
import type { BareWorld } from './bare-world.ts'
import type { MessageRow } from './schema.ts'

/** What an acknowledged message has to be found by afterwards. */
export type Acknowledged = Pick<MessageRow, 'sid' | 'conversation_sid' | 'position'>

/** For tests: whatever happened to the process and its connections, what was acknowledged is there, and the conversations are whole. */
export async function expectWhole(
  world: BareWorld,
  rooms: readonly string[],
  acknowledged: readonly Acknowledged[],
): Promise<MessageRow[]> {
  const all: MessageRow[] = []
  for (const room of rooms) {
    const rows = await world.store.read.messages.from(room, 0, false, 1_000_000)
    const changed = await world.store.read.messages.changedAfter(await world.get(room), 0, 1_000_000)
    const conversation = await world.get(room)
    const events = changed.rows.flatMap((row) => [...new Set([row.created_event_id, row.event_id])])

    expect(rows.map((row) => row.position)).toEqual(rows.map((_, n) => n))
    expect(conversation).toMatchObject({
      next_index: rows.length,
      messages_count: rows.length,
      last_message_index: rows.length === 0 ? null : rows.length - 1,
      participants_count: (await world.store.read.participants.all(room)).length,
    })
    expect(events.sort((a, b) => a - b)).toEqual(events.map((_, n) => n + 1))
    expect(conversation.messages_event_id).toBe(events.length)
    all.push(...rows)
  }
  const bySid = new Map(all.map((row) => [row.sid, row]))
  for (const { sid, conversation_sid, position } of acknowledged) expect(bySid.get(sid)).toMatchObject({ conversation_sid, position })
  return all
}
