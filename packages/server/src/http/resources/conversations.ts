import type { ConversationResource, ConversationWithParticipantsResource, TimersResource } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

/** When the state will change by itself; nothing for timers that are not armed. */
export function toTimers({ date_inactive, date_closed }: ConversationRow): TimersResource {
  return {
    ...(date_inactive === null ? {} : { date_inactive: toDateTime(date_inactive) }),
    ...(date_closed === null ? {} : { date_closed: toDateTime(date_closed) }),
  }
}

export function toConversation(row: ConversationRow, { root }: Scope): ConversationResource {
  const url = `${root}/Conversations/${row.sid}`
  const email = row.email_address !== null || row.email_name !== null
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    messaging_service_sid: row.messaging_service_sid,
    friendly_name: row.friendly_name,
    unique_name: row.unique_name,
    attributes: row.attributes,
    state: row.state,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    timers: toTimers(row),
    bindings: email ? { email: { projected_address: row.email_address, name: row.email_name } } : {},
    url,
    links: {
      participants: `${url}/Participants`,
      messages: `${url}/Messages`,
      webhooks: `${url}/Webhooks`,
      export: `${url}/Export`,
    },
  }
}

export function toConversationWithParticipants(row: ConversationRow, scope: Scope): ConversationWithParticipantsResource {
  const {
    links: { export: _, ...links },
    ...conversation
  } = toConversation(row, scope)
  return { ...conversation, links }
}
