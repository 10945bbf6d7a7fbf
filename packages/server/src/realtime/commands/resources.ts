import { isoInstant as iso, type MessageMedia, syncObjectName } from '@parley/protocol'
import type { AppendedMessage } from '../../storage/append-messages.ts'
import type { Membership } from '../../storage/participants.ts'
import type { RecipientOfMessage } from '../../storage/recipients.ts'
import type { ConversationRow, MessageRow, ParticipantRow, ReceiptRow, UserRow } from '../../storage/schema.ts'

/** What the SDK's commands are answered (wire-protocol §5.2). Dates have milliseconds here, other than in REST. */

/** The host in our links is a label that no SDK resolves (wire-protocol §0). */
const host = 'https://aim.us1.twilio.com'

export const serviceUrl = (chat_service_sid: string) => `${host}/Client/v2/Services/${chat_service_sid}`
export const configurationUrl = `${host}/Client/v2/Configuration`

const conversationUrl = (row: Pick<ConversationRow, 'sid' | 'chat_service_sid'>) =>
  `${serviceUrl(row.chat_service_sid)}/Conversations/${row.sid}`

export function conversationResource(row: ConversationRow) {
  const url = conversationUrl(row)
  return {
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    sid: row.sid,
    friendly_name: row.friendly_name,
    unique_name: row.unique_name,
    attributes: row.attributes,
    created_by: row.created_by,
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
    state: row.state,
    messages_count: row.messages_count,
    participants_count: row.participants_count,
    url,
    links: { messages: `${url}/Messages`, participants: `${url}/Participants` },
    sync_objects: {
      conversation: syncObjectName({ kind: 'document', owner: row.sid }),
      messages: syncObjectName({ kind: 'messages', owner: row.sid }),
      participants: syncObjectName({ kind: 'roster', owner: row.sid }),
    },
  }
}

/** What of a membership goes into a conversation that is looked up: absent members would wipe what the client knows (§5.2). */
export const membershipStatus = (participant: ParticipantRow | undefined) =>
  participant
    ? { status: 'joined', notification_level: participant.notification_level }
    : { status: 'notParticipating', notification_level: 'default' }

/** A conversation of the user's own. */
export function myConversationResource({ participant, conversation }: Membership, identity: string, unread_messages_count: number | null) {
  const { url: _, ...resource } = conversationResource(conversation)
  return {
    conversation_sid: conversation.sid,
    participant_sid: participant.sid,
    status: 'joined',
    last_read_message_index: participant.last_read_message_index,
    // SDK 2.0 reads it under its older name.
    last_consumed_message_index: participant.last_read_message_index,
    unread_messages_count,
    notification_level: participant.notification_level,
    url: `${serviceUrl(conversation.chat_service_sid)}/Users/${encodeURIComponent(identity)}/Conversations/${conversation.sid}`,
    ...resource,
  }
}

export function participantResource(row: ParticipantRow) {
  const conversation = conversationUrl({ sid: row.conversation_sid, chat_service_sid: row.chat_service_sid })
  const addresses = Object.entries({ address: row.address, proxy_address: row.proxy_address, projected_address: row.projected_address })
  const set = addresses.filter(([, address]) => address !== null)
  return {
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    conversation_sid: row.conversation_sid,
    sid: row.sid,
    role_sid: row.role_sid,
    identity: row.identity,
    attributes: row.attributes,
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
    messaging_binding: set.length === 0 ? null : { type: row.type, ...Object.fromEntries(set) },
    last_read_message_index: row.last_read_message_index,
    last_read_timestamp: row.last_read_timestamp === null ? null : iso(row.last_read_timestamp),
    url: `${conversation}/Participants/${row.sid}`,
    links: { conversation },
  }
}

export function messageResource(row: MessageRow) {
  const conversation = conversationUrl({ sid: row.conversation_sid, chat_service_sid: row.chat_service_sid })
  const url = `${conversation}/Messages/${row.sid}`
  return {
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    conversation_sid: row.conversation_sid,
    sid: row.sid,
    index: row.position,
    author: row.author,
    body: row.body,
    subject: row.subject,
    attributes: row.attributes,
    participant_sid: row.participant_sid,
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
    media: row.media === null ? [] : (JSON.parse(row.media) as MessageMedia[]),
    url,
    links: { conversation, messages_receipts: `${url}/Receipts` },
  }
}

export const sentMessageResource = ({ message }: AppendedMessage) => messageResource(message)

export function receiptResource(row: ReceiptRow) {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    conversation_sid: row.conversation_sid,
    message_sid: row.message_sid,
    channel_message_sid: row.channel_message_sid,
    participant_sid: row.participant_sid,
    status: row.status,
    // Text here, but 0 when there is none: so the SDK has it (wire-protocol §5.8).
    error_code: row.error_code === 0 ? 0 : String(row.error_code),
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
  }
}

export const recipientResource = ({ message_sid, type, level, name, address }: RecipientOfMessage) => ({
  message_sid,
  type,
  level,
  name,
  address,
})

export function userResource(row: UserRow) {
  return {
    sid: row.sid,
    identity: row.identity,
    friendly_name: row.friendly_name ?? '',
    attributes: row.attributes,
    is_online: row.is_online === 1,
    is_notifiable: row.is_notifiable === 1,
    date_created: iso(row.date_created),
    date_updated: iso(row.date_updated),
    role_sid: row.role_sid,
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    url: `${serviceUrl(row.chat_service_sid)}/Users/${encodeURIComponent(row.identity)}`,
    sync_objects: { user_info_map: syncObjectName({ kind: 'userInfo', owner: row.sid }) },
  }
}
