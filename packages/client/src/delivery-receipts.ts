import type { DeliveryItem } from './wire.ts'

/** How many of those whom a message was sent to. */
export type DeliveryAmount = 'none' | 'some' | 'all'

/** How far a message has come with all whom it was sent to. */
export class AggregatedDeliveryReceipt {
  readonly #item: DeliveryItem

  /** @internal */
  constructor(item: DeliveryItem) {
    this.#item = item
  }

  /** Deliveries that are expected at most. */
  get total(): number {
    return this.#item.total
  }
  /** Accepted by the next carrier. */
  get sent(): DeliveryAmount {
    return this.#item.sent
  }
  /** Confirmed by the carrier or the device. */
  get delivered(): DeliveryAmount {
    return this.#item.delivered
  }
  /** Opened, where the recipient lets it be known. */
  get read(): DeliveryAmount {
    return this.#item.read
  }
  /** Reported as not delivered. */
  get undelivered(): DeliveryAmount {
    return this.#item.undelivered
  }
  /** Could not be sent. */
  get failed(): DeliveryAmount {
    return this.#item.failed
  }
}

/** What became of a message on its way to one participant. */
export type DeliveryStatus = 'sent' | 'delivered' | 'failed' | 'read' | 'undelivered' | 'queued'

/** @internal */
export interface DeliveryReceiptAnswer {
  sid: string
  message_sid: string
  conversation_sid: string
  channel_message_sid: string
  participant_sid: string
  status: DeliveryStatus | null
  error_code: string | 0 | null
  date_created: string
  date_updated: string
}

/** What became of a message on its way to one participant. */
export class DetailedDeliveryReceipt {
  sid: string
  messageSid: string
  conversationSid: string
  /** Of the message on its channel: `SM…`, `WA…`. */
  channelMessageSid: string
  participantSid: string
  status: DeliveryStatus
  /** 0 when there is no error. */
  errorCode: string | 0
  /** ISO 8601. */
  dateCreated: string
  /** ISO 8601. */
  dateUpdated: string

  /** @internal */
  constructor(answer: DeliveryReceiptAnswer) {
    this.sid = answer.sid
    this.messageSid = answer.message_sid
    this.conversationSid = answer.conversation_sid
    this.channelMessageSid = answer.channel_message_sid
    this.participantSid = answer.participant_sid
    this.status = answer.status ?? 'queued'
    this.errorCode = answer.error_code ?? 0
    this.dateCreated = answer.date_created
    this.dateUpdated = answer.date_updated
  }
}
