import type { ClientEvents } from './client-events.ts'
import type { Configuration } from './configuration.ts'
import type { ReplayEventEmitter } from './events.ts'
import type { Rest } from './rest.ts'
import type { Sync } from './sync/sync.ts'
import { User, type UserContext } from './user.ts'
import type { SyncRoot } from './wire.ts'

interface UsersNeed {
  readonly configuration: Configuration
  readonly rest: Rest
  readonly sync: Sync
  readonly client: Pick<ReplayEventEmitter<ClientEvents>, 'emit'>
}

/** The users that are followed: oneself always, and as many others as the server says; the one asked for longest ago goes first. */
export class Users {
  readonly me: User
  readonly #subscribed = new Map<string, User>()
  readonly #opening = new Map<string, Promise<User>>()
  readonly #context: UserContext

  constructor(private readonly need: UsersNeed) {
    this.#context = {
      rest: need.rest,
      urlOf: (identity) => `${need.configuration.links.users}/${encodeURIComponent(identity)}`,
      unsubscribe: (user) => this.#unsubscribe(user),
      tellUpdated: (data) => void need.client.emit('userUpdated', data),
    }
    this.me = new User('', this.#context)
  }

  /** All that are followed, oneself among them. */
  get subscribed(): User[] {
    return [...(this.me.isSubscribed ? [this.me] : []), ...this.#subscribed.values()]
  }

  /** Follows oneself, from what the server has told already. */
  beginWithMe(identity: string, root: Pick<SyncRoot, 'sid' | 'last_event_id' | 'items'>, subscribed: boolean): void {
    this.me._isCalled(identity)
    this.#follow(this.me, root, subscribed)
  }

  /** A user, followed from now on. `infoName` saves a request where it is known. */
  async get(identity: string, infoName?: string): Promise<User> {
    if (identity === this.me.identity) return this.me
    const known = this.#subscribed.get(identity)
    if (known) {
      this.#subscribed.delete(identity)
      this.#subscribed.set(identity, known)
      return known
    }
    const opening = this.#opening.get(identity) ?? this.#open(identity, infoName).finally(() => this.#opening.delete(identity))
    this.#opening.set(identity, opening)
    return opening
  }

  async #open(identity: string, infoName: string | undefined): Promise<User> {
    const { rest, sync, configuration } = this.need
    const name =
      infoName ?? (await rest.get<{ sync_objects: { user_info_map: string } }>(this.#context.urlOf(identity))).sync_objects.user_info_map
    return sync.opening(async () => {
      const root = await rest.get<SyncRoot>(`/v3/Maps/${encodeURIComponent(name)}`, { Include: 'items' })
      const user = new User(identity, this.#context)
      this.#subscribed.set(identity, user)
      this.#follow(user, root, false)
      const [oldest] = this.#subscribed.values()
      if (oldest && this.#subscribed.size > configuration.usersToSubscribe) this.#unsubscribe(oldest)
      return user
    })
  }

  #follow(user: User, { sid, last_event_id, items = [] }: Pick<SyncRoot, 'sid' | 'last_event_id' | 'items'>, subscribed: boolean): void {
    // What stands there while the service does not ask is not known; what is told later counts all the same (wire-protocol §5.7).
    const { reachabilityEnabled } = this.need.configuration
    const known = items.filter(({ key }) => reachabilityEnabled || key !== 'reachability')
    const watched = user._follow(sid, last_event_id, known)
    this.need.client.emit('userSubscribed', user)
    this.need.sync.watch(watched, { subscribed })
  }

  #unsubscribe(user: User): void {
    const watched = user._watched
    if (!watched || user === this.me) return
    user._watched = undefined
    this.#subscribed.delete(user.identity)
    this.need.sync.unwatch(watched)
    user.emit('userUnsubscribed', user)
    this.need.client.emit('userUnsubscribed', user)
  }
}
