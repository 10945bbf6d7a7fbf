import type { BindingResource, ParticipantConversationResource, ParticipantResource } from '@parley/protocol'
import type { Membership } from '../../storage/participants.ts'
import type { ParticipantRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toTimers } from './conversations.ts'
import { toDateTime } from './dates.ts'

export function toParticipant(row: ParticipantRow, { root, named }: Scope): ParticipantResource {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    ...(named ? { chat_service_sid: row.chat_service_sid } : {}),
    conversation_sid: row.conversation_sid,
    identity: row.identity,
    attributes: row.attributes,
    messaging_binding: toBinding(row),
    role_sid: row.role_sid,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url: `${root}/Conversations/${row.conversation_sid}/Participants/${row.sid}`,
    last_read_message_index: row.last_read_message_index,
    last_read_timestamp: row.last_read_timestamp === null ? null : toDateTime(row.last_read_timestamp),
  }
}

/** Only the addresses that are set; null for somebody who only chats. */
function toBinding(row: ParticipantRow): BindingResource | null {
  if (row.type === 'chat') return null
  return {
    type: row.type,
    ...(row.address === null ? {} : { address: row.address }),
    ...(row.proxy_address === null ? {} : { proxy_address: row.proxy_address }),
    ...(row.projected_address === null ? {} : { projected_address: row.projected_address }),
    ...(row.binding_name === null ? {} : { name: row.binding_name }),
    ...(row.binding_level === null ? {} : { level: row.binding_level }),
  }
}

export function toParticipantConversation({ participant, conversation }: Membership, { root }: Scope): ParticipantConversationResource {
  const url = `${root}/Conversations/${conversation.sid}`
  return {
    account_sid: participant.account_sid,
    chat_service_sid: participant.chat_service_sid,
    participant_sid: participant.sid,
    participant_user_sid: participant.user_sid,
    participant_identity: participant.identity,
    participant_messaging_binding:
      participant.type === 'chat'
        ? null
        : {
            type: participant.type,
            address: participant.address,
            proxy_address: participant.proxy_address,
            projected_address: participant.projected_address,
            level: participant.binding_level,
            name: participant.binding_name,
          },
    conversation_sid: conversation.sid,
    conversation_unique_name: conversation.unique_name,
    conversation_friendly_name: conversation.friendly_name,
    conversation_attributes: conversation.attributes,
    conversation_date_created: toDateTime(conversation.date_created),
    conversation_date_updated: toDateTime(conversation.date_updated),
    conversation_created_by: conversation.created_by,
    conversation_state: conversation.state,
    conversation_timers: toTimers(conversation),
    links: { participant: `${url}/Participants/${participant.sid}`, conversation: url },
  }
}
