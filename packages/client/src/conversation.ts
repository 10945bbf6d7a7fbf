import { applyDocument, applyMyConversation, type ConversationFields, type ConversationReason, unknownConversation } from './apply-event.ts'
import {
  check,
  either,
  instance,
  json,
  nonEmptyText,
  nothing,
  objectWith,
  oneOf,
  optional,
  positiveNumber,
  text,
  wholeNumber,
} from './check-arguments.ts'
import type { ConversationLimits } from './configuration.ts'
import type { Context } from './context.ts'
import { toDate } from './dates.ts'
import { ReplayEventEmitter } from './events.ts'
import type { JSONValue } from './json.ts'
import type { SendMediaOptions } from './media-service.ts'
import type { Message, MessageUpdateReason } from './message.ts'
import { MessageBuilder, mediaArgument } from './message-builder.ts'
import { type Direction, Messages } from './messages.ts'
import { type Paginator, restPages } from './paginator.ts'
import { Participant, type ParticipantBindingOptions, type ParticipantUpdateReason } from './participant.ts'
import { type RecipientAnswer, type RecipientDescriptor, toRecipient } from './recipients.ts'
import { Roster } from './roster.ts'
import type { WatchedObject } from './sync/sync.ts'
import { type SendEmailOptions, UnsentMessage } from './unsent-message.ts'
import type {
  ConversationAnswer,
  ConversationDocument,
  MyConversationAnswer,
  MyConversationItem,
  ParticipantAnswer,
  SyncRoot,
} from './wire.ts'

export type ConversationUpdateReason = ConversationReason
export type ConversationStatus = 'notParticipating' | 'joined'
/** Whether the user gets pushes of this conversation. */
export type NotificationLevel = 'default' | 'muted'

export interface ConversationState {
  current: 'active' | 'inactive' | 'closed'
  dateUpdated: Date
}

export interface ConversationUpdatedEventArgs {
  conversation: Conversation
  updateReasons: ConversationUpdateReason[]
}

export interface ConversationEmailBinding {
  name?: string
  projected_address: string
}
export interface ConversationSmsBinding {
  address?: string
}
export interface ConversationBindings {
  email?: ConversationEmailBinding
  sms?: ConversationSmsBinding
}

export interface LastMessage {
  index?: number
  dateCreated?: Date
}

export type ConversationEvents = {
  participantJoined: (participant: Participant) => void
  participantLeft: (participant: Participant) => void
  participantUpdated: (data: { participant: Participant; updateReasons: ParticipantUpdateReason[] }) => void
  messageAdded: (message: Message) => void
  messageRemoved: (message: Message) => void
  messageUpdated: (data: { message: Message; updateReasons: MessageUpdateReason[] }) => void
  typingEnded: (participant: Participant) => void
  typingStarted: (participant: Participant) => void
  updated: (data: { conversation: Conversation; updateReasons: ConversationUpdateReason[] }) => void
  removed: (conversation: Conversation) => void
  /** More than the original: how many messages of others are unread. */
  unreadMessagesCountChanged: (data: { conversation: Conversation; unreadMessagesCount: number }) => void
}

/** Events that the client says as the conversation does. */
type SharedEvents = Omit<ConversationEvents, 'updated' | 'removed'>

const messageArgument = either(text, nothing, mediaArgument)
const emailArgument = objectWith({ subject: optional(nonEmptyText) })
const defaultPage = 30

/** A conversation, and one's own side of it. */
export class Conversation extends ReplayEventEmitter<ConversationEvents> {
  /** Emitted with the participant who has come. */
  static readonly participantJoined = 'participantJoined'
  /** Emitted with the participant who has gone. */
  static readonly participantLeft = 'participantLeft'
  /** Emitted with `{ participant, updateReasons }`. */
  static readonly participantUpdated = 'participantUpdated'
  /** Emitted with the new message, one's own too. */
  static readonly messageAdded = 'messageAdded'
  /** Emitted with the message that has gone, when it was seen before. */
  static readonly messageRemoved = 'messageRemoved'
  /** Emitted with `{ message, updateReasons }`, for messages that were seen before. */
  static readonly messageUpdated = 'messageUpdated'
  /** Emitted with the participant who has stopped typing. */
  static readonly typingEnded = 'typingEnded'
  /** Emitted with the participant who types. */
  static readonly typingStarted = 'typingStarted'
  /** Emitted with `{ conversation, updateReasons }`. */
  static readonly updated = 'updated'
  /** Emitted with the conversation when it is no more, or no more the user's. */
  static readonly removed = 'removed'

  /** `CH…`. */
  readonly sid: string
  readonly #context: Context
  #fields: ConversationFields = unknownConversation
  #document: WatchedObject | undefined
  #names: { messages: string; roster: string }
  #messages: Messages | undefined
  #roster: Roster | undefined
  #opening: Promise<void> | undefined
  #unread: number | null = null
  #unreadAsked = 0

  /** @internal */
  constructor(sid: string, context: Context) {
    super()
    this.sid = sid
    this.#context = context
    this.#names = { messages: `${sid}.messages`, roster: `${sid}.roster` }
  }

  get uniqueName(): string | null {
    return this.#fields.uniqueName
  }
  get status(): ConversationStatus {
    return this.#fields.status
  }
  get friendlyName(): string | null {
    return this.#fields.friendlyName
  }
  get dateUpdated(): Date | null {
    return toDate(this.#fields.dateUpdated)
  }
  get dateCreated(): Date | null {
    return toDate(this.#fields.dateCreated)
  }
  /** Identity of who made it. */
  get createdBy(): string {
    return this.#fields.createdBy
  }
  get attributes(): JSONValue {
    return this.#fields.attributes
  }
  /** Up to where the user has read; `null` while that was never said. */
  get lastReadMessageIndex(): number | null {
    return this.#fields.lastReadMessageIndex
  }
  get lastMessage(): LastMessage | undefined {
    const { lastMessage } = this.#fields
    return lastMessage ? { index: lastMessage.index, dateCreated: new Date(lastMessage.date) } : undefined
  }
  /** More than the original: the last message itself, where it is known already. */
  get latestMessage(): Message | null {
    const { lastMessage } = this.#fields
    return (lastMessage && this.#messages?.known(lastMessage.index)) ?? null
  }
  /** More than the original: messages of others that are unread, kept up to date; `null` where the server did not say. */
  get unreadMessagesCount(): number | null {
    return this.#unread
  }
  get notificationLevel(): NotificationLevel {
    return this.#fields.notificationLevel
  }
  get bindings(): ConversationBindings {
    return this.#fields.bindings
  }
  get limits(): ConversationLimits {
    return this.#context.configuration.limits
  }
  get state(): ConversationState | undefined {
    const { state } = this.#fields
    return state ? { current: state.current, dateUpdated: new Date(state.date) } : undefined
  }

  /** Adds a user. @returns what the server answers */
  async add(identity: string, attributes?: JSONValue): Promise<ParticipantAnswer> {
    check([identity, attributes], nonEmptyText, optional(json))
    return this.#context.rest.post(this._url('Participants'), { identity, ...ofAttributes(attributes) })
  }

  /** Adds somebody by address, who is written to from `proxyAddress`. @returns what the server answers */
  async addNonChatParticipant(
    proxyAddress: string,
    address: string,
    attributes: JSONValue = {},
    bindingOptions: ParticipantBindingOptions = {},
  ): Promise<ParticipantAnswer> {
    check([proxyAddress, address, attributes], nonEmptyText, nonEmptyText, json)
    const { name, level } = bindingOptions?.email ?? {}
    const messaging_binding = { address, proxy_address: proxyAddress, name, level }
    return this.#context.rest.post(this._url('Participants'), { attributes: JSON.stringify(attributes), messaging_binding })
  }

  /** Moves the read position forward; a position that lies behind leaves it. @returns messages that are unread then */
  async advanceLastReadMessageIndex(index: number): Promise<number> {
    check([index], wholeNumber)
    return this.#read(Math.max(index, this.lastReadMessageIndex ?? 0))
  }

  /** Deletes it for everybody. */
  async delete(): Promise<Conversation> {
    await this.#context.rest.delete(this._url())
    return this
  }

  async getAttributes(): Promise<JSONValue> {
    return this.attributes
  }

  /**
   * A page of messages, in the order of their indexes. `prevPage()` has those before, `nextPage()` those behind, whatever the direction was.
   *
   * @param anchor the index to begin with, that message included; the end when absent
   */
  async getMessages(pageSize = defaultPage, anchor?: number, direction: Direction = 'backwards'): Promise<Paginator<Message>> {
    check([pageSize, anchor, direction], positiveNumber, optional(wholeNumber), oneOf('backwards', 'forward'))
    return (await this.#opened()).messages.page(pageSize, anchor, direction)
  }

  /**
   * More than the original: all messages from an index on, read as they are needed.
   *
   * @example for await (const message of conversation.history()) show(message)
   */
  async *history(anchor?: number, direction: Direction = 'backwards'): AsyncIterableIterator<Message> {
    for (let page = await this.getMessages(100, anchor, direction); ; ) {
      yield* direction === 'forward' ? page.items : page.items.toReversed()
      if (direction === 'forward' ? !page.hasNextPage : !page.hasPrevPage) return
      page = await (direction === 'forward' ? page.nextPage() : page.prevPage())
    }
  }

  async getParticipants(): Promise<Participant[]> {
    return (await this.#opened()).roster.all()
  }

  async getParticipantsCount(): Promise<number> {
    return (await this.#context.rest.get<ConversationAnswer>(this._url())).participants_count
  }

  /** @throws when nobody with this SID takes part */
  async getParticipantBySid(participantSid: string): Promise<Participant | null> {
    check([participantSid], nonEmptyText)
    return found((await this.#opened()).roster.bySid(participantSid), participantSid)
  }

  /** @throws when nobody with this identity takes part */
  async getParticipantByIdentity(identity?: string | null): Promise<Participant | null> {
    check([identity], nonEmptyText)
    return found((await this.#opened()).roster.byIdentity(identity as string), identity as string)
  }

  async getMessagesCount(): Promise<number> {
    return (await this.#context.rest.get<ConversationAnswer>(this._url())).messages_count
  }

  /** Messages of others behind the read position; `null` while there is none. */
  async getUnreadMessagesCount(): Promise<number | null> {
    const { unread_messages_count: count } = await this.#context.rest.get<MyConversationAnswer>(this.#mine())
    if (typeof count === 'number') this.#count(count)
    return typeof count === 'number' ? count : null
  }

  /** Takes part. When it is done, no message that follows is missed. */
  async join(): Promise<Conversation> {
    await this.#context.rest.post(this._url('Participants'), { identity: this.#context.configuration.identity })
    await this.#context.joined(this.sid)
    return this
  }

  async leave(): Promise<Conversation> {
    if (this.status !== 'joined') return this
    await this.#context.rest.delete(this._url(`Participants/${encodeURIComponent(this.#context.configuration.identity)}`))
    return this
  }

  /** By identity, SID, or the participant itself. */
  async removeParticipant(participant: string | Participant): Promise<void> {
    check([participant], either(nonEmptyText, instance('a participant', Participant)))
    const name = typeof participant === 'string' ? participant : participant.sid
    await this.#context.rest.delete(this._url(`Participants/${encodeURIComponent(name)}`))
  }

  /** Sends a text, or one piece of media. @returns the index of the new message */
  async sendMessage(
    message: null | string | FormData | SendMediaOptions,
    messageAttributes: JSONValue = {},
    emailOptions: SendEmailOptions = {},
  ): Promise<number> {
    check([message, messageAttributes, emailOptions], messageArgument, json, either(nothing, emailArgument))
    const unsent = new UnsentMessage(this.#outbox())
    unsent.attributes = messageAttributes
    if (typeof message === 'string' || message === null) {
      unsent.text = message ?? ''
      unsent.emailOptions = emailOptions ?? {}
    } else {
      unsent.mediaContent = [['media', message]]
    }
    return (await unsent.send()) as number
  }

  /** Puts a message together. */
  prepareMessage(): MessageBuilder {
    return new MessageBuilder(this.limits, this.#outbox())
  }

  /** @returns messages that are unread then */
  async setAllMessagesRead(): Promise<number> {
    const last = (await this.getMessages(1)).items.at(-1)
    return last ? this.#read(last.index) : 0
  }

  /** @returns messages that are unread then */
  async setAllMessagesUnread(): Promise<number> {
    return this.#read(null)
  }

  async setUserNotificationLevel(notificationLevel: NotificationLevel): Promise<void> {
    check([notificationLevel], oneOf('default', 'muted'))
    await this.#context.rest.set('POST', this.#mine(), { notification_level: notificationLevel })
  }

  /** Lets the others know that the user types. May be called with every key: it is said no more often than needed. */
  async typing(): Promise<void> {
    await this.#context.typing.send(this.sid)
  }

  async updateAttributes(attributes: JSONValue): Promise<Conversation> {
    check([attributes], json)
    await this.#context.rest.post(this._url(), { attributes: JSON.stringify(attributes) })
    return this
  }

  async updateFriendlyName(friendlyName: string): Promise<Conversation> {
    check([friendlyName], text)
    if (friendlyName !== this.friendlyName) await this.#context.rest.post(this._url(), { friendly_name: friendlyName })
    return this
  }

  /** Moves the read position anywhere; `null` makes everything unread. @returns messages that are unread then */
  async updateLastReadMessageIndex(index: number | null): Promise<number> {
    check([index], either(wholeNumber, nothing))
    return this.#read(index)
  }

  /** `null` takes it away. */
  async updateUniqueName(uniqueName: string | null): Promise<Conversation> {
    check([uniqueName], either(text, nothing))
    if (uniqueName !== this.uniqueName) await this.#context.rest.post(this._url(), { unique_name: uniqueName ?? '' })
    return this
  }

  /** Whom the e-mails of the conversation went to, and whom they came from. */
  async getMessageRecipients(options: { pageSize?: number } = {}): Promise<Paginator<RecipientDescriptor>> {
    const url = this._url('MessageRecipients')
    // Whatever else an app gives is the usual size.
    const PageSize = positiveNumber.fits(options?.pageSize) ? options.pageSize : undefined
    return restPages(
      (PageToken) =>
        this.#context.rest.get<{ message_recipients: RecipientAnswer[]; meta: object }>(url, PageToken ? { PageToken } : { PageSize }),
      ({ message_recipients }) => message_recipients.map(toRecipient),
    )
  }

  async #read(last_read_message_index: number | null): Promise<number> {
    const asked = ++this.#unreadAsked
    const answer = await this.#context.rest.post<MyConversationAnswer>(this.#mine(), { last_read_message_index })
    const count = answer.unread_messages_count
    if (typeof count === 'number' && asked === this.#unreadAsked) this.#count(count)
    return count as number
  }

  #outbox() {
    const { rest, media } = this.#context
    return { rest, media, url: () => this._url('Messages') }
  }

  #mine(): string {
    return `${this.#context.configuration.links.my_conversations}/${this.sid}`
  }

  #count(unread: number): void {
    if (unread === this.#unread) return
    this.#unread = unread
    this._tell('unreadMessagesCountChanged', { conversation: this, unreadMessagesCount: unread })
  }

  /** The list of messages and the roster, watched. For a conversation that the user has not joined they are opened when asked for. */
  async #opened(): Promise<{ messages: Messages; roster: Roster }> {
    if (!this.#messages || !this.#roster) await this._openStreams()
    return { messages: this.#messages as Messages, roster: this.#roster as Roster }
  }

  /** Where something of the conversation is. @internal */
  _url(rest?: string): string {
    const url = `${this.#context.configuration.links.conversations}/${this.sid}`
    return rest ? `${url}/${rest}` : url
  }

  /** Says something here and at the client. @internal */
  _tell<E extends keyof SharedEvents>(event: E, ...args: Parameters<ConversationEvents[E]>): void {
    this.emit(event, ...args)
    this.#context.client.emit(event, ...(args as never))
  }

  /** Opens list and roster one by one, as any server has them. @internal */
  _openStreams(): Promise<void> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #open(): Promise<void> {
    const { rest, sync } = this.#context
    await sync.opening(async () => {
      const [messages, roster] = await Promise.all([
        rest.get<SyncRoot>(`/v3/Lists/${this.#names.messages}`),
        rest.get<SyncRoot>(`/v3/Maps/${this.#names.roster}`),
      ])
      this._watchStreams(messages, roster, false)
      await this.#roster?.load()
    })
  }

  /** Begins to follow the messages and the roster from where they stand. @internal */
  _watchStreams(
    messages: Pick<SyncRoot, 'sid' | 'last_event_id'>,
    roster: Pick<SyncRoot, 'sid' | 'last_event_id'>,
    subscribed: boolean,
  ): void {
    if (this.#messages || this.#roster) return
    this.#messages = new Messages(messages.sid, messages.last_event_id, this, this.#context)
    this.#roster = new Roster(roster.sid, roster.last_event_id, this, this.#context)
    this.#context.sync.watch(this.#messages, { subscribed })
    this.#context.sync.watch(this.#roster, { subscribed })
  }

  /** Begins to follow the document from where it stands; what changed is told. @internal */
  _watchDocument({ sid, last_event_id, data }: Pick<SyncRoot<unknown>, 'sid' | 'last_event_id' | 'data'>, subscribed: boolean): void {
    if (this.#document) return
    this._takeDocument(data as Partial<ConversationDocument>, false)
    this.#document = {
      sid,
      type: 'document',
      position: last_event_id,
      apply: (event) => this._takeDocument(event.data, true),
      gone: () => this.#context.conversationGone(this),
    }
    this.#context.sync.watch(this.#document, { subscribed })
  }

  /** @internal */
  get _isWatched(): boolean {
    return this.#document !== undefined
  }
  /** Somebody who takes part, or `null`. @internal */
  async _find(identity: string): Promise<Participant | null> {
    return (await this.#opened()).roster.byIdentity(identity)
  }
  /** @internal */
  get _roster(): Roster | undefined {
    return this.#roster
  }
  /** @internal */
  get _messages(): Messages | undefined {
    return this.#messages
  }

  /** @internal */
  _takeDocument(data: Partial<ConversationDocument>, tell: boolean): void {
    this.#names = { messages: data.messages ?? this.#names.messages, roster: data.roster ?? this.#names.roster }
    this.#take(applyDocument(this.#fields, data), tell)
  }

  /** @internal */
  _takeMine(data: Partial<MyConversationItem>, tell: boolean): void {
    const before = this.lastReadMessageIndex
    this.#take(applyMyConversation(this.#fields, data), tell)
    if (tell && this.lastReadMessageIndex !== before) this.#recount()
  }

  /** @internal */
  _setStatus(status: ConversationStatus): void {
    this.#fields = { ...this.#fields, status }
  }

  /** @internal */
  _setUnread(count: number): void {
    this.#unread = count
  }

  #take({ fields, reasons }: ReturnType<typeof applyDocument>, tell: boolean): void {
    this.#fields = fields
    if (!tell || reasons.length === 0) return
    const data = { conversation: this, updateReasons: reasons }
    this.emit('updated', data)
    this.#context.client.emit('conversationUpdated', data)
  }

  /** The read position has moved, here or on another device: whoever counts is asked, unless everything is read. */
  #recount(): void {
    if (this.#unread === null) return
    const asked = ++this.#unreadAsked
    const last = Math.max(this.#fields.lastMessage?.index ?? -1, this.#messages?.lastIndex ?? -1)
    if (this.lastReadMessageIndex !== null && this.lastReadMessageIndex >= last) {
      this.#count(0)
      return
    }
    void this.#context.rest
      .get<MyConversationAnswer>(this.#mine())
      .then(({ unread_messages_count: count }) => {
        if (asked === this.#unreadAsked && typeof count === 'number') this.#count(count)
      })
      // Without an answer the old count stands until the next one.
      .catch(() => {})
  }

  /** @internal */
  _messageAdded(message: Message): void {
    const { author, index } = message
    this.#roster?.known(author)?._endTyping()
    // The others take a message for the end of typing: who types on is told to type anew.
    if (author === this.#context.configuration.identity) this.#context.typing.forget(this.sid)
    this._tell('messageAdded', message)
    const isUnread = author !== this.#context.configuration.identity && index > (this.lastReadMessageIndex ?? -1)
    if (this.#unread !== null && isUnread) this.#count(this.#unread + 1)
  }

  /** Stops following. @internal */
  _unwatch(tell: boolean): void {
    for (const watched of [this.#document, this.#messages, this.#roster]) if (watched) this.#context.sync.unwatch(watched, { tell })
    this.#messages?.gone()
    this.#roster?.gone()
    this.#document = undefined
    this.#messages = undefined
    this.#roster = undefined
    this.#unread = null
    this.#context.typing.forget(this.sid)
  }
}

async function found(participant: Promise<Participant | null>, name: string): Promise<Participant> {
  const known = await participant
  if (!known) throw new Error(`Participant ${name} not found`)
  return known
}

const ofAttributes = (attributes: JSONValue | undefined) => (attributes === undefined ? {} : { attributes: JSON.stringify(attributes) })
