import {
  type ConversationState,
  isoInstant,
  type MessageMedia,
  type StateReason,
  type WebhookEventType,
  type WebhookParameters,
} from '@parley/protocol'
import type { ConversationRow, MessageRow, ParticipantRow, ReceiptRow, UserRow } from '../../storage/schema.ts'
import type { Audience } from './audience.ts'

/** What every request has, and is not said by the event itself. */
type Common = 'AccountSid' | 'EventType' | 'Source' | 'ClientIdentity' | 'ChatServiceSid' | 'RetryCount'

/** The parameters of an event; what has no value is undefined, and left out when it is told. */
export type Told<E extends WebhookEventType> = {
  [N in keyof Omit<WebhookParameters<E>, Common>]: WebhookParameters<E>[N] | (undefined extends WebhookParameters<E>[N] ? undefined : never)
}

/** Parameters as they are sent: first what the event is, then what it says, in the order in which it is said. */
export function toPairs<E extends WebhookEventType>(audience: Audience, event: E, parameters: Told<E>): [string, string][] {
  const pairs: [string, string][] = [
    ['EventType', event],
    ['AccountSid', audience.account_sid],
    ['ChatServiceSid', audience.chat_service_sid],
    ['Source', audience.source],
  ]
  if (audience.client_identity !== null) pairs.push(['ClientIdentity', audience.client_identity])
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) pairs.push([name, value as string])
  return pairs
}

const given = (value: string | null | undefined): string | undefined => value ?? undefined

/** What a conversation that does not exist yet can say of itself. */
export const newConversation = (row: ConversationRow): Told<'onConversationAdd'> => ({
  FriendlyName: given(row.friendly_name),
  UniqueName: given(row.unique_name),
  Attributes: row.attributes,
  MessagingServiceSid: given(row.messaging_service_sid),
  State: row.state,
})

export const conversation = (row: ConversationRow): Told<'onConversationUpdated'> => ({
  ConversationSid: row.sid,
  DateCreated: isoInstant(row.date_created),
  DateUpdated: isoInstant(row.date_updated),
  ...newConversation(row),
})

export const removedConversation = (row: ConversationRow, now: number): Told<'onConversationRemoved'> => ({
  DateRemoved: isoInstant(now),
  ...conversation(row),
})

export const state = (from: ConversationState, after: ConversationRow, reason: StateReason): Told<'onConversationStateUpdated'> => ({
  ConversationSid: after.sid,
  MessagingServiceSid: given(after.messaging_service_sid),
  StateFrom: from,
  StateTo: after.state,
  StateUpdated: isoInstant(after.state_updated),
  Reason: reason,
})

type BindingType = WebhookParameters<'onParticipantAdd'>['MessagingBinding.Type']

/** What somebody who takes no part yet can say of themselves. */
export const newParticipant = (
  row: Pick<
    ParticipantRow,
    'conversation_sid' | 'identity' | 'role_sid' | 'attributes' | 'address' | 'proxy_address' | 'projected_address' | 'type'
  >,
): Told<'onParticipantAdd'> => ({
  ConversationSid: row.conversation_sid,
  Identity: given(row.identity),
  RoleSid: given(row.role_sid),
  Attributes: row.attributes,
  'MessagingBinding.Address': given(row.address),
  'MessagingBinding.ProxyAddress': given(row.proxy_address),
  'MessagingBinding.ProjectedAddress': given(row.projected_address),
  'MessagingBinding.Type': row.type.toUpperCase() as BindingType,
})

export const addedParticipant = (row: ParticipantRow): Told<'onParticipantAdded'> => ({
  ParticipantSid: row.sid,
  DateCreated: isoInstant(row.date_created),
  ...newParticipant(row),
})

/** Before a change. */
export const participant = (row: ParticipantRow): Told<'onParticipantUpdate'> => ({
  DateUpdated: isoInstant(row.date_updated),
  ...addedParticipant(row),
})

export const updatedParticipant = (row: ParticipantRow): Told<'onParticipantUpdated'> => ({
  LastReadMessageIndex: row.last_read_message_index === null ? undefined : String(row.last_read_message_index),
  ...participant(row),
})

export const removedParticipant = (row: ParticipantRow, now: number): Told<'onParticipantRemoved'> => ({
  DateRemoved: isoInstant(now),
  ...participant(row),
})

/** What a message that was not sent yet can say of itself. */
export const newMessage = (
  row: Pick<MessageRow, 'conversation_sid' | 'body' | 'author' | 'participant_sid' | 'attributes' | 'media'>,
): Told<'onMessageAdd'> => ({
  ConversationSid: row.conversation_sid,
  Body: row.body === null || row.body === '' ? undefined : row.body,
  Author: row.author,
  ParticipantSid: given(row.participant_sid),
  Attributes: row.attributes,
  Media: row.media === null ? undefined : toMedia(row.media),
})

const sentMessage = (row: MessageRow) => ({
  MessageSid: row.sid,
  Index: String(row.position),
  DateCreated: isoInstant(row.date_created),
  ...newMessage(row),
})

export const addedMessage = (row: MessageRow, { messaging_service_sid }: ConversationRow): Told<'onMessageAdded'> => ({
  MessagingServiceSid: given(messaging_service_sid),
  ...sentMessage(row),
})

export const message = (row: MessageRow): Told<'onMessageUpdated'> => ({
  DateUpdated: isoInstant(row.date_updated),
  ...sentMessage(row),
})

export const removedMessage = (row: MessageRow, now: number): Told<'onMessageRemoved'> => ({
  DateRemoved: isoInstant(now),
  ...message(row),
})

function toMedia(json: string): string {
  const media = JSON.parse(json) as MessageMedia[]
  return JSON.stringify(
    media.map(({ sid, filename, content_type, size }) => ({ Sid: sid, Filename: filename, ContentType: content_type, Size: size })),
  )
}

export const receipt = (row: ReceiptRow): Told<'onDeliveryUpdated'> => ({
  ConversationSid: row.conversation_sid,
  MessageSid: row.message_sid,
  ParticipantSid: row.participant_sid,
  DeliveryReceiptSid: row.sid,
  ChannelMessageSid: row.channel_message_sid,
  Status: row.status as Told<'onDeliveryUpdated'>['Status'],
  ErrorCode: String(row.error_code),
  DateCreated: isoInstant(row.date_created),
  DateUpdated: isoInstant(row.date_updated),
})

const aboutUser = (row: UserRow) => ({
  UserSid: row.sid,
  Identity: row.identity,
  RoleSid: row.role_sid,
  Attributes: row.attributes,
  FriendlyName: given(row.friendly_name),
})

/** Before a change. */
export const user = (row: UserRow): Told<'onUserUpdate'> => ({ DateUpdated: isoInstant(row.date_updated), ...aboutUser(row) })

export const addedUser = (row: UserRow): Told<'onUserAdded'> => ({ DateCreated: isoInstant(row.date_created), ...aboutUser(row) })

export const updatedUser = (row: UserRow): Told<'onUserUpdated'> => ({
  DateUpdated: isoInstant(row.date_updated),
  isOnline: row.is_online === 1 ? 'true' : 'false',
  isNotifiable: row.is_notifiable === 1 ? 'true' : 'false',
  ...addedUser(row),
})
