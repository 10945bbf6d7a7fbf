import { type Static, Type } from '@sinclair/typebox'
import { deliveryStatuses } from '../receipts.ts'
import { DateTime, nullable, SidOf, Url, Word } from './values.ts'

/** What became of a message on its way to one participant (rest-api §3.4). `status` is null until a carrier has taken it. */
export const ReceiptResource = Type.Object({
  sid: SidOf('deliveryReceipt'),
  account_sid: SidOf('account'),
  chat_service_sid: Type.Optional(SidOf('service')),
  conversation_sid: SidOf('conversation'),
  message_sid: SidOf('message'),
  channel_message_sid: Type.String(),
  participant_sid: SidOf('participant'),
  status: nullable(Word(deliveryStatuses)),
  error_code: Type.Integer({ description: '0 when there is none' }),
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
})
export type ReceiptResource = Static<typeof ReceiptResource>
