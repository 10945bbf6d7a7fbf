import type { UserConversationResource, UserResource } from '@parley/protocol'
import type { Membership } from '../../storage/participants.ts'
import type { UserRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toTimers } from './conversations.ts'
import { toDateTime } from './dates.ts'

/** `watched`: whether the answer says if the user is there. Lists never do, others only where the service watches (rest-api §3.8). */
export function toUser(row: UserRow, { root }: Scope, watched: boolean): UserResource {
  const url = `${root}/Users/${row.sid}`
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    role_sid: row.role_sid,
    identity: row.identity,
    friendly_name: row.friendly_name,
    attributes: row.attributes,
    is_online: watched ? row.is_online === 1 : null,
    is_notifiable: watched ? row.is_notifiable === 1 : null,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url,
    links: { user_conversations: `${url}/Conversations` },
  }
}

export function toUserConversation(
  { participant, conversation }: Membership,
  user_sid: string,
  unread_messages_count: number | null,
  { root }: Scope,
): UserConversationResource {
  const url = `${root}/Conversations/${conversation.sid}`
  return {
    account_sid: conversation.account_sid,
    chat_service_sid: conversation.chat_service_sid,
    conversation_sid: conversation.sid,
    unread_messages_count,
    last_read_message_index: participant.last_read_message_index,
    participant_sid: participant.sid,
    user_sid,
    friendly_name: conversation.friendly_name,
    conversation_state: conversation.state,
    timers: toTimers(conversation),
    attributes: conversation.attributes,
    date_created: toDateTime(conversation.date_created),
    date_updated: toDateTime(conversation.date_updated),
    created_by: conversation.created_by,
    notification_level: participant.notification_level,
    unique_name: conversation.unique_name,
    url: `${root}/Users/${user_sid}/Conversations/${conversation.sid}`,
    links: { participant: `${url}/Participants/${participant.sid}`, conversation: url },
  }
}
