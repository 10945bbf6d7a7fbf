import { type Static, Type } from '@sinclair/typebox'
import { conversationStates } from '../conversations.ts'
import { notificationLevels } from '../users.ts'
import { TimersResource } from './conversations.ts'
import { DateTime, JsonText, Links, nullable, SidOf, Url, Word } from './values.ts'

/** A user (rest-api §3.8). `is_online` and `is_notifiable` are null in lists, and while the service does not watch who is there. */
export const UserResource = Type.Object({
  sid: SidOf('user'),
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  role_sid: SidOf('role'),
  identity: Type.String(),
  friendly_name: nullable(Type.String()),
  attributes: JsonText,
  is_online: nullable(Type.Boolean()),
  is_notifiable: nullable(Type.Boolean()),
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
  links: Links('user_conversations'),
})
export type UserResource = Static<typeof UserResource>

/** A conversation as one of its users has it (rest-api §3.9). It has no SID of its own; dates and attributes are the conversation's. */
export const UserConversationResource = Type.Object({
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  conversation_sid: SidOf('conversation'),
  unread_messages_count: nullable(Type.Integer()),
  last_read_message_index: nullable(Type.Integer()),
  participant_sid: SidOf('participant'),
  user_sid: SidOf('user'),
  friendly_name: nullable(Type.String()),
  conversation_state: Word(conversationStates),
  timers: TimersResource,
  attributes: JsonText,
  date_created: DateTime,
  date_updated: DateTime,
  created_by: nullable(Type.String()),
  notification_level: Word(notificationLevels),
  unique_name: nullable(Type.String()),
  url: Url,
  links: Links('participant', 'conversation'),
})
export type UserConversationResource = Static<typeof UserConversationResource>
