import type { Clock } from '../base/clock.ts'
import { vitals } from '../base/vitals.ts'
import type { WebhookAttemptRow } from '../storage/schema.ts'
import type { Call, CallResult } from './call.ts'
import type { Transport } from './transport.ts'

/** One try of a webhook, and what the log says of it. */
export interface Attempt {
  result: CallResult
  row: Omit<WebhookAttemptRow, 'delivery_sid'>
}

/** What sends. */
export interface Sending {
  transport: Transport
  clock: Clock
  pacing: Clock
}

/** Calls a receiver. Never throws. */
export function attempt({ transport, clock, pacing }: Sending, call: Omit<Call, 'id'>): Promise<Attempt> {
  const { retry_count } = call
  const date_started = clock.now()
  const begun = pacing.now()
  // No function is suspended here: it would hold all that is sent until there is an answer.
  return transport.call(call).then(({ result, logged }) => {
    const duration = pacing.now() - begun
    vitals.webhooks.add(duration)
    return { result, row: { retry_count, date_started, duration, ...logged } }
  })
}
