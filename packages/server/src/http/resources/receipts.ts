import type { ReceiptResource } from '@parley/protocol'
import type { ReceiptRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export function toReceipt(row: ReceiptRow, { root, named }: Scope): ReceiptResource {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    ...(named ? { chat_service_sid: row.chat_service_sid } : {}),
    conversation_sid: row.conversation_sid,
    message_sid: row.message_sid,
    channel_message_sid: row.channel_message_sid,
    participant_sid: row.participant_sid,
    // Here a status begins with the carrier: before that it is null.
    status: row.status === 'queued' ? null : row.status,
    error_code: row.error_code,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url: `${root}/Conversations/${row.conversation_sid}/Messages/${row.message_sid}/Receipts/${row.sid}`,
  }
}
