import type { WebhookDeliveryResource, WebhookDeliveryWithAttempts } from '@parley/protocol'
import type { WebhookAttemptRow, WebhookDeliveryRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export const toWebhookDelivery = (row: WebhookDeliveryRow, { root }: Scope): WebhookDeliveryResource => ({
  sid: row.sid,
  account_sid: row.account_sid,
  chat_service_sid: row.chat_service_sid,
  conversation_sid: row.conversation_sid,
  webhook_sid: row.webhook_sid,
  level: row.level,
  phase: row.phase,
  event_type: row.event_type,
  target_url: withoutCredentials(row.url),
  method: row.method,
  parameters: Object.fromEntries(JSON.parse(row.parameters)),
  idempotency_token: row.idempotency_token,
  state: row.state,
  attempts: row.attempts,
  last_status: row.last_status,
  last_error: row.last_error,
  date_attempted: row.date_attempted === null ? null : toDateTime(row.date_attempted),
  date_created: toDateTime(row.date_created),
  date_updated: toDateTime(row.date_updated),
  url: `${root}/Webhooks/Deliveries/${row.sid}`,
})

export const toWebhookAttempt = (row: WebhookAttemptRow): WebhookDeliveryWithAttempts['attempt_log'][number] => ({
  retry_count: row.retry_count,
  request_headers: JSON.parse(row.request_headers),
  response_status: row.response_status,
  response_headers: row.response_headers === null ? null : JSON.parse(row.response_headers),
  response_body: row.response_body,
  error: row.error,
  date_started: toDateTime(row.date_started),
  duration: row.duration,
})

/** A password in a URL is a secret. */
function withoutCredentials(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.username === '' && url.password === '')) return text
  url.username = ''
  url.password = ''
  return url.href
}
