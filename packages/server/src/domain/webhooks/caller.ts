import type { WebhookDeliveryRow } from '../../storage/schema.ts'

/** A question to a receiver before something is done (webhooks §5). */
export interface PreAction
  extends Pick<WebhookDeliveryRow, 'account_sid' | 'chat_service_sid' | 'conversation_sid' | 'event_type' | 'url' | 'method'> {
  level: 'account' | 'service'
  /** Names and values in the order in which they are sent, without `RetryCount`. */
  parameters: readonly (readonly [name: string, value: string])[]
}

/** What a receiver made of it. */
export type PreAnswer =
  /** It may be done; with the values of `changes`, as they came: nobody has looked at them yet. */
  | { kind: 'passed'; changes?: Record<string, unknown> }
  /** It may not. `status` is that of the answer, `body` its text when it had one. */
  | { kind: 'rejected'; status: number; body?: string }
  /** There was no answer that says anything: what happens then is configured. */
  | { kind: 'failed'; reason: PreFailure }

/** `refused`: the address is not allowed. `answer`: too long, or no JSON object. `stopping`: this server ends, and the receiver is at no fault. */
export type PreFailure = 'timeout' | 'connection' | 'refused' | 'answer' | 'stopping'

/** Asks receivers before something is done. */
export interface WebhookCaller {
  /** Whether an action without an answer is refused, where a configuration does not say. */
  readonly failClosed: boolean
  /**
   * Calls the receiver and waits for its answer, as long as the budget lasts. Nobody holds a transaction meanwhile. Never throws. The call is
   * logged as a delivery of the phase `pre`.
   */
  ask(request: PreAction): Promise<PreAnswer>
}
