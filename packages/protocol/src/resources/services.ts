import { type Static, Type } from '@sinclair/typebox'
import { DateTime, Links, nullable, SidOf, Url } from './values.ts'

/** A service (rest-api §3.11). */
export const ServiceResource = Type.Object({
  sid: SidOf('service'),
  account_sid: SidOf('account'),
  friendly_name: Type.String(),
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
  links: Links(
    'conversations',
    'users',
    'roles',
    'bindings',
    'configuration',
    'participant_conversations',
    'conversation_with_participants',
  ),
})
export type ServiceResource = Static<typeof ServiceResource>

/** The account's defaults for conversations (rest-api §3.12). */
export const ConfigurationResource = Type.Object({
  account_sid: SidOf('account'),
  default_chat_service_sid: SidOf('service'),
  default_messaging_service_sid: nullable(SidOf('messagingService')),
  default_inactive_timer: nullable(Type.String()),
  default_closed_timer: nullable(Type.String()),
  url: Url,
  links: Links('service', 'webhooks'),
})
export type ConfigurationResource = Static<typeof ConfigurationResource>

/** The configuration of one service (rest-api §3.13): another resource than the account's. */
export const ServiceConfigurationResource = Type.Object({
  chat_service_sid: SidOf('service'),
  default_conversation_creator_role_sid: SidOf('role'),
  default_conversation_role_sid: SidOf('role'),
  default_chat_service_role_sid: SidOf('role'),
  reachability_enabled: Type.Boolean(),
  url: Url,
  links: Links('notifications', 'webhooks'),
})
export type ServiceConfigurationResource = Static<typeof ServiceConfigurationResource>
