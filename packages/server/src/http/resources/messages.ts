import { isRichContent, type MessageResource } from '@parley/protocol'
import type { PagedMessage } from '../../storage/messages.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export function toMessage(row: PagedMessage, { root, named }: Scope): MessageResource {
  const url = `${root}/Conversations/${row.conversation_sid}/Messages/${row.sid}`
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    conversation_sid: row.conversation_sid,
    index: row.position,
    author: row.author,
    body: row.body,
    media: row.media === null ? null : toMedia(row.media),
    attributes: row.attributes,
    participant_sid: row.participant_sid,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    delivery: row.delivery === null ? null : (JSON.parse(row.delivery) as MessageResource['delivery']),
    content_sid: row.content_sid,
    url,
    links: { delivery_receipts: `${url}/Receipts`, channel_metadata: `${url}/ChannelMetadata` },
    ...(named ? { chat_service_sid: row.chat_service_sid } : {}),
  }
}

/** Files as REST tells of them. What a content template became is no file (rest-api §3.3). */
function toMedia(json: string): MessageResource['media'] {
  const stored = (JSON.parse(json) as NonNullable<MessageResource['media']>).filter(({ content_type }) => !isRichContent(content_type))
  return stored.length === 0 ? null : stored.map(({ sid, size, content_type, filename }) => ({ sid, size, content_type, filename }))
}
