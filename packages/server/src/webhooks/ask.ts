import type { Settings } from '../base/config.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { PreAction, PreAnswer, WebhookCaller } from '../domain/webhooks/caller.ts'
import type { WebhookDeliveryRow } from '../storage/schema.ts'
import type { Store } from '../storage/store.ts'
import { type Attempt, attempt, type Sending } from './attempt.ts'
import type { AuthTokens } from './auth-tokens.ts'
import type { Answer, CallResult } from './call.ts'
import { CallLog } from './call-log.ts'
import { attemptSeconds, preAnswers } from './metrics.ts'

interface Asking extends Sending {
  store: Store
  authTokens: AuthTokens
  ids: Ids
  log: Log
  settings: Pick<Settings, 'webhookWithoutAnswer'>
}

/** A question that was put, as the log will have it. */
type Asked = Omit<PreAction, 'parameters'> & Pick<WebhookDeliveryRow, 'sid' | 'date_created' | 'idempotency_token' | 'parameters'>

/** Calls receivers before something is done (webhooks §5). */
export function createCaller(sending: Asking): WebhookCaller & { close(): Promise<void> } {
  const { store, authTokens, ids, clock, pacing, log, settings } = sending
  const calls = new CallLog(store, pacing, log)

  async function ask(request: PreAction): Promise<PreAnswer> {
    const auth_token = await authTokens.of(request.account_sid)
    if (auth_token === undefined) return { kind: 'failed', reason: 'refused' }
    const asked: Asked = {
      sid: ids.sid('webhookDelivery'),
      date_created: clock.now(),
      idempotency_token: ids.uuid(),
      ...request,
      parameters: JSON.stringify(request.parameters),
    }
    const { url, method, parameters, idempotency_token } = asked
    return answered(asked, attempt(sending, { phase: 'pre', url, method, parameters, idempotency_token, retry_count: 0, auth_token }))
  }

  /** Waits for an answer, perhaps for seconds, and meanwhile holds no more of the question than the log will say. */
  async function answered(asked: Asked, attempting: Promise<Attempt>): Promise<PreAnswer> {
    const tried = await attempting
    const answer = answerOf(tried.result)
    measure(tried, answer)
    const now = clock.now()
    calls.add({
      delivery: {
        webhook_sid: null,
        phase: 'pre',
        state: answer.kind === 'failed' ? 'failed' : 'delivered',
        attempts: 1,
        last_status: tried.row.response_status,
        last_error: answer.kind === 'failed' ? (tried.row.error ?? 'The answer is no JSON object, too long, or compressed') : null,
        date_attempted: now,
        date_updated: now,
        ...asked,
      },
      attempt: { delivery_sid: asked.sid, ...tried.row },
    })
    return answer
  }

  return {
    failClosed: settings.webhookWithoutAnswer === 'refuse',
    ask(request) {
      const { event_type } = request
      return ask(request).catch((cause): PreAnswer => {
        log.error({ err: cause, event_type }, 'A pre-action webhook could not be called')
        return { kind: 'failed', reason: 'connection' }
      })
    },
    close: () => calls.close(),
  }
}

function answerOf(result: CallResult): PreAnswer {
  if ('failure' in result) return { kind: 'failed', reason: result.failure.reason }
  const { answer } = result
  if (answer.status >= 300) return { kind: 'rejected', status: answer.status, ...(answer.body === '' ? {} : { body: answer.body }) }
  return changesIn(answer)
}

/**
 * The changes that an answer asks for. Text that is no JSON, such as the `OK` of many frameworks, asks for none, unless it is called JSON: then
 * nobody knows what was meant.
 */
function changesIn({ contentType, body, unreadable }: Answer): PreAnswer {
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(contentType)
  if (body.trim() === '') return { kind: 'passed' }
  if (unreadable) return { kind: 'failed', reason: 'answer' }
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return isJson ? { kind: 'failed', reason: 'answer' } : { kind: 'passed' }
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.keys(value).length === 0 ? { kind: 'passed' } : { kind: 'passed', changes: value as Record<string, unknown> }
  return isJson ? { kind: 'failed', reason: 'answer' } : { kind: 'passed' }
}

function measure({ row }: Attempt, answer: PreAnswer): void {
  const outcome = answer.kind === 'failed' ? answer.reason : answer.kind === 'passed' && answer.changes ? 'changed' : answer.kind
  attemptSeconds.pre.observe(row.duration / 1_000)
  preAnswers.inc({ outcome })
}
