import type { Rest } from '../rest.ts'
import { type Subscribable, Subscriptions } from './subscriptions.ts'

/** One change of a Sync object (wire-protocol §4.4). */
export interface SyncEvent {
  kind: 'added' | 'updated' | 'removed'
  id: number
  /** Of the item; `undefined` for a document. */
  key: string | number | undefined
  data: never
  date: string
}

/** An object that is watched: a document, a list or a map. */
export interface WatchedObject extends Subscribable {
  apply(event: SyncEvent): void
  /** The object has gone, or may not be seen any more. */
  gone(): void
}

interface RawEvent {
  id: number
  date_created?: string
  [member: string]: unknown
}

interface RawNotification {
  event_type?: string
  correlation_id?: number
  events?: RawEvent[]
  event?: RawEvent
}

/** Events of objects that are being opened, and that may come before the answer which opens them. */
const mostEarly = 10_000

/**
 * What is watched, and where each object stands (wire-protocol §4). Every event is applied once and in order: one that was seen before is
 * dropped, and one that leaves a gap is not applied but asked for again, together with what is missing before it.
 */
export class Sync {
  readonly #objects = new Map<string, WatchedObject>()
  readonly #repairing = new Set<string>()
  readonly #early: { sid: string; event: SyncEvent }[] = []
  readonly #subscriptions: Subscriptions
  #openings = 0

  constructor(
    rest: Rest,
    /** Whether the server counts without gaps, so that a gap means that something is missing. */
    private readonly countsEach: () => boolean,
  ) {
    this.#subscriptions = new Subscriptions(rest, {
      established: (sid) => void this.#repairing.delete(sid),
      gone: (sid) => this.#gone(sid),
    })
  }

  get size(): number {
    return this.#objects.size
  }

  /** Every watched object and its position. */
  positions(): [sid: string, position: number][] {
    return [...this.#objects.values()].map(({ sid, position }) => [sid, position])
  }

  /** Watches an object from its position on. `subscribed` says that the server tells its events already. */
  watch(object: WatchedObject, { subscribed = false } = {}): void {
    this.#objects.set(object.sid, object)
    if (!subscribed) this.#subscriptions.establish(object)
    for (const { sid, event } of this.#early) if (sid === object.sid) this.#apply(object, event, false)
  }

  unwatch(object: Pick<WatchedObject, 'sid' | 'type'>, { tell = true } = {}): void {
    if (!this.#objects.delete(object.sid)) return
    this.#repairing.delete(object.sid)
    this.#subscriptions.forget(object, tell)
  }

  /** Runs something that opens objects: their events that come before its answer are kept until then. */
  async opening<T>(open: () => Promise<T>): Promise<T> {
    this.#openings++
    try {
      return await open()
    } finally {
      // What was opened is watched in the turn that follows.
      setTimeout(() => {
        if (--this.#openings === 0) this.#early.length = 0
      })
    }
  }

  /** The connection is back: asks for everything that was missed. */
  resubscribe(): void {
    this.#repairing.clear()
    this.#subscriptions.reset()
    for (const object of this.#objects.values()) this.#subscriptions.establish(object)
  }

  /** The connection is back, and the server replays by itself. */
  resumed(): void {
    this.#repairing.clear()
    this.#subscriptions.reset()
  }

  /** The server says that an object is not there, or not for this user. */
  lost(sid: string): void {
    this.#gone(sid)
  }

  /** A notification of Sync. */
  receive(payload: unknown): void {
    const { event_type: type = '', correlation_id, events, event } = payload as RawNotification
    for (const raw of events ?? (event ? [event] : [])) {
      if (type.startsWith('subscription_')) this.#subscriptions.receive(type, correlation_id, raw)
      else this.#received(type, correlation_id !== undefined, raw)
    }
  }

  #received(type: string, replayed: boolean, raw: RawEvent): void {
    const [object = '', ...rest] = type.split('_')
    const kind = rest.at(-1)
    const sid = String(raw[`${object}_sid`])
    const watched = this.#objects.get(sid)
    if (kind === 'removed' && rest.length === 1) {
      this.#gone(sid)
      return
    }
    if (kind !== 'added' && kind !== 'updated' && kind !== 'removed') return
    const event: SyncEvent = {
      kind,
      id: raw.id,
      key: (raw['item_index'] ?? raw['item_key']) as string | number | undefined,
      data: (raw['item_data'] ?? raw['document_data']) as never,
      date: raw.date_created ?? '',
    }
    if (watched) this.#apply(watched, event, replayed)
    else if (this.#openings > 0 && this.#early.length < mostEarly) this.#early.push({ sid, event })
  }

  #apply(object: WatchedObject, event: SyncEvent, replayed: boolean): void {
    if (event.id <= object.position) return
    if (!replayed) {
      if (this.#repairing.has(object.sid)) return
      if (object.type !== 'document' && event.id > object.position + 1 && this.countsEach()) {
        this.#repairing.add(object.sid)
        this.#subscriptions.establish(object)
        return
      }
    }
    object.position = event.id
    object.apply(event)
  }

  #gone(sid: string): void {
    const object = this.#objects.get(sid)
    if (!object) return
    this.unwatch(object, { tell: false })
    object.gone()
  }
}
