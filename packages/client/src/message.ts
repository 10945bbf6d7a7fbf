import { applyMessageItem, type MessageFields, type MessageReason, unknownMessage } from './apply-event.ts'
import { type CancellablePromise, cancellable } from './cancellable-promise.ts'
import { ChannelMetadata } from './channel-metadata.ts'
import { check, instance, json, listOf, nonEmptyText, oneOf, text } from './check-arguments.ts'
import { type ContentData, toContentData } from './content-template.ts'
import type { Context } from './context.ts'
import type { Conversation } from './conversation.ts'
import { toDate } from './dates.ts'
import { AggregatedDeliveryReceipt, type DeliveryReceiptAnswer, DetailedDeliveryReceipt } from './delivery-receipts.ts'
import { RequestError } from './errors.ts'
import { ReplayEventEmitter } from './events.ts'
import type { JSONValue } from './json.ts'
import { Media } from './media.ts'
import type { MediaCategory } from './media-service.ts'
import { restPages } from './paginator.ts'
import type { Participant } from './participant.ts'
import { type RecipientAnswer, type RecipientDescriptor, toRecipient } from './recipients.ts'
import type { MessageItem } from './wire.ts'

export type MessageUpdateReason = MessageReason
export type MessageType = 'text' | 'media'

export interface MessageUpdatedEventArgs {
  message: Message
  updateReasons: MessageUpdateReason[]
}

export type MessageEvents = {
  updated: (data: { message: Message; updateReasons: MessageUpdateReason[] }) => void
}

const categories = oneOf('media', 'body', 'history')
const richContent = 'application/x-vnd.com.twilio.rich.'
const noChannelMetadata = 50530

/** A message in a conversation. */
export class Message extends ReplayEventEmitter<MessageEvents> {
  /** Emitted with `{ message, updateReasons }` when something about the message changes. */
  static readonly updated = 'updated'

  readonly conversation: Conversation
  readonly index: number
  readonly sid: string
  readonly type: MessageType
  /** Of the content template that it was made from. */
  readonly contentSid: string | null
  /** `null` when its author did not take part. */
  readonly participantSid: string | null
  readonly #context: Context
  readonly #hasChannelMetadata: boolean
  #fields: MessageFields
  /** The event that is known last. @internal */
  _eventId: number

  /** @internal */
  constructor(index: number, data: Partial<MessageItem>, eventId: number, conversation: Conversation, context: Context) {
    super()
    this.index = index
    this.conversation = conversation
    this.#context = context
    this.sid = data.sid ?? ''
    this.type = data.type ?? 'text'
    this.contentSid = data.contentSid ?? null
    this.participantSid = data.memberSid ?? null
    this.#hasChannelMetadata = data.channelMetadata ?? false
    this.#fields = applyMessageItem(unknownMessage, data).fields
    this._eventId = eventId
  }

  /** Identity or address of who wrote it. */
  get author(): string | null {
    return this.#fields.author
  }
  get subject(): string | null {
    return this.#fields.subject
  }
  get body(): string | null {
    return this.#fields.body
  }
  get dateUpdated(): Date | null {
    return toDate(this.#fields.dateUpdated)
  }
  get dateCreated(): Date | null {
    return toDate(this.#fields.dateCreated)
  }
  get lastUpdatedBy(): string | null {
    return this.#fields.lastUpdatedBy
  }
  get attributes(): JSONValue {
    return this.#fields.attributes
  }
  /** How far it has come with those who take part by an address; `null` when there are none. */
  get aggregatedDeliveryReceipt(): AggregatedDeliveryReceipt | null {
    const { deliveryReceipt } = this.#fields
    return deliveryReceipt && new AggregatedDeliveryReceipt(deliveryReceipt)
  }
  /** The attachments, without e-mail bodies and histories. */
  get attachedMedia(): Media[] | null {
    return this.getMediaByCategories(['media'])
  }
  /** @deprecated There may be several: `attachedMedia`. */
  get media(): Media | null {
    return this.attachedMedia?.[0] ?? null
  }

  /** @deprecated `getMediaByCategories`. */
  getMediaByCategory(wanted: MediaCategory[]): Media[] | null {
    return this.getMediaByCategories(wanted)
  }

  getMediaByCategories(wanted: MediaCategory[]): Media[] | null {
    const { media } = this.#fields
    if (media.length === 0) return []
    check([wanted], listOf(categories))
    return media.filter(({ category }) => wanted.includes(category ?? 'media')).map((item) => new Media(item, this.#context.media))
  }

  /** The e-mail's body in one of the content types of `conversation.limits`. */
  getEmailBody(type = 'text/plain'): Media | null {
    check([type], nonEmptyText)
    return this.getMediaByCategories(['body'])?.find(({ contentType }) => contentType === type) ?? null
  }

  /** The history that the e-mail quotes, in one of the content types of `conversation.limits`. */
  getEmailHistory(type = 'text/plain'): Media | null {
    check([type], nonEmptyText)
    return this.getMediaByCategories(['history'])?.find(({ contentType }) => contentType === type) ?? null
  }

  /** Who wrote it. @throws when they do not take part any more */
  async getParticipant(): Promise<Participant> {
    const { participantSid, author, conversation } = this
    if (participantSid === null && author === null) throw new Error(`Nobody is the author of ${this.sid}`)
    const participant = await (participantSid === null
      ? conversation.getParticipantByIdentity(author)
      : conversation.getParticipantBySid(participantSid))
    return participant as Participant
  }

  /** What became of it on its way to each participant by address. */
  async getDetailedDeliveryReceipts(): Promise<DetailedDeliveryReceipt[]> {
    const { rest, configuration } = this.#context
    const url = configuration.links.messages_receipts.replace('%s', this.conversation.sid).replace('%s', this.sid)
    const pages = await restPages(
      (PageToken) => rest.get<{ delivery_receipts: DeliveryReceiptAnswer[]; meta: object }>(url, { PageToken }),
      ({ delivery_receipts }) => delivery_receipts.map((answer) => new DetailedDeliveryReceipt(answer)),
    )
    return collect(pages)
  }

  async remove(): Promise<Message> {
    await this.#context.rest.delete(this.#url())
    return this
  }

  async updateBody(body: string): Promise<Message> {
    check([body], text)
    await this.#context.rest.post(this.#url(), { body })
    return this
  }

  async updateAttributes(attributes: JSONValue): Promise<Message> {
    check([attributes], json)
    await this.#context.rest.post(this.#url(), { attributes: JSON.stringify(attributes) })
    return this
  }

  /** @deprecated `getTemporaryContentUrlsForMedia`. */
  async attachTemporaryUrlsFor(contentSet: Media[] | null): Promise<Media[]> {
    check([contentSet], listOf(instance('a media', Media)))
    return contentSet ?? []
  }

  /** Where the content can be fetched for a while, by the SID of the media. */
  getTemporaryContentUrlsForMedia(contentSet: Media[]): CancellablePromise<Map<string, string>> {
    return this.#context.media.urlsOf(contentSet)
  }

  getTemporaryContentUrlsForMediaSids(mediaSids: string[]): CancellablePromise<Map<string, string>> {
    return this.#context.media.urls(mediaSids)
  }

  getTemporaryContentUrlsForAttachedMedia(): CancellablePromise<Map<string, string>> {
    return this.getTemporaryContentUrlsForMedia(this.attachedMedia ?? [])
  }

  /** What a message made from a template shows; `null` for all others. */
  getContentData(): CancellablePromise<ContentData | null> {
    return cancellable(async (signal) => {
      const rich = this.#fields.media.find(({ category, contentType }) => category === 'body' && contentType.startsWith(richContent))
      if (this.contentSid === null || !rich) return null
      const url = (await this.#context.media.record(rich.sid, signal)).links.content_direct_temporary
      if (!url) return null
      const { data } = JSON.parse(await this.#context.media.text(url, signal)) as { data: unknown }
      return toContentData(rich.contentType.slice(richContent.length).replace('.', '/'), data)
    })
  }

  /** What its channel says about it; `null` when there is nothing. */
  async getChannelMetadata(): Promise<ChannelMetadata | null> {
    if (!this.#hasChannelMetadata) return null
    try {
      const { type, data } = await this.#context.rest.get<{ type: string; data: unknown }>(`${this.#url()}/ChannelMetadata`)
      return new ChannelMetadata(type, data)
    } catch (error) {
      if (error instanceof RequestError && error.code === noChannelMetadata) return null
      throw error
    }
  }

  /** Whom its e-mail went to, and whom it came from. */
  async getMessageRecipients(): Promise<RecipientDescriptor[]> {
    const url = this.conversation._url('MessageRecipients')
    const pages = await restPages(
      (PageToken) =>
        this.#context.rest.get<{ message_recipients: RecipientAnswer[]; meta: object }>(
          url,
          PageToken ? { PageToken } : { MessageSid: this.sid },
        ),
      ({ message_recipients }) => message_recipients.map(toRecipient),
    )
    return collect(pages)
  }

  #url(): string {
    return this.conversation._url(`Messages/${this.sid}`)
  }

  /** @internal */
  _apply(data: Partial<MessageItem>, eventId: number): MessageUpdateReason[] {
    const { fields, reasons } = applyMessageItem(this.#fields, data)
    this.#fields = fields
    this._eventId = eventId
    return reasons
  }
}

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of pages) all.push(item)
  return all
}
