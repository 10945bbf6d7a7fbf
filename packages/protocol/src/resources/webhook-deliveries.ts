import { type Static, Type } from '@sinclair/typebox'
import { webhookDeliveryStates } from '../webhook-deliveries.ts'
import { DateTime, nullable, SidOf, Url, Word } from './values.ts'

const Headers = Type.Record(Type.String(), Type.String())

/** One try of a delivery. Secrets are `[hidden]`; of a long answer there is the beginning. */
const WebhookAttempt = Type.Object({
  retry_count: Type.Integer(),
  request_headers: Headers,
  response_status: nullable(Type.Integer()),
  response_headers: nullable(Headers),
  response_body: nullable(Type.String()),
  error: nullable(Type.String()),
  date_started: DateTime,
  /** In milliseconds. */
  duration: Type.Integer(),
})

/** A webhook that was called, or is to be called (no resource of the original). */
export const WebhookDeliveryResource = Type.Object({
  sid: SidOf('webhookDelivery'),
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  conversation_sid: nullable(SidOf('conversation')),
  webhook_sid: nullable(SidOf('conversationWebhook')),
  level: Word(['account', 'service', 'conversation']),
  phase: Word(['pre', 'post']),
  event_type: Type.String(),
  /** The receiver's; `url` is this resource's own. */
  target_url: Type.String(),
  method: Word(['GET', 'POST']),
  parameters: Type.Record(Type.String(), Type.String()),
  idempotency_token: Type.String(),
  state: Word(webhookDeliveryStates),
  attempts: Type.Integer(),
  last_status: nullable(Type.Integer()),
  last_error: nullable(Type.String()),
  date_attempted: nullable(DateTime),
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
})
export type WebhookDeliveryResource = Static<typeof WebhookDeliveryResource>

/** A delivery with all its attempts. */
export const WebhookDeliveryWithAttempts = Type.Composite([
  WebhookDeliveryResource,
  Type.Object({ attempt_log: Type.Array(WebhookAttempt) }),
])
export type WebhookDeliveryWithAttempts = Static<typeof WebhookDeliveryWithAttempts>

/** What came of a replay. `more`: ask again, with `after_sid`, for those that are left. */
export const WebhookReplayResource = Type.Object({
  replayed: Type.Integer(),
  more: Type.Boolean(),
  after_sid: nullable(SidOf('webhookDelivery')),
})
export type WebhookReplayResource = Static<typeof WebhookReplayResource>
