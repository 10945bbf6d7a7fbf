import { pause } from '../back-off.ts'
import { RequestLostError } from '../errors.ts'
import type { Rest } from '../rest.ts'

/** What is needed to subscribe. */
export interface Subscribable {
  /** Of the Sync object: `ET…`, `ES…`, `MP…`. */
  readonly sid: string
  readonly type: 'document' | 'list' | 'map'
  /** The id of the last event that was applied. */
  position: number
}

export interface SubscriptionListener {
  established(sid: string): void
  /** There is no such object, or not for this user. */
  gone(sid: string): void
}

interface Terms {
  max_batch_size?: number
  estimated_delivery_in_ms?: number
}

interface Result {
  [member: string]: unknown
  object_sid?: unknown
  replay_status?: unknown
  error?: { status?: number }
}

const url = '/v4/Subscriptions'
const defaultBatch = 100
const retryPolicy = { min: 100, max: 120_000, randomness: 0.2 }

/** Subscriptions of single objects (wire-protocol §4.3): asked for in batches, and again until each has its result. */
export class Subscriptions {
  readonly #wanted = new Map<string, Subscribable>()
  readonly #cancelled = new Map<string, Pick<Subscribable, 'sid' | 'type'>>()
  /** What each object was last asked for by. */
  readonly #asked = new Map<string, { object: Subscribable; correlation: number }>()
  #batch = defaultBatch
  #correlation = 0
  #flushing: Promise<void> | undefined
  #failures = 0
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()

  constructor(
    private readonly rest: Rest,
    private readonly listener: SubscriptionListener,
  ) {}

  establish(object: Subscribable): void {
    this.#cancelled.delete(object.sid)
    this.#wanted.set(object.sid, object)
    this.#flush()
  }

  forget({ sid, type }: Pick<Subscribable, 'sid' | 'type'>, tell: boolean): void {
    this.#wanted.delete(sid)
    this.#asked.delete(sid)
    if (!tell) return
    this.#cancelled.set(sid, { sid, type })
    this.#flush()
  }

  /** A new connection knows nothing of what was asked on the last one. */
  reset(): void {
    this.#wanted.clear()
    this.#cancelled.clear()
    this.#asked.clear()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  #later(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, milliseconds)
    this.#timers.add(timer)
  }

  /** A result. One that answers an older question is out of date. */
  receive(type: string, correlation: number | undefined, { object_sid, replay_status, error }: Result): void {
    const sid = String(object_sid)
    const asked = this.#asked.get(sid)
    if (!asked || asked.correlation !== correlation) return
    this.#asked.delete(sid)
    if (type === 'subscription_established') {
      if (replay_status === 'interrupted') this.establish(asked.object)
      else this.listener.established(sid)
    } else if (type === 'subscription_failed') {
      const status = error?.status ?? 500
      if (status === 404 || status === 403) this.listener.gone(sid)
      else this.#again([asked.object])
    }
  }

  #flush(): void {
    // What is wanted in one turn goes in one request.
    this.#flushing ??= Promise.resolve()
      .then(() => this.#send())
      .finally(() => {
        this.#flushing = undefined
        if (this.#wanted.size + this.#cancelled.size > 0) this.#flush()
      })
  }

  async #send(): Promise<void> {
    const objects = [...this.#wanted.values()].slice(0, this.#batch)
    const cancelled = [...this.#cancelled.values()].slice(0, this.#batch)
    for (const { sid } of objects) this.#wanted.delete(sid)
    for (const { sid } of cancelled) this.#cancelled.delete(sid)
    if (cancelled.length > 0)
      void this.#ask(
        'cancel',
        cancelled.map(({ sid, type }) => ({ object_sid: sid, object_type: type })),
      ).catch(() => {})
    if (objects.length === 0) return
    const correlation = ++this.#correlation
    for (const object of objects) this.#asked.set(object.sid, { object, correlation })
    try {
      const requests = objects.map(({ sid, type, position }) => ({ object_sid: sid, object_type: type, last_event_id: position }))
      const { max_batch_size = defaultBatch, estimated_delivery_in_ms = 20_000 } = await this.#ask('establish', requests, correlation)
      this.#batch = max_batch_size
      this.#failures = 0
      this.#later(estimated_delivery_in_ms, () => this.#again(this.#unanswered(correlation)))
    } catch (error) {
      if (error instanceof RequestLostError && error.reason === 'shut-down') return
      this.#again(this.#unanswered(correlation))
    }
  }

  #ask(action: 'establish' | 'cancel', requests: object[], correlation_id = ++this.#correlation): Promise<Terms> {
    return this.rest.ask(url, { event_protocol_version: 4, action, correlation_id, retried_requests: 0, ttl_in_s: -1, requests })
  }

  #unanswered(correlation: number): Subscribable[] {
    return [...this.#asked.values()].filter((asked) => asked.correlation === correlation).map(({ object }) => object)
  }

  #again(objects: Subscribable[]): void {
    if (objects.length === 0) return
    const asked = new Map(objects.map((object) => [object.sid, this.#asked.get(object.sid)]))
    this.#later(pause(retryPolicy, this.#failures++), () => {
      // What was cancelled, answered or asked anew meanwhile has been taken care of.
      for (const object of objects) if (this.#asked.get(object.sid) === asked.get(object.sid)) this.establish(object)
    })
  }
}
