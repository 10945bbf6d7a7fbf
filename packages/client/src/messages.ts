import type { Context } from './context.ts'
import type { Conversation } from './conversation.ts'
import { Message } from './message.ts'
import { RestPaginator } from './paginator.ts'
import { KnownMessages } from './recent-messages.ts'
import type { SyncEvent, WatchedObject } from './sync/sync.ts'
import type { MessageItem, SyncItem, SyncPage } from './wire.ts'

export type Direction = 'backwards' | 'forward'

/** Items that the server shows at once. */
const largestPage = 100

/** The messages of one conversation: their events, and pages of them. */
export class Messages implements WatchedObject {
  readonly type = 'list'
  readonly #known: KnownMessages
  /** The highest index that was seen; -1 before the first. */
  #lastIndex = -1
  /** The first message whose event was heard: those behind it are told by theirs. */
  #firstHeard = Number.POSITIVE_INFINITY
  /** Pages that are on their way, and what was heard meanwhile: they may show what was before. */
  #reading = 0
  readonly #heardMeanwhile = new Map<number, SyncEvent>()

  constructor(
    readonly sid: string,
    public position: number,
    private readonly conversation: Conversation,
    private readonly context: Context,
  ) {
    this.#known = new KnownMessages(context.recent)
  }

  get lastIndex(): number {
    return this.#lastIndex
  }

  /** A message that is known already. */
  known(index: number): Message | undefined {
    return this.#known.get(index)
  }

  apply(event: SyncEvent): void {
    const { kind, id, key, data } = event
    const index = Number(key)
    const known = this.#known.get(index)
    if (kind === 'added') {
      // A page may have brought it before its event: it is told all the same, once, because the event is new.
      known?._apply(data, id)
      this.#firstHeard = Math.min(this.#firstHeard, index)
      this.conversation._messageAdded(known ?? this.#make(index, data, id))
      return
    }
    if (this.#reading > 0) this.#heardMeanwhile.set(index, event)
    if (!known) return
    if (kind === 'removed') {
      this.#known.delete(known)
      this.conversation._tell('messageRemoved', known)
      return
    }
    const updateReasons = known._apply(data, id)
    if (updateReasons.length === 0) return
    known.emit('updated', { message: known, updateReasons })
    this.conversation._tell('messageUpdated', { message: known, updateReasons })
  }

  gone(): void {
    this.#known.clear()
  }

  /** What a page shows, and what was heard since. */
  #read(items: readonly SyncItem<Partial<MessageItem>>[]): Message[] {
    return items.flatMap((item) => {
      const heard = this.#heardMeanwhile.get(item.index ?? 0)
      if (!heard || heard.id <= item.last_event_id) return this.take(item)
      return heard.kind === 'removed' ? [] : this.take({ ...item, data: heard.data, last_event_id: heard.id })
    })
  }

  /** Tells of messages from an instant on that came before the list was followed: what was sent right after a join (wire-protocol §9.1). */
  async catchUp(since: number): Promise<void> {
    const missed: Message[] = []
    for (let page = await this.page(largestPage, undefined, 'backwards'); ; page = await page.prevPage()) {
      const recent = page.items.filter(({ dateCreated }) => (dateCreated?.getTime() ?? 0) >= since)
      missed.unshift(...recent)
      if (recent.length < page.items.length || !page.hasPrevPage) break
    }
    for (const message of missed) if (message.index < this.#firstHeard) this.conversation._messageAdded(message)
  }

  #make(index: number, data: Partial<MessageItem>, eventId: number): Message {
    const message = new Message(index, data, eventId, this.conversation, this.context)
    this.#known.add(message)
    this.#lastIndex = Math.max(this.#lastIndex, index)
    return message
  }

  /** A message as the server shows it now. What is newer than the events that have come is told by the event. */
  take({ index = 0, data, last_event_id }: SyncItem<Partial<MessageItem>>): Message {
    const known = this.#known.get(index)
    if (!known) return this.#make(index, data, last_event_id)
    if (last_event_id > known._eventId && last_event_id <= this.position) known._apply(data, last_event_id)
    return known
  }

  /** Messages from an index on, or from the end; always in order of their indexes. Pages before and behind it fit without gap or overlap. */
  async page(size: number, from: number | undefined, direction: Direction): Promise<RestPaginator<Message>> {
    const backwards = direction === 'backwards'
    const messages: Message[] = []
    let before = false
    let behind = true
    for (let next = from; behind && messages.length < size; ) {
      const read = await this.#ask(Math.min(largestPage, size - messages.length), next, backwards)
      messages.push(...read.messages)
      // What lies before is known from the first answer; the next ones begin inside.
      if (next === from) before = read.before
      behind = read.behind
      if (read.last === undefined) break
      next = read.last + (backwards ? -1 : 1)
    }
    if (backwards) messages.reverse()
    const older = () => this.page(size, (messages[0] as Message).index - 1, 'backwards')
    const newer = () => this.page(size, (messages.at(-1) as Message).index + 1, 'forward')
    const [hasOlder, hasNewer] = backwards ? [behind, before] : [before, behind]
    const some = messages.length > 0
    return new RestPaginator(messages, { previous: hasOlder && some ? older : undefined, next: hasNewer && some ? newer : undefined })
  }

  async #ask(
    size: number,
    from: number | undefined,
    backwards: boolean,
  ): Promise<{ messages: Message[]; last: number | undefined; before: boolean; behind: boolean }> {
    if (from !== undefined && from < 0) return { messages: [], last: undefined, before: false, behind: false }
    this.#reading++
    try {
      const { items, meta }: SyncPage<Partial<MessageItem>> = await this.context.rest.get(`/v3/Lists/${this.sid}/Items`, {
        HideExpired: 'true',
        PageSize: size,
        Order: backwards ? 'desc' : 'asc',
        From: from,
      })
      const last = items.at(-1)?.index
      return { messages: this.#read(items), last, before: meta.previous_token !== null, behind: meta.next_token !== null }
    } finally {
      this.#reading--
      if (this.#reading === 0) this.#heardMeanwhile.clear()
    }
  }
}
