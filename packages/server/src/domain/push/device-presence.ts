import type { Clock, Timer } from '../../base/clock.ts'
import type { UserActor } from '../access.ts'
import type { Context } from '../context.ts'
import { createTurns } from '../in-turn.ts'
import type { PushAudience } from './push-audience.ts'

/**
 * Which devices are looking. A device is bound over a connection, and while that connection lives, or the client comes back with its name, the
 * device is told over it and needs no push. A node renews its devices; those of one that died without a word run out.
 */
export interface DevicePresence {
  /** What a binding that is made over a connection is written with. */
  here(): { node_sid: string; online_until: number }
  /** A connection has begun; `isBack` when its client had one before that broke. */
  arrived(user: UserActor, connection: string, isBack: boolean): void
  /** A device has been bound over this connection. */
  bound(user: UserActor, connection: string): void
  /** A connection has ended. */
  left(user: UserActor, connection: string): void
  close(): Promise<void>
}

/** How long a device counts as there without being renewed, and how often it is, in milliseconds. */
const lifetime = 60_000
const renewal = 20_000

/** @param pacing the machine's time: whether somebody is there is not a matter of a clock that can be moved */
export function createDevicePresence(ctx: Context, audience: PushAudience, pacing: Clock, node_sid: string): DevicePresence {
  /** Connections of this node over which a device was bound. */
  const bound = new Set<string>()
  /** Those that live. */
  const alive = new Map<string, number>()
  const turns = createTurns(ctx.log, 'The presence of a device could not be written')
  let timer: Timer | undefined
  let closed = false

  const nameOf = (user: UserActor, connection: string) => `${user.user_sid} ${connection}`
  const until = () => pacing.now() + lifetime

  function renew(): void {
    if (bound.size > 0) turns.add('renewal', () => ctx.store.write((tx) => tx.pushBindings.renew(node_sid, until())))
  }
  function leave(user: UserActor, connection: string): void {
    const name = nameOf(user, connection)
    turns.add(name, async () => {
      if (alive.has(name) || !bound.delete(name)) return
      await ctx.store.write((tx) => tx.pushBindings.leave({ user_sid: user.user_sid, connection, node_sid }))
    })
  }

  const arm = () => {
    timer = pacing.after(renewal, () => {
      renew()
      if (!closed) arm()
    })
  }
  arm()

  return {
    here: () => ({ node_sid, online_until: until() }),
    arrived(user, connection, isBack) {
      const name = nameOf(user, connection)
      alive.set(name, (alive.get(name) ?? 0) + 1)
      if (!isBack || !audience.mayHaveBindings(user.chat_service_sid)) return
      turns.add(name, async () => {
        const own = await ctx.store.read.pushBindings.ofUser(user.user_sid)
        if (!alive.has(name) || !own.some((binding) => binding.connection === connection)) return
        bound.add(name)
        await ctx.store.write((tx) => tx.pushBindings.arrive({ user_sid: user.user_sid, connection, node_sid, online_until: until() }))
      })
    },
    bound(user, connection) {
      const name = nameOf(user, connection)
      bound.add(name)
      if (!alive.has(name)) leave(user, connection)
    },
    left(user, connection) {
      const name = nameOf(user, connection)
      const rest = (alive.get(name) ?? 1) - 1
      if (rest > 0) alive.set(name, rest)
      else alive.delete(name)
      if (rest === 0) leave(user, connection)
    },
    async close() {
      closed = true
      timer?.cancel()
      await turns.idle()
    },
  }
}
