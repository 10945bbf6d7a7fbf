import { ParleyError, parseSyncObject, type ResumeAnswer, type SyncObject } from '@parley/protocol'
import type { ListPosition } from '../../storage/conversation-lists.ts'
import type { Asking } from '../hub.ts'
import { notification } from '../outgoing.ts'
import { eventPayload, toSyncEvent } from '../sync/events.ts'
import { openObject } from '../sync/objects.ts'
import { replayAfter } from '../sync/replay.ts'
import type { Command } from '../upstream.ts'
import { Held } from './held.ts'

const mostObjects = 10_000
/** Objects that are looked at before others get their turn. */
const objectsPerTurn = 50
const syncEvent = 'twilio.sync.event'

/**
 * A client is back: it is subscribed again to what it watched, and told what it missed, before the answer. Most objects did not change meanwhile,
 * and those of the user's own conversations are found out with one statement.
 */
export async function resume(command: Command): Promise<ResumeAnswer> {
  const { ctx, session } = command
  const { correlation_id, objects } = readRequest(command.body)
  const gone: string[] = []
  const held = new Held(command)
  try {
    const asked = objects.flatMap(([sid, after]) => {
      const object = parseSyncObject(sid)
      if (!object) gone.push(sid)
      return object ? [{ sid, after, asking: held.hold([object])[0] as Asking }] : []
    })
    const positions = new Map((await ctx.store.read.lists.positions(session.user_sid)).map((row) => [row.sid, row]))
    for (const [at, { sid, after, asking }] of asked.entries()) {
      if (at % objectsPerTurn === objectsPerTurn - 1) await new Promise((resolve) => setImmediate(resolve))
      const position = positionOf(asking.object, positions)
      if (position === after) held.release(asking, position)
      else if (!(await catchUp(command, held, asking, after, correlation_id))) gone.push(sid)
      if (session.closed) break
    }
    return { gone }
  } finally {
    held.end()
  }
}

/** Where an object of one of the user's own conversations stands; `undefined` for all others. */
function positionOf({ kind, owner }: SyncObject, positions: ReadonlyMap<string, ListPosition>): number | undefined {
  const row = positions.get(owner)
  if (kind === 'document') return row?.document_event_id
  if (kind === 'messages') return row?.messages_event_id
  return kind === 'roster' ? row?.roster_event_id : undefined
}

/** Tells what was missed of one object. @returns `false` when there is no such object for this user any more */
async function catchUp(command: Command, held: Held, asking: Asking, after: number, correlation_id: number): Promise<boolean> {
  const { ctx, session } = command
  let upTo = after
  for (;;) {
    let replay: Awaited<ReturnType<typeof replayAfter>>
    try {
      const { object, owner, overseen } = await openObject(ctx, session.actor, asking.object)
      session.oversees ||= overseen
      replay = await replayAfter(ctx.store.read, object, owner, upTo)
    } catch (error) {
      if (error instanceof ParleyError) return false
      throw error
    }
    for (const change of replay.changes) {
      session.push(notification(syncEvent, eventPayload(toSyncEvent(change, ctx.clock.now()), correlation_id)))
      // Who has missed much is told as fast as they read.
      await session.room()
      if (session.closed) return true
    }
    upTo = replay.upTo
    if (replay.more) continue
    held.release(asking, upTo)
    return true
  }
}

function readRequest(body: unknown): { correlation_id: number; objects: [string, number][] } {
  const { correlation_id, objects } = (body ?? {}) as Record<string, unknown>
  if (typeof correlation_id !== 'number' || !Number.isFinite(correlation_id)) throw invalid('correlation_id', 'a number')
  const isPair = (one: unknown) => Array.isArray(one) && typeof one[0] === 'string' && Number.isSafeInteger(one[1])
  if (!Array.isArray(objects) || objects.length > mostObjects || !objects.every(isPair))
    throw invalid('objects', `a list of at most ${mostObjects} pairs of SID and event id`)
  return { correlation_id, objects: objects as [string, number][] }
}

export const invalid = (field: string, expected: string) =>
  new ParleyError('parameter-invalid', { text: `Invalid parameter ${field}: ${expected} is expected`, details: { field } })
