import { limitExceeded, type SyncObject } from '@parley/protocol'
import type { Subscription } from '../hub.ts'
import type { Command } from '../upstream.ts'

/** Kinds of the objects that each conversation has. */
const kindsOfConversation = ['document', 'messages', 'roster'] as const

export const objectsOf = (owner: string): SyncObject[] => kindsOfConversation.map((kind) => ({ kind, owner }))

/**
 * Objects whose events wait while it is read where they stand. Held first, read then: what happens in between is not lost. Whatever is not
 * released is let go.
 */
export class Held {
  readonly #waiting = new Map<Subscription, SyncObject>()

  constructor(private readonly command: Pick<Command, 'hub' | 'session' | 'ctx'>) {}

  /** @throws 54056 when the connection watches too many objects */
  hold(objects: readonly SyncObject[]): Subscription[] {
    const { hub, session, ctx } = this.command
    const most = ctx.limits.subscriptionsPerConnection
    if (session.watching.size + objects.length > most) throw limitExceeded('subscriptions-exceeded', 'subscriptionsPerConnection', most)
    return objects.map((object) => {
      const subscription = hub.hold(session, object)
      this.#waiting.set(subscription, object)
      return subscription
    })
  }

  /** From `position` on the client hears of the object's events; up to there it knows them from the answer or the replay. */
  release(subscription: Subscription, position: number): void {
    const { hub, session } = this.command
    hub.opened(subscription.object, position)
    hub.release(subscription, position)
    session.opened(subscription.object)
    this.#waiting.delete(subscription)
    if (session.closed) hub.leave(session, subscription.object)
  }

  /** Lets go of what was not released. */
  end(): void {
    for (const object of this.#waiting.values()) this.command.hub.leave(this.command.session, object)
    this.#waiting.clear()
  }
}
