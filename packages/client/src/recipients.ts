/** Whom an e-mail of a message is for, or from. */
export type EmailRecipientLevel = 'to' | 'from' | 'cc'

/** @internal */
export interface RecipientAnswer {
  message_sid: string
  type: string
  level: EmailRecipientLevel
  name: string
  address: string
}

/** Somebody an e-mail was sent to, or by. */
export class EmailRecipientDescriptor {
  readonly type = 'email'
  readonly messageSid: string
  readonly level: EmailRecipientLevel
  readonly name: string
  readonly address: string

  /** @internal */
  constructor(answer: RecipientAnswer) {
    this.messageSid = answer.message_sid
    this.level = answer.level
    this.name = answer.name
    this.address = answer.address
  }
}

/** A recipient of a kind that this version does not know. */
export class UnknownRecipientDescriptor {
  readonly type: string
  readonly messageSid: string
  /** JSON. */
  readonly rawData: string

  /** @internal */
  constructor(answer: Pick<RecipientAnswer, 'type' | 'message_sid'>) {
    this.type = answer.type
    this.messageSid = answer.message_sid
    this.rawData = JSON.stringify(answer)
  }
}

/** Somebody a message was sent to, or by. */
export type RecipientDescriptor = EmailRecipientDescriptor | UnknownRecipientDescriptor

/** @internal */
export const toRecipient = (answer: RecipientAnswer): RecipientDescriptor =>
  answer.type === 'email' ? new EmailRecipientDescriptor(answer) : new UnknownRecipientDescriptor(answer)
