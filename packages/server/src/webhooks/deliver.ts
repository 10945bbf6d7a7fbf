import type { Clock } from '../base/clock.ts'
import type { Settings } from '../base/config.ts'
import type { Log } from '../base/log.ts'
import type { JobHandler } from '../jobs/runner.ts'
import type { WebhookDeliveryRow } from '../storage/schema.ts'
import type { Store } from '../storage/store.ts'
import type { CarriedDelivery, DeliveryPayload, DeliveryResult, DeliveryToSend } from '../storage/webhook-deliveries.ts'
import { attempt, type Sending } from './attempt.ts'
import type { AuthTokens } from './auth-tokens.ts'
import type { Answer, CallResult } from './call.ts'
import { attemptSeconds, countAttempt } from './metrics.ts'

interface Delivering extends Sending {
  store: Store
  authTokens: AuthTokens
  log: Log
  settings: Pick<Settings, 'webhookRetries' | 'webhookRetrySeconds' | 'webhookConcurrency'>
}

/** The longest pause before a retry, also when the receiver asks for a longer one, in milliseconds. */
const longestPause = 3_600_000

/** Sends post-action webhooks (webhooks §5.1): again after no answer, a 429 or a 5xx; every other answer is final. */
export function deliveryHandler(sending: Delivering): JobHandler {
  const { store, authTokens, clock, log, settings } = sending

  const find = (payload: string): Promise<DeliveryToSend | undefined> => {
    const { delivery_sid }: DeliveryPayload = JSON.parse(payload)
    return store.read.deliveries.toSend(delivery_sid)
  }

  return {
    attempts: settings.webhookRetries + 1,
    backOff: { first: settings.webhookRetrySeconds * 1_000, most: longestPause, factor: 4 },
    concurrency: settings.webhookConcurrency,

    async run(job, carried) {
      const delivery = (carried as CarriedDelivery | undefined)?.delivery ?? (await find(job.payload))
      // Its time in the log was over.
      if (!delivery) return { kind: 'done' }
      const { sid, account_sid, url, method, parameters, idempotency_token, attempts } = delivery
      const resultOf = (state: WebhookDeliveryRow['state'], last_error: string | null, last_status: number | null): DeliveryResult => {
        const now = clock.now()
        return { sid, state, attempts: attempts + 1, last_status, last_error, date_attempted: now, date_updated: now }
      }
      let auth_token: string | undefined
      try {
        auth_token = await authTokens.of(account_sid)
      } catch (cause) {
        // Said here as well as by the job, so that who looks for what was not delivered finds it, and can send it again.
        log.error({ err: cause, delivery_sid: sid }, 'A webhook could not be signed')
        const error = 'It could not be signed; the log of the server tells why'
        return {
          kind: 'retry',
          error,
          record: async (tx, { state }) => {
            countAttempt(state)
            await tx.deliveries.save(resultOf(state, error, null))
          },
        }
      }
      // Its account is no more.
      if (auth_token === undefined) return { kind: 'done' }
      const call = { phase: 'post', url, method, parameters, idempotency_token, retry_count: attempts, auth_token } as const
      const { result, row } = await attempt(sending, call)
      if ('failure' in result && result.failure.reason === 'stopping') return { kind: 'left' }
      attemptSeconds.post.observe(row.duration / 1_000)
      const verdict = verdictOn(result, clock)

      return {
        record: async (tx, settled) => {
          const state = verdict.state ?? settled.state
          countAttempt(state)
          await tx.deliveries.save(resultOf(state, verdict.error ?? null, row.response_status))
          await tx.deliveries.insertAttempt({ delivery_sid: sid, ...row })
        },
        ...(verdict.state === undefined ? { kind: 'retry', error: verdict.error, after: verdict.after } : { kind: 'done' }),
      }
    },
  }
}

/** What an answer, or none, means; without a `state` it is tried again. */
type Verdict =
  | { state: 'delivered'; error?: undefined }
  | { state: 'failed'; error: string }
  | { state?: undefined; error: string; after: number }

function verdictOn(result: CallResult, clock: Clock): Verdict {
  if ('failure' in result) {
    const { reason, text: error } = result.failure
    return reason === 'refused' ? { state: 'failed', error } : { error, after: 0 }
  }
  const { status } = result.answer
  if (status < 300) return { state: 'delivered' }
  if (status === 429 || status >= 500) return { error: `The receiver answered ${status}`, after: pauseAsked(result.answer, clock) }
  return { state: 'failed', error: `The receiver answered ${status}${status < 400 ? '; redirects are not followed' : ''}` }
}

/** How long the receiver wants to be left alone, in milliseconds: it says so in seconds, or with a date. */
function pauseAsked({ retryAfter }: Answer, clock: Clock): number {
  const said = retryAfter.trim()
  const pause = /^\d{1,9}$/.test(said) ? Number(said) * 1_000 : Date.parse(said) - clock.now()
  return Number.isNaN(pause) ? 0 : Math.min(longestPause, Math.max(0, pause))
}
