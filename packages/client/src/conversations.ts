import { type ConversationsAnswer, type ListedConversation, type RostersAnswer, startPaths, syncObjectSid } from '@parley/protocol'
import type { Context } from './context.ts'
import { Conversation } from './conversation.ts'
import { RequestError } from './errors.ts'
import { localPages, type RestPaginator } from './paginator.ts'
import type { SyncEvent, WatchedObject } from './sync/sync.ts'
import type {
  ConversationAnswer,
  ConversationDocument,
  MyConversationAnswer,
  MyConversationItem,
  RosterItem,
  SyncItem,
  SyncPage,
  SyncRoot,
} from './wire.ts'

/** Conversations and rosters that are asked for at once. */
const chunk = 100
/** A roster with more people is read when somebody asks for it, or when something happens in it. */
const mostInBackground = 100
/** How long a join waits for the user's own list to know it, in milliseconds. */
const joinTimeout = 5_000

/** The conversations that the client knows: the user's own, and those that were looked at. */
export class Conversations {
  readonly #known = new Map<string, Conversation>()
  readonly #joining = new Map<string, Promise<void>>()
  readonly #waiters = new Map<string, (() => void)[]>()
  readonly #wanted = new Map<string, ((listed: ListedConversation | undefined) => void)[]>()
  #asking = false
  /** Listed, and not yet told. */
  #silent: Conversation[] = []
  #rostersWanted: string[] = []
  #complete: Promise<void> = Promise.resolve()

  constructor(private readonly context: Context) {}

  /** Takes the first page of the list; the events of what is on it are told by `announce`. */
  begin(root: Pick<SyncRoot, 'sid' | 'last_event_id'>, { conversations, meta }: ConversationsAnswer): void {
    this.#watchOwn(root, true)
    this.#take(conversations)
    if (meta.next_token) this.#complete = this.#readOn(meta.next_token)
    this.#complete.catch(() => {})
  }

  /** The same from a server that has no such list: item by item (wire-protocol §0). */
  async beginPlainly(): Promise<void> {
    const { rest, configuration } = this.context
    const root = await rest.get<SyncRoot>(`/v3/Maps/${encodeURIComponent(configuration.objects.my_conversations)}`)
    this.#watchOwn(root, false)
    this.#complete = this.#readPlainly(root.sid)
    this.#complete.catch(() => {})
  }

  #watchOwn({ sid, last_event_id }: Pick<SyncRoot, 'sid' | 'last_event_id'>, subscribed: boolean): void {
    const own: WatchedObject = { sid, type: 'map', position: last_event_id, apply: (event) => this.#apply(event), gone() {} }
    this.context.sync.watch(own, { subscribed })
  }

  async #readOn(token: string): Promise<void> {
    for (let next: string | null = token; next; ) {
      const page_token = next
      await this.context.sync.opening(async () => {
        const answer = await this.context.rest.ask<ConversationsAnswer>(startPaths.conversations, { page_token })
        next = answer.meta.next_token
        this.#take(answer.conversations)
        this.announce()
      })
    }
  }

  async #readPlainly(sid: string): Promise<void> {
    let token: string | undefined
    do {
      const page: SyncPage<MyConversationItem> = await this.context.rest.get(`/v3/Maps/${sid}/Items`, { PageSize: '100', PageToken: token })
      await Promise.all(page.items.map(({ key = '', data }) => this.#join(key, data)))
      token = page.meta.next_token ?? undefined
    } while (token)
  }

  #take(listed: readonly ListedConversation[]): void {
    for (const one of listed) if (!this.#known.has(one.sid)) this.#silent.push(this.#adopt(this.#object(one.sid), one))
  }

  /** Tells of what was listed, and then reads who takes part in it. */
  announce(): void {
    const { client } = this.context
    for (const conversation of this.#silent.splice(0)) {
      if (!this.#known.has(conversation.sid)) continue
      client.emit('conversationAdded', conversation)
      client.emit('conversationJoined', conversation)
    }
    void this.#readRosters().catch(() => {
      // They are read again when somebody asks for them.
    })
  }

  async #readRosters(): Promise<void> {
    while (this.#rostersWanted.length > 0) {
      const sids = this.#rostersWanted.splice(0, chunk)
      const { rosters } = await this.context.rest.ask<RostersAnswer>(startPaths.rosters, { sids })
      for (const { sid, items } of rosters) this.#known.get(sid)?._roster?.fill(items as SyncItem<Partial<RosterItem>>[])
    }
  }

  /** A conversation that was left is another object when the user comes back, as in the original. */
  #object(sid: string): Conversation {
    const conversation = this.#known.get(sid) ?? new Conversation(sid, this.context)
    this.#known.set(sid, conversation)
    return conversation
  }

  /** Follows a conversation from what the server has told of it. */
  #adopt(conversation: Conversation, listed: ListedConversation): Conversation {
    const { sid, document, messages, roster, mine, last_message, unread_messages_count, participants_count } = listed
    const sidOf = (kind: 'document' | 'messages' | 'roster') => syncObjectSid({ kind, owner: sid })
    conversation._watchDocument({ sid: sidOf('document'), last_event_id: document.last_event_id, data: document.data }, true)
    conversation._takeMine(mine.data as Partial<MyConversationItem>, false)
    conversation._setStatus('joined')
    conversation._setUnread(unread_messages_count)
    conversation._watchStreams({ sid: sidOf('messages'), ...messages }, { sid: sidOf('roster'), last_event_id: roster.last_event_id }, true)
    if (last_message) conversation._messages?.take(last_message as SyncItem<object>)
    if (roster.items) conversation._roster?.fill(roster.items as SyncItem<Partial<RosterItem>>[])
    else if (participants_count <= mostInBackground) this.#rostersWanted.push(sid)
    return conversation
  }

  /** The user's own list says something. */
  #apply({ kind, key, data }: SyncEvent): void {
    const sid = String(key)
    const mine = data as MyConversationItem | undefined
    const known = this.#known.get(sid)
    if (kind === 'removed' || mine?.status === 'notParticipating') {
      this.#leave(sid)
      return
    }
    if (known?.status === 'joined') {
      known._takeMine(mine ?? {}, true)
      return
    }
    void this.#join(sid, mine ?? {}, { live: true }).catch(() => {})
  }

  /** Follows a conversation that the user has joined. One that cannot be opened is left out, as the original does. */
  #join(sid: string, mine: Partial<MyConversationItem>, { live = false } = {}): Promise<void> {
    const joining = this.#joining.get(sid) ?? this.#follow(sid, mine, live).finally(() => this.#joining.delete(sid))
    this.#joining.set(sid, joining)
    return joining
  }

  async #follow(sid: string, mine: Partial<MyConversationItem>, live: boolean): Promise<void> {
    const isNew = !this.#known.has(sid)
    const conversation = this.#object(sid)
    try {
      const joined = await (this.context.quick() ? this.#followAtOnce(conversation) : this.#followPlainly(conversation, mine))
      // Thrown out again before it was open.
      if (joined === undefined || this.#known.get(sid) !== conversation) {
        if (isNew) this.#known.delete(sid)
        return
      }
      const { client } = this.context
      if (isNew) client.emit('conversationAdded', conversation)
      client.emit('conversationJoined', conversation)
      void this.#readRosters().catch(() => {})
      if (live) await conversation._messages?.catchUp(joined)
    } catch (error) {
      if (isNew && !conversation._isWatched) this.#known.delete(sid)
      if (!(error instanceof RequestError)) throw error
    } finally {
      for (const resolve of this.#waiters.get(sid) ?? []) resolve()
      this.#waiters.delete(sid)
    }
  }

  /** @returns when the user joined, in milliseconds; `undefined` when they take no part */
  async #followAtOnce(conversation: Conversation): Promise<number | undefined> {
    return this.context.sync.opening(async () => {
      const listed = await this.#ask(conversation.sid)
      if (!listed) return undefined
      conversation._unwatch(false)
      this.#adopt(conversation, listed)
      return Date.parse(listed.mine.date_joined)
    })
  }

  async #followPlainly(conversation: Conversation, mine: Partial<MyConversationItem>): Promise<number | undefined> {
    await this.#watchDocument(conversation, mine.channel ?? `${conversation.sid}.channel`)
    await conversation._openStreams()
    conversation._takeMine(mine, false)
    conversation._setStatus('joined')
    const me = await conversation._find(this.context.configuration.identity)
    return me?.dateCreated?.getTime() ?? Number.POSITIVE_INFINITY
  }

  /** Many may be joined at once: while one request is under way, the next are gathered. */
  #ask(sid: string): Promise<ListedConversation | undefined> {
    return new Promise((resolve, reject) => {
      this.#wanted.set(sid, [...(this.#wanted.get(sid) ?? []), resolve])
      void this.#askAll().catch(reject)
    })
  }

  async #askAll(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    try {
      while (this.#wanted.size > 0) {
        const wanted = [...this.#wanted].slice(0, chunk)
        for (const [sid] of wanted) this.#wanted.delete(sid)
        const { conversations } = await this.context.rest.ask<ConversationsAnswer>(startPaths.conversations, {
          sids: wanted.map(([sid]) => sid),
        })
        const found = new Map(conversations.map((one) => [one.sid, one]))
        for (const [sid, resolves] of wanted) for (const resolve of resolves) resolve(found.get(sid))
      }
    } finally {
      this.#asking = false
    }
  }

  #leave(sid: string): void {
    const conversation = this.#known.get(sid)
    if (!conversation) return
    const wasJoined = conversation.status === 'joined'
    conversation._setStatus('notParticipating')
    if (wasJoined) this.context.client.emit('conversationLeft', conversation)
    this.remove(conversation, false)
  }

  /** Stops following a conversation, and says so. */
  remove(conversation: Conversation, tell: boolean): void {
    if (this.#known.get(conversation.sid) !== conversation) return
    this.#known.delete(conversation.sid)
    conversation._setStatus('notParticipating')
    conversation._unwatch(tell)
    conversation.emit('removed', conversation)
    this.context.client.emit('conversationRemoved', conversation)
  }

  /** Waits until a conversation that was just joined is followed. */
  async joined(sid: string): Promise<void> {
    if (!this.#joining.has(sid) && this.#known.get(sid)?.status !== 'joined') {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, joinTimeout)
        const done = () => {
          clearTimeout(timer)
          resolve()
        }
        this.#waiters.set(sid, [...(this.#waiters.get(sid) ?? []), done])
      })
    }
    await this.#joining.get(sid)
  }

  /** The user's own, the one with the latest activity first. */
  async pages(size: number): Promise<RestPaginator<Conversation>> {
    await this.#complete
    const own = [...this.#known.values()].filter(({ status }) => status === 'joined')
    const activity = new Map(own.map((one) => [one, (one.lastMessage?.dateCreated ?? one.dateCreated)?.getTime() ?? 0]))
    return localPages(
      own.sort((a, b) => (activity.get(b) as number) - (activity.get(a) as number)),
      size,
    )
  }

  known(sid: string): Conversation | undefined {
    return this.#known.get(sid)
  }

  async bySid(sid: string): Promise<Conversation> {
    await this.#joining.get(sid)
    return this.#known.get(sid) ?? this.peek(sid)
  }

  /** A conversation that the user may see, joined or not. @throws RequestError 403, 404 */
  async peek(sid: string): Promise<Conversation> {
    const { rest, configuration } = this.context
    const answer = await rest.get<ConversationAnswer>(`${configuration.links.conversations}/${encodeURIComponent(sid)}`)
    return this.#opened(answer.sid, answer)
  }

  async byUniqueName(name: string): Promise<Conversation> {
    const { rest, configuration } = this.context
    const answer = await rest.get<MyConversationAnswer>(`${configuration.links.my_conversations}/${encodeURIComponent(name)}`)
    return this.#opened(answer.conversation_sid, answer)
  }

  /** Takes part in a conversation that may not be read before. @throws RequestError */
  async join(sid: string): Promise<Conversation> {
    const { rest, configuration } = this.context
    await rest.post(`${configuration.links.conversations}/${encodeURIComponent(sid)}/Participants`, { identity: configuration.identity })
    await this.joined(sid)
    return this.bySid(sid)
  }

  async create(body: object): Promise<Conversation> {
    const { rest, configuration } = this.context
    const answer = await rest.post<ConversationAnswer>(configuration.links.conversations, body)
    return this.#opened(answer.sid, answer)
  }

  async #opened(sid: string, { status, sync_objects }: ConversationAnswer): Promise<Conversation> {
    if (status === 'joined') await this.#join(sid, {})
    else await this.#joining.get(sid)
    const known = this.#known.get(sid)
    if (known?._isWatched) return known
    const conversation = this.#object(sid)
    try {
      await this.#watchDocument(conversation, sync_objects.conversation)
    } catch (error) {
      if (!conversation._isWatched) this.#known.delete(sid)
      throw error
    }
    if (!known) this.context.client.emit('conversationAdded', conversation)
    return conversation
  }

  async #watchDocument(conversation: Conversation, name: string): Promise<void> {
    const { rest, sync } = this.context
    await sync.opening(async () => {
      const root = await rest.get<SyncRoot<Partial<ConversationDocument>>>(`/v3/Documents/${encodeURIComponent(name)}`)
      conversation._watchDocument(root, false)
    })
  }

  /** Somebody types, or has written. */
  async participantOf(conversationSid: string, identity: string) {
    return this.#known.get(conversationSid)?._find(identity) ?? null
  }

  /** Ends what would go on without a connection. */
  end(): void {
    for (const conversation of this.#known.values()) conversation._unwatch(false)
  }
}
