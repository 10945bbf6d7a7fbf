import { type Static, Type } from '@sinclair/typebox'
import { conversationStates } from '../conversations.ts'
import { DateTime, JsonText, Links, nullable, SidOf, Url, Word } from './values.ts'

/** When the state of a conversation will change by itself; empty when no timer is armed. */
export const TimersResource = Type.Object({ date_inactive: Type.Optional(DateTime), date_closed: Type.Optional(DateTime) })
export type TimersResource = Static<typeof TimersResource>

/** A conversation (rest-api §3.1). */
export const ConversationResource = Type.Object({
  sid: SidOf('conversation'),
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  messaging_service_sid: nullable(SidOf('messagingService')),
  friendly_name: nullable(Type.String()),
  unique_name: nullable(Type.String()),
  attributes: JsonText,
  state: Word(conversationStates),
  date_created: DateTime,
  date_updated: DateTime,
  timers: TimersResource,
  bindings: Type.Object({
    email: Type.Optional(Type.Object({ projected_address: nullable(Type.String()), name: nullable(Type.String()) })),
  }),
  url: Url,
  links: Links('participants', 'messages', 'webhooks', 'export'),
})
export type ConversationResource = Static<typeof ConversationResource>

/** A conversation as it is made together with those who take part: it cannot be exported yet (rest-api §3.2). */
export const ConversationWithParticipantsResource = Type.Object({
  ...ConversationResource.properties,
  links: Links('participants', 'messages', 'webhooks'),
})
export type ConversationWithParticipantsResource = Static<typeof ConversationWithParticipantsResource>
