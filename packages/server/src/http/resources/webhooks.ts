import type { AccountWebhooksResource, ConversationWebhookResource, ServiceWebhooksResource } from '@parley/protocol'
import type { ConversationWebhook } from '../../storage/conversation-webhooks.ts'
import type { ConversationRow, WebhookConfigurationRow } from '../../storage/schema.ts'
import { filtersOf } from '../../storage/webhook-configurations.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

type Flags = Pick<AccountWebhooksResource, 'pre_webhook_fail_closed' | 'rest_webhook_enabled'>

/** What was never said is not there. */
const flags = (row: WebhookConfigurationRow | undefined): Flags => ({
  ...(typeof row?.pre_webhook_fail_closed === 'number' ? { pre_webhook_fail_closed: row.pre_webhook_fail_closed === 1 } : {}),
  ...(typeof row?.rest_webhook_enabled === 'number' ? { rest_webhook_enabled: row.rest_webhook_enabled === 1 } : {}),
})

export function toAccountWebhooks(row: WebhookConfigurationRow | undefined, { account_sid, root }: Scope): AccountWebhooksResource {
  return {
    account_sid,
    method: row?.method ?? 'POST',
    filters: row ? filtersOf(row) : [],
    pre_webhook_url: row?.pre_webhook_url ?? null,
    post_webhook_url: row?.post_webhook_url ?? null,
    target: row?.target ?? 'webhook',
    ...flags(row),
    url: `${root}/Configuration/Webhooks`,
  }
}

export function toServiceWebhooks(
  row: WebhookConfigurationRow | undefined,
  { account_sid, service_sid, root }: Scope,
): ServiceWebhooksResource {
  return {
    account_sid,
    chat_service_sid: service_sid,
    method: row?.method ?? null,
    filters: row ? filtersOf(row) : null,
    pre_webhook_url: row?.pre_webhook_url ?? null,
    post_webhook_url: row?.post_webhook_url ?? null,
    ...flags(row),
    url: `${root}/Configuration/Webhooks`,
  }
}

export function toConversationWebhook(
  webhook: ConversationWebhook,
  conversation: ConversationRow,
  { root, named }: Scope,
): ConversationWebhookResource {
  return {
    sid: webhook.sid,
    account_sid: conversation.account_sid,
    ...(named ? { chat_service_sid: conversation.chat_service_sid } : {}),
    conversation_sid: conversation.sid,
    target: webhook.target,
    configuration: toConfiguration(webhook),
    date_created: toDateTime(webhook.date_created),
    date_updated: toDateTime(webhook.date_updated),
    url: `${root}/Conversations/${conversation.sid}/Webhooks/${webhook.sid}`,
  }
}

function toConfiguration(webhook: ConversationWebhook): ConversationWebhookResource['configuration'] {
  const { target, url, method, filters, triggers, flow_sid } = webhook
  if (target === 'studio') return { flow_sid: flow_sid as string }
  const called = { url: url as string, method }
  return target === 'trigger' ? { ...called, triggers, filters: triggers } : { ...called, filters }
}
