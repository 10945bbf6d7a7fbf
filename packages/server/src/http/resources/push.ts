import type {
  CredentialCheckResource,
  CredentialResource,
  NotificationsResource,
  PushBindingResource,
  PushExplanationResource,
  PushMessageType,
  PushResource,
  TestPushResource,
} from '@parley/protocol'
import type { CheckedCredential } from '../../domain/push/check-credential.ts'
import { defaultTemplates } from '../../domain/push/configure-notifications.ts'
import type { PushExplanation } from '../../domain/push/explain-push.ts'
import type { Tested } from '../../domain/push/test-push.ts'
import type { NotificationConfigurationRow, PushBindingRow, PushCredentialRow, PushRow } from '../../storage/schema.ts'
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

export function toPush(row: PushRow, { root }: Scope): PushResource {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    conversation_sid: row.conversation_sid,
    message_sid: row.message_sid,
    identity: row.identity,
    binding_sid: row.binding_sid,
    binding_type: row.binding_type,
    credential_sid: row.credential_sid,
    message_type: row.message_type,
    state: row.state,
    reason: row.reason,
    attempts: row.attempts,
    provider_status: row.provider_status,
    provider_answer: row.provider_answer,
    provider_id: row.provider_id,
    payload: row.payload,
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url: `${root}/Pushes/${row.sid}`,
  }
}

export function toExplanation(
  { identity, message_sid = null }: { identity: string; message_sid?: string | null },
  { obstacles, bindings, pushes }: PushExplanation,
  scope: Scope,
): PushExplanationResource {
  const query = new URLSearchParams({ Identity: identity, ...(message_sid === null ? {} : { MessageSid: message_sid }) })
  const reached = (own: readonly unknown[]) => obstacles.length + own.length === 0
  return {
    chat_service_sid: scope.service_sid,
    identity,
    message_sid,
    reached: bindings.some((one) => reached(one.obstacles)),
    obstacles,
    bindings: bindings.map(({ binding, obstacles: own }) => ({
      sid: binding.sid,
      binding_type: binding.binding_type,
      reached: reached(own),
      obstacles: own,
    })),
    pushes: pushes.map((row) => toPush(row, scope)),
    url: `${scope.root}/Pushes/Explanation?${query}`,
  }
}

export function toTested({ sid: binding_sid }: PushBindingRow, tested: Tested): TestPushResource {
  if ('explanation' in tested) {
    const { reason, explanation } = tested
    return {
      binding_sid,
      state: 'failed',
      reason,
      explanation,
      provider_status: null,
      provider_answer: null,
      provider_id: null,
      payload: null,
    }
  }
  const { outcome } = tested
  const { status: provider_status, answer: provider_answer, id: provider_id, payload } = outcome
  const reason = outcome.kind === 'sent' ? null : outcome.kind === 'later' ? 'provider-unavailable' : outcome.reason
  const state = outcome.kind === 'sent' ? 'sent' : 'failed'
  return { binding_sid, state, reason, explanation: null, provider_status, provider_answer, provider_id, payload }
}
