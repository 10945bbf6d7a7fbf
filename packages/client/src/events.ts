/** What an emitter can say: the name of each event, and the listener it wants. */
// biome-ignore lint/suspicious/noExplicitAny: what a listener takes is its event's own matter
export type EventMap<Events> = { [Name in keyof Events]: (...args: any[]) => void }

type Listener = (...args: unknown[]) => void

interface Registration {
  /** As the app gave it. */
  listener: Listener
  once: boolean
}

/** How `stream` behaves. */
export interface StreamOptions {
  /** Ends the stream. */
  signal?: AbortSignal
  /** Events that may wait for a slow reader; the oldest goes first. 1,000 unless told. */
  most?: number
}

const mostWaiting = 1_000

/**
 * Events with types. Each emitter remembers the last event of every name, for listeners that come late and say so (`…WithReplay`).
 *
 * A listener that throws hurts nobody else: its error is thrown on its own, where the environment reports uncaught errors.
 */
export class ReplayEventEmitter<Events extends EventMap<Events>> {
  // Made when they are needed: most of many thousand messages never say anything.
  #registrations: Map<PropertyKey, readonly Registration[]> | undefined
  #last: Map<PropertyKey, unknown[]> | undefined

  on<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    return this.#add(event, listener, false)
  }

  once<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    return this.#add(event, listener, true)
  }

  off<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    const registrations = this.#of(event)
    const at = registrations.findLastIndex((one) => one.listener === listener)
    if (at >= 0) this.#set(event, registrations.toSpliced(at, 1))
    return this
  }

  addListener<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    return this.on(event, listener)
  }

  removeListener<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    return this.off(event, listener)
  }

  prependListener<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    return this.#add(event, listener, false, true)
  }

  prependOnceListener<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    return this.#add(event, listener, true, true)
  }

  removeAllListeners(event?: Extract<keyof Events, string>): this {
    if (event === undefined) this.#registrations = undefined
    else this.#registrations?.delete(event)
    return this
  }

  /** As `on`; an event of this name that was emitted before is told at once. */
  onWithReplay<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    this.on(event, listener)
    this.#replay(event, listener)
    return this
  }

  /** As `once`; an event of this name that was emitted before is the one. */
  onceWithReplay<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    return this.#replay(event, listener) ? this : this.once(event, listener)
  }

  /** The same as `onWithReplay`. */
  addListenerWithReplay<E extends Extract<keyof Events, string>>(event: E, listener: Events[E]): this {
    return this.onWithReplay(event, listener)
  }

  /** @returns whether anybody listened */
  emit<E extends Extract<keyof Events, string>>(event: E, ...args: Parameters<Events[E]>): boolean {
    this.#last ??= new Map()
    this.#last.set(event, args)
    const registrations = this.#of(event)
    for (const registration of registrations) {
      if (registration.once)
        this.#set(
          event,
          this.#of(event).filter((one) => one !== registration),
        )
      call(registration.listener, args)
    }
    return registrations.length > 0
  }

  /**
   * The events of one name, to be read with `for await`. Each element is the list of the event's arguments.
   *
   * @example for await (const [message] of conversation.stream('messageAdded')) show(message)
   */
  stream<E extends Extract<keyof Events, string>>(event: E, options: StreamOptions = {}): AsyncIterableIterator<Parameters<Events[E]>> {
    const { signal, most = mostWaiting } = options
    type Args = Parameters<Events[E]>
    const waiting: Args[] = []
    const readers: ((result: IteratorResult<Args>) => void)[] = []
    let ended = false
    const listener = ((...args: Args) => {
      const reader = readers.shift()
      if (reader) reader({ value: args, done: false })
      else if (waiting.push(args) > most) waiting.shift()
    }) as Events[E]
    const end = () => {
      ended = true
      this.off(event, listener)
      signal?.removeEventListener('abort', end)
      for (const reader of readers.splice(0)) reader({ value: undefined, done: true })
    }
    if (signal?.aborted) ended = true
    else {
      this.on(event, listener)
      signal?.addEventListener('abort', end)
    }
    return {
      next: () => {
        const args = waiting.shift()
        if (args) return Promise.resolve({ value: args, done: false })
        if (ended) return Promise.resolve({ value: undefined, done: true })
        return new Promise((resolve) => readers.push(resolve))
      },
      return: () => {
        end()
        waiting.length = 0
        return Promise.resolve({ value: undefined, done: true })
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  listenerCount(event: Extract<keyof Events, string>): number {
    return this.#of(event).length
  }

  listeners<E extends Extract<keyof Events, string>>(event: E): Events[E][] {
    return this.#of(event).map((one) => one.listener as Events[E])
  }

  rawListeners<E extends Extract<keyof Events, string>>(event: E): Events[E][] {
    return this.listeners(event)
  }

  eventNames(): Extract<keyof Events, string>[] {
    return [...(this.#registrations?.keys() ?? [])] as Extract<keyof Events, string>[]
  }

  /** There is no limit; both are here because apps call them. */
  setMaxListeners(_most: number): this {
    return this
  }

  getMaxListeners(): number {
    return Number.POSITIVE_INFINITY
  }

  #of(event: PropertyKey): readonly Registration[] {
    return this.#registrations?.get(event) ?? []
  }

  /** Lists are replaced, never changed: an event that is being told is told to those who were there when it began. */
  #set(event: PropertyKey, registrations: readonly Registration[]): void {
    this.#registrations ??= new Map()
    if (registrations.length > 0) this.#registrations.set(event, registrations)
    else this.#registrations.delete(event)
  }

  #add(event: PropertyKey, listener: unknown, once: boolean, first = false): this {
    if (typeof listener !== 'function') throw new TypeError('A listener is a function')
    const registration = { listener: listener as Listener, once }
    this.#set(event, first ? [registration, ...this.#of(event)] : [...this.#of(event), registration])
    return this
  }

  #replay(event: PropertyKey, listener: unknown): boolean {
    const args = this.#last?.get(event)
    if (args) call(listener as Listener, args)
    return args !== undefined
  }
}

function call(listener: Listener, args: unknown[]): void {
  try {
    listener(...args)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
