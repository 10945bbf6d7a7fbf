import type { PushMessageType } from '@parley/protocol'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Change } from '../../storage/changes.ts'
import type { Store } from '../../storage/store.ts'

/**
 * Whether anybody in a service may have to be told something by push. Known from memory, for it is asked with every message: a "no" is certain but
 * for what another node wrote a moment ago, a "maybe" is found out where the work is done.
 */
export interface PushAudience {
  /** Whether this has to be looked into. */
  mayWant(chat_service_sid: string, type: PushMessageType): boolean
  /** Whether apps may have to be told how much is unread. */
  mayCountUnread(chat_service_sid: string): boolean
  /** Whether some device may be bound in the service. */
  mayHaveBindings(chat_service_sid: string): boolean
}

interface Known {
  bindings: boolean
  types: ReadonlySet<PushMessageType>
  badges: boolean
  /** When it was read. */
  at: number
}

/** How long what was read holds, and from when on it is read anew by the way, in milliseconds: what other nodes tell may get lost. */
const lifetime = 5_000
const refreshAfter = 2_000
const servicesKept = 10_000

export function createPushAudience({ store, pacing, log }: { store: Store; pacing: Clock; log: Log }): PushAudience {
  const known = new Map<string, Known>()
  /** What is being read, each by a sign of its own: what was read for another is old. */
  const reading = new Map<string, symbol>()

  store.onCommit((changes: readonly Change[]) => {
    for (const change of changes) if (change.object === 'push') forget(change.sid)
  })

  function forget(sid: string): void {
    known.delete(sid)
    // What is being read may be what was before.
    reading.delete(sid)
  }

  async function read(sid: string): Promise<void> {
    if (reading.has(sid)) return
    const ours = Symbol()
    reading.set(sid, ours)
    const at = pacing.now()
    try {
      const bindings = await store.read.pushBindings.isAnyOfService(sid)
      const configuration = bindings ? await store.read.notificationConfigurations.find(sid) : undefined
      const types = new Set<PushMessageType>()
      if (configuration?.new_message_enabled || configuration?.new_message_with_media_enabled) types.add('new_message')
      if (configuration?.added_to_conversation_enabled) types.add('added_to_conversation')
      if (configuration?.removed_from_conversation_enabled) types.add('removed_from_conversation')
      const badges = configuration?.new_message_badge_count_enabled === 1
      if (reading.get(sid) !== ours) return
      if (known.size >= servicesKept) known.clear()
      known.set(sid, { bindings, types, badges, at })
    } catch (cause) {
      log.warn({ err: cause, chat_service_sid: sid }, 'Whether a service wants pushes could not be read')
    } finally {
      if (reading.get(sid) === ours) reading.delete(sid)
    }
  }

  /** What is known and still holds; what is getting old is read anew meanwhile. */
  function look(sid: string): Known | undefined {
    const found = known.get(sid)
    const age = found ? pacing.now() - found.at : Number.POSITIVE_INFINITY
    if (age >= refreshAfter) void read(sid)
    return age < lifetime ? found : undefined
  }

  return {
    mayWant: (sid, type) => look(sid)?.types.has(type) ?? true,
    mayCountUnread: (sid) => look(sid)?.badges ?? true,
    mayHaveBindings: (sid) => look(sid)?.bindings ?? true,
  }
}
