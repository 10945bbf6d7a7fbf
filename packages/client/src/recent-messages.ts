import type { Message } from './message.ts'

/**
 * The messages of all conversations that were seen last. What falls out of here stays known only as long as the app holds it, where the
 * environment has weak references; elsewhere it is forgotten. So a client that sees 100,000 messages does not keep them.
 */
export class RecentMessages {
  readonly #recent = new Map<Message, KnownMessages>()

  constructor(private readonly most: number) {}

  get size(): number {
    return this.#recent.size
  }

  keep(message: Message, owner: KnownMessages): void {
    this.#recent.delete(message)
    this.#recent.set(message, owner)
    if (this.#recent.size <= this.most) return
    const [oldest] = this.#recent
    if (!oldest) return
    this.#recent.delete(oldest[0])
    oldest[1].letGo(oldest[0])
  }

  drop(message: Message): void {
    this.#recent.delete(message)
  }
}

const isWeak = typeof WeakRef === 'function'

/** Messages of one conversation by index. */
export class KnownMessages {
  readonly #byIndex = new Map<number, Pick<WeakRef<Message>, 'deref'>>()
  readonly #cleaner =
    typeof FinalizationRegistry === 'function'
      ? new FinalizationRegistry<number>((index) => {
          if (this.#byIndex.get(index)?.deref() === undefined) this.#byIndex.delete(index)
        })
      : undefined

  constructor(private readonly recent: RecentMessages) {}

  get size(): number {
    return this.#byIndex.size
  }

  get(index: number): Message | undefined {
    const message = this.#byIndex.get(index)?.deref()
    if (message) this.recent.keep(message, this)
    return message
  }

  add(message: Message): void {
    this.#byIndex.set(message.index, isWeak ? new WeakRef(message) : { deref: () => message })
    this.#cleaner?.register(message, message.index)
    this.recent.keep(message, this)
  }

  delete(message: Message): void {
    this.#byIndex.delete(message.index)
    this.recent.drop(message)
  }

  /** A message is no recent one any more. */
  letGo(message: Message): void {
    if (!isWeak) this.#byIndex.delete(message.index)
  }

  clear(): void {
    for (const reference of this.#byIndex.values()) {
      const message = reference.deref()
      if (message) this.recent.drop(message)
    }
    this.#byIndex.clear()
  }
}
