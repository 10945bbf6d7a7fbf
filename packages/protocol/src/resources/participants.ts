import { type Static, Type } from '@sinclair/typebox'
import { channelTypes } from '../addresses.ts'
import { conversationStates } from '../conversations.ts'
import { TimersResource } from './conversations.ts'
import { DateTime, JsonText, Links, nullable, SidOf, Url, Word } from './values.ts'

/** How somebody outside of chat is reached: only the addresses that are set. */
export const BindingResource = Type.Object({
  type: Word(channelTypes),
  address: Type.Optional(Type.String()),
  proxy_address: Type.Optional(Type.String()),
  projected_address: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  level: Type.Optional(Type.String()),
})
export type BindingResource = Static<typeof BindingResource>

/** A participant (rest-api §3.5). */
export const ParticipantResource = Type.Object({
  sid: SidOf('participant'),
  account_sid: SidOf('account'),
  chat_service_sid: Type.Optional(SidOf('service')),
  conversation_sid: SidOf('conversation'),
  identity: nullable(Type.String()),
  attributes: JsonText,
  messaging_binding: nullable(BindingResource),
  role_sid: nullable(SidOf('role')),
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
  last_read_message_index: nullable(Type.Integer()),
  last_read_timestamp: nullable(DateTime),
})
export type ParticipantResource = Static<typeof ParticipantResource>

/** A conversation that a person takes part in, found by identity or address (rest-api §3.6). It has no SID and no URL of its own. */
export const ParticipantConversationResource = Type.Object({
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  participant_sid: SidOf('participant'),
  participant_user_sid: nullable(SidOf('user')),
  participant_identity: nullable(Type.String()),
  participant_messaging_binding: nullable(
    Type.Object({
      type: Word(channelTypes),
      address: nullable(Type.String()),
      proxy_address: nullable(Type.String()),
      projected_address: nullable(Type.String()),
      level: nullable(Type.String()),
      name: nullable(Type.String()),
    }),
  ),
  conversation_sid: SidOf('conversation'),
  conversation_unique_name: nullable(Type.String()),
  conversation_friendly_name: nullable(Type.String()),
  conversation_attributes: JsonText,
  conversation_date_created: DateTime,
  conversation_date_updated: DateTime,
  conversation_created_by: nullable(Type.String()),
  conversation_state: Word(conversationStates),
  conversation_timers: TimersResource,
  links: Links('participant', 'conversation'),
})
export type ParticipantConversationResource = Static<typeof ParticipantConversationResource>
