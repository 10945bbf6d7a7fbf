import type { KeyObject } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { vitals } from '../base/vitals.ts'
import type { WebhookAttemptRow } from '../storage/schema.ts'
import { type OutgoingRequest, requestOf, type Sendable } from './request.ts'
import type { CallResult, Transport } from './transport.ts'

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

/** Characters of an answer that are kept. */
const keptAnswer = 2_000
/** Headers that may hold secrets. */
const secrets = /^(proxy-)?authorization$|cookie|secret|token$|api-?key/i
const notSecret = 'i-twilio-idempotency-token'

/** Calls a receiver. Never throws. */
export function attempt(
  { transport, clock, pacing }: Sending,
  delivery: Sendable,
  retry_count: number,
  authToken: KeyObject,
): Promise<Attempt> {
  const date_started = clock.now()
  const begun = pacing.now()
  const request = readyRequest(delivery, retry_count, authToken)
  const request_headers = JSON.stringify(withoutSecrets(request?.headers ?? {}))
  const calling = request ? transport.call(request) : Promise.resolve(uncallable)
  return outcome(calling, { retry_count, request_headers, date_started }, begun, pacing)
}

const uncallable: CallResult = { failure: { reason: 'refused', text: 'The URL is none that can be called' } }

/** Waits for what comes of a call, perhaps for seconds, and meanwhile holds no more of it than the log will say. */
async function outcome(
  calling: Promise<CallResult>,
  sent: Pick<Attempt['row'], 'retry_count' | 'request_headers' | 'date_started'>,
  begun: number,
  pacing: Clock,
): Promise<Attempt> {
  const result = await calling
  const duration = pacing.now() - begun
  vitals.webhooks.add(duration)
  const answer = 'answer' in result ? result.answer : undefined
  return {
    result,
    row: {
      response_status: answer?.status ?? null,
      response_headers: answer ? storable(JSON.stringify(withoutSecrets(answer.headers))) : null,
      response_body: answer ? storable(answer.body.slice(0, keptAnswer)) : null,
      error: 'failure' in result ? storable(result.failure.text) : null,
      duration,
      ...sent,
    },
  }
}

function readyRequest(delivery: Sendable, retryCount: number, authToken: KeyObject): OutgoingRequest | undefined {
  try {
    return requestOf(delivery, retryCount, authToken)
  } catch {
    return undefined
  }
}

/** Most headers come with every answer, so what there is to say of their names is said once. */
const known = new Map<string, boolean>()
const namesKept = 1_000

function isSecret(name: string): boolean {
  let secret = known.get(name)
  if (secret === undefined) {
    secret = secrets.test(name) && name !== notSecret
    if (known.size >= namesKept) known.clear()
    known.set(name, secret)
  }
  return secret
}

function withoutSecrets(headers: Record<string, string>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const name of Object.keys(headers)) shown[name] = isSecret(name) ? '[hidden]' : (headers[name] as string)
  return shown
}

/** NUL, which PostgreSQL does not store, and what may be a character that was cut in half. */
const doubtful = /[\0\uD800-\uDFFF]/
const storable = (text: string) => (doubtful.test(text) ? Buffer.from(text.replaceAll('\0', '\uFFFD')).toString() : text)
