import { type Static, Type } from '@sinclair/typebox'
import { instant, lastInstant, sid, text, word } from './fields.ts'

/**
 * `waiting`: to be called, or called again. `delivered`: the receiver has answered. `failed`: it refused for good; or, before an action, there was no
 * answer. `dead`: given up after the last retry.
 */
export const webhookDeliveryStates = ['waiting', 'delivered', 'failed', 'dead'] as const
export type WebhookDeliveryState = (typeof webhookDeliveryStates)[number]

const narrowing = {
  conversation_sid: Type.Optional(sid('conversation')),
  event_type: Type.Optional(text()),
  start_date: Type.Optional(instant()),
  end_date: Type.Optional(lastInstant()),
}

/** Filters of the log of webhooks, newest first. */
export const ListWebhookDeliveries = Type.Object({ ...narrowing, state: Type.Optional(word(webhookDeliveryStates)) })
export type ListWebhookDeliveries = Static<typeof ListWebhookDeliveries>

/** Which deliveries are sent again: those of one state, `dead` when absent; behind the delivery `after_sid`, for who goes on. */
export const ReplayWebhookDeliveries = Type.Object({
  ...narrowing,
  state: Type.Optional(word(['delivered', 'failed', 'dead'])),
  after_sid: Type.Optional(sid('webhookDelivery')),
})
export type ReplayWebhookDeliveries = Static<typeof ReplayWebhookDeliveries>
