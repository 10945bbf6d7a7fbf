import { limitExceeded, type SyncObject } from '@parley/protocol'
import type { Asking } from '../hub.ts'
import type { Command } from '../upstream.ts'

/** Kinds of the objects that each conversation has. */
const kindsOfConversation = ['document', 'messages', 'roster'] as const

export const objectsOf = (owner: string): SyncObject[] => kindsOfConversation.map((kind) => ({ kind, owner }))

/**
 * Objects whose events wait while it is read where they stand. Held first, read then: what happens in between is not lost. Whatever is not
 * released is let go.
 */
export class Held {
  readonly #waiting = new Set<Asking>()

  constructor(private readonly command: Pick<Command, 'hub' | 'session' | 'ctx'>) {}

  /** @throws 54056 when the connection watches too many objects */
  hold(objects: readonly SyncObject[]): Asking[] {
    const { hub, session, ctx } = this.command
    const most = ctx.limits.subscriptionsPerConnection
    if (session.watching.size + objects.length > most) throw limitExceeded('subscriptions-exceeded', 'subscriptionsPerConnection', most)
    return objects.map((object) => {
      const asking = hub.hold(session, object)
      this.#waiting.add(asking)
      return asking
    })
  }

  /** From `position` on the client hears of the object's events; up to there it knows them from the answer or the replay. */
  release(asking: Asking, position: number): void {
    const { hub, session } = this.command
    hub.opened(asking.object, position)
    hub.release(asking, position)
    session.opened(asking.object)
    this.#waiting.delete(asking)
    if (session.closed) hub.leave(session, asking.object)
  }

  /** Lets go of what was not released. */
  end(): void {
    for (const asking of this.#waiting) this.command.hub.giveUp(asking)
    this.#waiting.clear()
  }
}
