import type { ErasureResource } from '@parley/protocol'
import type { ErasureRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export function toErasure(row: ErasureRow, { root }: Scope): ErasureResource {
  return {
    user_sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    status: row.date_completed === null ? 'running' : 'completed',
    conversations_left: row.conversations_left,
    messages_erased: row.messages_erased,
    media_erased: row.media_erased,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    date_completed: row.date_completed === null ? null : toDateTime(row.date_completed),
    url: `${root}/Users/${row.sid}/Erasure`,
  }
}
