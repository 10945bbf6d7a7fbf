import { applyRosterItem, type ParticipantFields, type ParticipantReason, unknownParticipant } from './apply-event.ts'
import { check, json } from './check-arguments.ts'
import type { Context } from './context.ts'
import type { Conversation } from './conversation.ts'
import { toDate } from './dates.ts'
import { ReplayEventEmitter } from './events.ts'
import type { JSONValue } from './json.ts'
import type { User } from './user.ts'
import type { RosterItem } from './wire.ts'

export type ParticipantUpdateReason = ParticipantReason

/** Kinds of participants. More may come. */
export type ParticipantType = 'chat' | 'sms' | 'whatsapp' | 'email' | string

export interface ParticipantUpdatedEventArgs {
  participant: Participant
  updateReasons: ParticipantUpdateReason[]
}

/** How an e-mail participant takes part. */
export type ParticipantEmailLevel = 'to' | 'cc'

export interface ParticipantEmailBinding {
  name: string
  address: string
  level: ParticipantEmailLevel
}

export interface ParticipantBindings {
  email?: ParticipantEmailBinding
}

export interface ParticipantBindingOptions {
  email?: ParticipantEmailBinding
}

export type ParticipantEvents = {
  typingEnded: (participant: Participant) => void
  typingStarted: (participant: Participant) => void
  updated: (data: { participant: Participant; updateReasons: ParticipantUpdateReason[] }) => void
}

/** Somebody who takes part in a conversation. */
export class Participant extends ReplayEventEmitter<ParticipantEvents> {
  /** Emitted with the participant when they begin to type. */
  static readonly typingStarted = 'typingStarted'
  /** Emitted with the participant when they stop. */
  static readonly typingEnded = 'typingEnded'
  /** Emitted with `{ participant, updateReasons }` when something about them changes. */
  static readonly updated = 'updated'

  readonly conversation: Conversation
  readonly sid: string
  readonly #context: Context
  readonly #identity: string | null
  readonly #type: string
  #userInfo: string | undefined
  #fields: ParticipantFields
  #typing: ReturnType<typeof setTimeout> | undefined
  /** The event that is known last. @internal */
  _eventId: number

  /** @internal */
  constructor(sid: string, data: Partial<RosterItem>, eventId: number, conversation: Conversation, context: Context) {
    super()
    this.sid = sid
    this.conversation = conversation
    this.#context = context
    this.#identity = data.identity ?? null
    this.#type = data.type ?? 'chat'
    this.#userInfo = data.userInfo
    this.#fields = applyRosterItem(unknownParticipant, data).fields
    this._eventId = eventId
  }

  /** `null` for those who take part by an address. */
  get identity(): string | null {
    return this.#identity
  }
  get type(): ParticipantType {
    return this.#type
  }
  get attributes(): JSONValue {
    return this.#fields.attributes
  }
  get dateCreated(): Date | null {
    return toDate(this.#fields.dateCreated)
  }
  get dateUpdated(): Date | null {
    return toDate(this.#fields.dateUpdated)
  }
  get isTyping(): boolean {
    return this.#typing !== undefined
  }
  /** The message up to which they have read. */
  get lastReadMessageIndex(): number | null {
    return this.#fields.lastReadMessageIndex
  }
  get lastReadTimestamp(): Date | null {
    return toDate(this.#fields.lastReadTimestamp)
  }
  get roleSid(): string {
    return this.#fields.roleSid
  }
  get bindings(): ParticipantBindings {
    return this.#fields.bindings
  }

  /** The user they are, subscribed to. @throws for those who take part by an address */
  async getUser(): Promise<User> {
    if (this.#type !== 'chat' || !this.#identity) throw new Error(`Only participants of type chat are users, and this one is ${this.#type}`)
    return this.#context.users.get(this.#identity, this.#userInfo)
  }

  /** Takes them out of the conversation. */
  async remove(): Promise<void> {
    await this.conversation.removeParticipant(this)
  }

  async updateAttributes(attributes: JSONValue): Promise<Participant> {
    check([attributes], json)
    await this.#context.rest.post(this.conversation._url(`Participants/${this.sid}`), { attributes: JSON.stringify(attributes) })
    return this
  }

  /** @internal */
  _apply(data: Partial<RosterItem>, eventId: number): ParticipantUpdateReason[] {
    const { fields, reasons } = applyRosterItem(this.#fields, data)
    this.#fields = fields
    this.#userInfo = data.userInfo ?? this.#userInfo
    this._eventId = eventId
    return reasons
  }

  /** @internal */
  _startTyping(milliseconds: number): void {
    const began = this.#typing === undefined
    clearTimeout(this.#typing)
    this.#typing = setTimeout(() => this._endTyping(), milliseconds)
    if (!began) return
    this.emit('typingStarted', this)
    this.conversation._tell('typingStarted', this)
  }

  /** @internal */
  _endTyping(): void {
    if (this.#typing === undefined) return
    clearTimeout(this.#typing)
    this.#typing = undefined
    this.emit('typingEnded', this)
    this.conversation._tell('typingEnded', this)
  }

  /** Stops its timer without a word. @internal */
  _leave(): void {
    clearTimeout(this.#typing)
    this.#typing = undefined
  }
}
