import { applyUserInfo, type UserFields, type UserReason, unknownUser } from './apply-event.ts'
import { check, json, text } from './check-arguments.ts'
import { ReplayEventEmitter } from './events.ts'
import type { JSONValue } from './json.ts'
import type { Rest } from './rest.ts'
import type { SyncEvent, WatchedObject } from './sync/sync.ts'
import type { SyncItem, UserInfoItem } from './wire.ts'

export type UserUpdateReason = UserReason

export interface UserUpdatedEventArgs {
  user: User
  updateReasons: UserUpdateReason[]
}

export type UserEvents = {
  updated: (data: { user: User; updateReasons: UserUpdateReason[] }) => void
  userSubscribed: (user: User) => void
  userUnsubscribed: (user: User) => void
}

/** What a user needs of the client. */
export interface UserContext {
  readonly rest: Rest
  urlOf(identity: string): string
  unsubscribe(user: User): void
  tellUpdated(data: UserUpdatedEventArgs): void
}

/** A user of the service. It follows changes as long as it is subscribed to. */
export class User extends ReplayEventEmitter<UserEvents> {
  /** Emitted with `{ user, updateReasons }` when something about the user changes. */
  readonly updated = 'updated'
  /** Emitted with the user when the client has subscribed to it. */
  readonly userSubscribed = 'userSubscribed'
  /** Emitted with the user when the client has unsubscribed from it. */
  readonly userUnsubscribed = 'userUnsubscribed'

  readonly #context: UserContext
  #identity: string
  #fields: UserFields = unknownUser
  /** What is watched, while subscribed. @internal */
  _watched: WatchedObject | undefined

  /** @internal */
  constructor(identity: string, context: UserContext) {
    super()
    this.#identity = identity
    this.#context = context
  }

  get identity(): string {
    return this.#identity
  }
  get attributes(): JSONValue {
    return this.#fields.attributes
  }
  /** `null` when it is not set. */
  get friendlyName(): string | null {
    return this.#fields.friendlyName
  }
  /** Whether a client of the user is connected; `null` when it is not known (see {@link Client.reachabilityEnabled}). */
  get isOnline(): boolean | null {
    return this.#fields.reachabilityOnline
  }
  /** Whether the user can be reached by push; `null` when it is not known. */
  get isNotifiable(): boolean | null {
    return this.#fields.reachabilityNotifiable
  }
  get isSubscribed(): boolean {
    return this._watched !== undefined
  }

  async updateAttributes(attributes: JSONValue): Promise<User> {
    check([attributes], json)
    await this.#context.rest.post(this.#context.urlOf(this.#identity), { attributes: JSON.stringify(attributes) })
    return this
  }

  async updateFriendlyName(friendlyName: string): Promise<User> {
    check([friendlyName], text)
    await this.#context.rest.post(this.#context.urlOf(this.#identity), { friendly_name: friendlyName })
    return this
  }

  /** Stops following the user. */
  async unsubscribe(): Promise<void> {
    this.#context.unsubscribe(this)
  }

  /** @internal */
  _isCalled(identity: string): void {
    this.#identity = identity
  }

  /** Begins to follow: what the object holds now, and its events from there on. @internal */
  _follow(sid: string, position: number, items: readonly SyncItem[]): WatchedObject {
    const reasons = items.flatMap(({ key, data }) => this.#take(String(key), data as UserInfoItem))
    const watched: WatchedObject = {
      sid,
      type: 'map',
      position,
      apply: ({ kind, key, data }: SyncEvent) => {
        if (kind !== 'removed') this.#tell(this.#take(String(key), data))
      },
      gone: () => this.#context.unsubscribe(this),
    }
    this._watched = watched
    this.emit('userSubscribed', this)
    this.#tell(reasons)
    return watched
  }

  #take(key: string, data: UserInfoItem): UserUpdateReason[] {
    const { fields, reasons } = applyUserInfo(this.#fields, key, data)
    this.#fields = fields
    return reasons
  }

  #tell(updateReasons: UserUpdateReason[]): void {
    if (updateReasons.length === 0) return
    this.emit('updated', { user: this, updateReasons })
    this.#context.tellUpdated({ user: this, updateReasons })
  }
}
