import type { ConfigurationResource, ServiceConfigurationResource, ServiceResource } from '@parley/protocol'
import type { AccountRow, ServiceRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export function toService(row: ServiceRow, { root }: Scope): ServiceResource {
  const url = `${root}/Services/${row.sid}`
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    friendly_name: row.friendly_name,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url,
    links: {
      conversations: `${url}/Conversations`,
      users: `${url}/Users`,
      roles: `${url}/Roles`,
      bindings: `${url}/Bindings`,
      configuration: `${url}/Configuration`,
      participant_conversations: `${url}/ParticipantConversations`,
      conversation_with_participants: `${url}/ConversationWithParticipants`,
    },
  }
}

export function toConfiguration(row: AccountRow, { root }: Scope): ConfigurationResource {
  const url = `${root}/Configuration`
  return {
    account_sid: row.sid,
    default_chat_service_sid: row.default_chat_service_sid,
    default_messaging_service_sid: row.default_messaging_service_sid,
    default_inactive_timer: row.default_inactive_timer,
    default_closed_timer: row.default_closed_timer,
    url,
    links: { service: `${root}/Services/${row.default_chat_service_sid}/Configuration`, webhooks: `${url}/Webhooks` },
  }
}

export function toServiceConfiguration(row: ServiceRow, { root }: Scope): ServiceConfigurationResource {
  const url = `${root}/Configuration`
  return {
    chat_service_sid: row.sid,
    default_conversation_creator_role_sid: row.default_conversation_creator_role_sid,
    default_conversation_role_sid: row.default_conversation_role_sid,
    default_chat_service_role_sid: row.default_chat_service_role_sid,
    reachability_enabled: row.reachability_enabled === 1,
    url,
    links: { notifications: `${url}/Notifications`, webhooks: `${url}/Webhooks` },
  }
}
