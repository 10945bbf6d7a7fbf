import type { Clock, Timer } from '../../base/clock.ts'
import type { Writers } from '../../storage/store.ts'
import type { UserActor } from '../access.ts'
import type { Context } from '../context.ts'
import { createTurns } from '../in-turn.ts'

/**
 * Who is online (rest-api §3.8): a user with a connection on some live node, in services that want to know (`reachability_enabled`). A node
 * renews its presences; those of one that died without a word run out.
 */
export interface Presence {
  /** A connection of the user has begun. */
  arrived(user: UserActor): void
  /** A connection of the user has ended. */
  left(user: UserActor): void
  /** The service of these users may have begun, or ceased, to want to know. */
  review(users: Iterable<UserActor>): void
  close(): Promise<void>
}

/** How long a presence holds without being renewed, and how often it is, in milliseconds. */
const lifetime = 60_000
const renewal = 20_000
const portion = 500

/** @param pacing the machine's time: nodes live and die by it, not by a clock that can be moved */
export function createPresence(ctx: Context, pacing: Clock, node_sid: string): Presence {
  const connections = new Map<string, number>()
  /** Users whose presence this node has written down. */
  const written = new Set<string>()
  // Or a slow arrival would undo a quick leaving.
  const turns = createTurns(ctx.log, 'A presence could not be written')
  let timer: Timer | undefined
  let closed = false

  const look = (user: UserActor) => turns.add(user.user_sid, () => settle(user))

  async function settle(user: UserActor): Promise<void> {
    const here = (connections.get(user.user_sid) ?? 0) > 0
    if (!here && !written.has(user.user_sid)) return
    const service = await ctx.store.read.services.find(user.chat_service_sid)
    if (!service?.reachability_enabled && !written.has(user.user_sid)) return
    await ctx.store.write(async (tx) => {
      // Asked again inside: who reconnects quickly is both gone and there in one turn.
      const still = (connections.get(user.user_sid) ?? 0) > 0 && service?.reachability_enabled === 1
      if (still) await tx.presences.put({ user_sid: user.user_sid, node_sid, expires_at: pacing.now() + lifetime })
      else await tx.presences.remove(user.user_sid, node_sid)
      await show(tx, user.user_sid, pacing.now())
      if (still) written.add(user.user_sid)
      else written.delete(user.user_sid)
    })
  }

  async function renew(): Promise<void> {
    const now = pacing.now()
    if (written.size > 0) await ctx.store.write((tx) => tx.presences.renew(node_sid, now + lifetime))
    const expired = await ctx.store.read.presences.expired(now, portion)
    for (const { user_sid, node_sid: dead } of expired) {
      await ctx.store.write(async (tx) => {
        await tx.presences.remove(user_sid, dead)
        await show(tx, user_sid, now)
      })
    }
  }

  const arm = () => {
    timer = pacing.after(renewal, () => {
      turns.add('renewal', renew)
      if (!closed) arm()
    })
  }
  arm()
  turns.add('renewal', renew)

  return {
    arrived(user) {
      connections.set(user.user_sid, (connections.get(user.user_sid) ?? 0) + 1)
      look(user)
    },
    left(user) {
      const rest = (connections.get(user.user_sid) ?? 1) - 1
      if (rest > 0) connections.set(user.user_sid, rest)
      else connections.delete(user.user_sid)
      if (rest === 0) look(user)
    },
    review(users) {
      for (const user of users) look(user)
    },
    async close() {
      closed = true
      timer?.cancel()
      await turns.idle()
    },
  }
}

/** Makes the user's row say whether they are online, when that has changed. */
async function show(tx: Writers, user_sid: string, now: number): Promise<void> {
  const user = await tx.users.lock(user_sid)
  if (!user) return
  const is_online = (await tx.presences.isOnline(user_sid, now)) ? 1 : 0
  if (is_online !== user.is_online) await tx.users.save({ ...user, is_online }, ['reachability'])
}
