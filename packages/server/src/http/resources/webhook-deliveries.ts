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
  target_url: withoutSecrets(row.url),
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

/** Parameters of a URL that are likely to hold secrets; `code` is what functions of a cloud call theirs. */
const secrets = /token|secret|passw|signature|credential|api[-_]?key|^(auth|key|sig|code)$/i

/** The URL without what proves who calls. */
function withoutSecrets(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const hidden = [...(url?.searchParams.keys() ?? [])].filter((name) => secrets.test(name))
  if (!url || (url.username === '' && url.password === '' && hidden.length === 0)) return text
  url.username = ''
  url.password = ''
  for (const name of hidden) url.searchParams.set(name, 'hidden')
  return url.href
}
