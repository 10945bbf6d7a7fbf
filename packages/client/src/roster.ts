import type { Context } from './context.ts'
import type { Conversation } from './conversation.ts'
import { Participant } from './participant.ts'
import type { SyncEvent, WatchedObject } from './sync/sync.ts'
import type { RosterItem, SyncItem, SyncPage } from './wire.ts'

const pageSize = '100'

/**
 * Who takes part in one conversation. The list is read when somebody asks for it; events are told from the beginning, with what stands in them.
 */
export class Roster implements WatchedObject {
  readonly type = 'map'
  readonly #participants = new Map<string, Participant>()
  /** Those who went while the list was being read, which may still show them. */
  readonly #left = new Set<string>()
  #loading: Promise<void> | undefined
  #isLoaded = false

  constructor(
    readonly sid: string,
    public position: number,
    private readonly conversation: Conversation,
    private readonly context: Context,
  ) {}

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** Everybody. */
  async all(): Promise<Participant[]> {
    await this.load()
    return [...this.#participants.values()]
  }

  async bySid(sid: string): Promise<Participant | null> {
    if (!this.#participants.has(sid)) await this.load()
    return this.#participants.get(sid) ?? null
  }

  async byIdentity(identity: string): Promise<Participant | null> {
    if (!this.#find(identity)) await this.load()
    return this.#find(identity) ?? null
  }

  /** One who is known already. */
  known(identity: string | null): Participant | undefined {
    return identity === null ? undefined : this.#find(identity)
  }

  #find(identity: string): Participant | undefined {
    for (const participant of this.#participants.values()) if (participant.identity === identity) return participant
    return undefined
  }

  load(): Promise<void> {
    if (this.#isLoaded) return Promise.resolve()
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  /** The list as the server shows it, complete. */
  fill(items: readonly SyncItem<Partial<RosterItem>>[]): void {
    this.#add(items)
    this.#isLoaded = true
    this.#left.clear()
  }

  async #read(): Promise<void> {
    let token: string | undefined
    do {
      const page: SyncPage<Partial<RosterItem>> = await this.context.rest.get(`/v3/Maps/${this.sid}/Items`, {
        PageSize: pageSize,
        Order: 'asc',
        PageToken: token,
      })
      this.#add(page.items)
      token = page.meta.next_token ?? undefined
    } while (token)
    this.fill([])
  }

  #add(items: readonly SyncItem<Partial<RosterItem>>[]): void {
    for (const { key = '', data, last_event_id } of items) {
      if (this.#left.has(key) || this.#participants.has(key)) continue
      this.#participants.set(key, new Participant(key, data, last_event_id, this.conversation, this.context))
    }
  }

  apply({ kind, id, key, data }: SyncEvent): void {
    const sid = String(key)
    if (kind === 'removed') {
      this.#removed(sid, id, data)
      return
    }
    const known = this.#participants.get(sid)
    if (kind === 'added') {
      const participant = known ?? new Participant(sid, data, id, this.conversation, this.context)
      if (known) known._apply(data, id)
      this.#left.delete(sid)
      this.#participants.set(sid, participant)
      this.conversation._tell('participantJoined', participant)
      return
    }
    if (known) {
      this.#updated(known, known._apply(data, id))
      return
    }
    // A page that is on its way may show what was before.
    this.#participants.set(sid, new Participant(sid, data, id, this.conversation, this.context))
    // What changed cannot be told without knowing what was; the next change of anybody here can.
    if (!this.#isLoaded) void this.load().catch(() => {})
  }

  #updated(participant: Participant, updateReasons: ReturnType<Participant['_apply']>): void {
    if (updateReasons.length === 0) return
    participant.emit('updated', { participant, updateReasons })
    this.conversation._tell('participantUpdated', { participant, updateReasons })
  }

  #removed(sid: string, id: number, data: Partial<RosterItem> | undefined): void {
    const known = this.#participants.get(sid)
    this.#participants.delete(sid)
    if (!this.#isLoaded) this.#left.add(sid)
    const participant = known ?? (data && !this.#isLoaded ? new Participant(sid, data, id, this.conversation, this.context) : undefined)
    if (!participant) return
    participant._leave()
    this.conversation._tell('participantLeft', participant)
  }

  /** The conversation is not followed any more; who is known stays known. */
  gone(): void {
    for (const participant of this.#participants.values()) participant._leave()
  }
}
