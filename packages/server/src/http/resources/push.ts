import type {
  CredentialCheckResource,
  CredentialResource,
  NotificationsResource,
  PushBindingResource,
  PushMessageType,
} from '@parley/protocol'
import type { CheckedCredential } from '../../domain/push/check-credential.ts'
import { defaultTemplates } from '../../domain/push/configure-notifications.ts'
import type { NotificationConfigurationRow, PushBindingRow, PushCredentialRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export function toCredential(row: PushCredentialRow, { root }: Scope): CredentialResource {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    friendly_name: row.friendly_name,
    type: row.type,
    sandbox: row.sandbox ? 'True' : 'False',
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url: `${root}/Credentials/${row.sid}`,
  }
}

export function toCredentialCheck(
  row: PushCredentialRow,
  { access, problem }: CheckedCredential,
  { root }: Scope,
): CredentialCheckResource {
  return {
    credential_sid: row.sid,
    complete: access !== undefined,
    problem: problem ?? null,
    method: access?.method ?? null,
    key_id: row.key_id,
    team_id: row.team_id,
    topic: access && 'topic' in access ? access.topic : row.topic,
    project_id: access && 'project_id' in access ? access.project_id : null,
    refusal: row.refusal,
    refused_at: row.refused_at === null ? null : toDateTime(row.refused_at),
    url: `${root}/Credentials/${row.sid}/Check`,
  }
}

export function toNotifications(row: NotificationConfigurationRow, { root }: Scope): NotificationsResource {
  return {
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    log_enabled: row.log_enabled === 1,
    new_message: {
      enabled: row.new_message_enabled === 1,
      template: row.new_message_template ?? defaultTemplates.new_message,
      sound: row.new_message_sound,
      badge_count_enabled: row.new_message_badge_count_enabled === 1,
      with_media: {
        enabled: row.new_message_with_media_enabled === 1,
        template: row.new_message_with_media_template ?? defaultTemplates.new_message_with_media,
      },
    },
    added_to_conversation: {
      enabled: row.added_to_conversation_enabled === 1,
      template: row.added_to_conversation_template ?? defaultTemplates.added_to_conversation,
      sound: row.added_to_conversation_sound,
    },
    removed_from_conversation: {
      enabled: row.removed_from_conversation_enabled === 1,
      template: row.removed_from_conversation_template ?? defaultTemplates.removed_from_conversation,
      sound: row.removed_from_conversation_sound,
    },
    url: `${root}/Configuration/Notifications`,
  }
}

export function toBinding(row: PushBindingRow, { root }: Scope): PushBindingResource {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    credential_sid: row.credential_sid,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    endpoint: row.endpoint ?? row.address,
    identity: row.identity,
    binding_type: row.binding_type,
    message_types: JSON.parse(row.message_types) as PushMessageType[],
    url: `${root}/Bindings/${row.sid}`,
  }
}
