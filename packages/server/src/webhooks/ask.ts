import type { Settings } from '../base/config.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { PreAction, PreAnswer, WebhookCaller } from '../domain/webhooks/caller.ts'
import type { Store } from '../storage/store.ts'
import { type Attempt, attempt, type Sending } from './attempt.ts'
import type { AuthTokens } from './auth-tokens.ts'
import { CallLog } from './call-log.ts'
import { attemptSeconds, preAnswers } from './metrics.ts'
import type { Answer, CallResult } from './transport.ts'

interface Asking extends Sending {
  store: Store
  authTokens: AuthTokens
  ids: Ids
  log: Log
  settings: Pick<Settings, 'webhookWithoutAnswer'>
}

/** Calls receivers before something is done (webhooks §5). */
export function createCaller(sending: Asking): WebhookCaller & { close(): Promise<void> } {
  const { store, authTokens, ids, clock, pacing, log, settings } = sending
  const calls = new CallLog(store, pacing, log)

  async function ask(request: PreAction): Promise<PreAnswer> {
    const sid = ids.sid('webhookDelivery')
    const date_created = clock.now()
    const sendable = { ...request, idempotency_token: ids.uuid() }
    const authToken = await authTokens.of(request.account_sid)
    if (authToken === undefined) return { kind: 'failed', reason: 'refused' }
    const tried = await attempt(sending, sendable, 0, authToken)
    const answer = answerOf(tried.result)
    measure(tried, answer)
    const now = clock.now()
    calls.add({
      delivery: {
        sid,
        account_sid: request.account_sid,
        chat_service_sid: request.chat_service_sid,
        conversation_sid: request.conversation_sid,
        webhook_sid: null,
        level: request.level,
        phase: 'pre',
        event_type: request.event_type,
        url: request.url,
        method: request.method,
        parameters: JSON.stringify(request.parameters),
        idempotency_token: sendable.idempotency_token,
        state: answer.kind === 'failed' ? 'failed' : 'delivered',
        attempts: 1,
        last_status: tried.row.response_status,
        last_error: answer.kind === 'failed' ? (tried.row.error ?? 'The answer is no JSON object, or too long') : null,
        date_attempted: now,
        date_created,
        date_updated: now,
      },
      attempt: { ...tried.row, delivery_sid: sid },
    })
    return answer
  }

  return {
    failClosed: settings.webhookWithoutAnswer === 'refuse',
    ask: (request) =>
      ask(request).catch((cause): PreAnswer => {
        log.error({ err: cause, event_type: request.event_type }, 'A pre-action webhook could not be called')
        return { kind: 'failed', reason: 'connection' }
      }),
    close: () => calls.close(),
  }
}

function answerOf(result: CallResult): PreAnswer {
  if ('failure' in result) {
    const { reason } = result.failure
    return { kind: 'failed', reason: reason === 'stopping' ? 'connection' : reason }
  }
  const { answer } = result
  if (answer.status >= 300) return { kind: 'rejected', status: answer.status, ...(answer.body === '' ? {} : { body: answer.body }) }
  return changesIn(answer)
}

/**
 * The changes that an answer asks for. Text that is no JSON, such as the `OK` of many frameworks, asks for none, unless it is called JSON: then
 * nobody knows what was meant.
 */
function changesIn({ headers, body, tooLong }: Answer): PreAnswer {
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(headers['content-type'] ?? '')
  if (body.trim() === '') return { kind: 'passed' }
  if (tooLong) return { kind: 'failed', reason: 'answer' }
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
