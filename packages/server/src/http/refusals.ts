import {
  type ErrorBody,
  type ErrorDetails,
  type ErrorName,
  formName,
  type Limits,
  limitExceeded,
  ParleyError,
  toErrorBody,
} from '@parley/protocol'

/** What says that something is missing. Named by the path it is 20404 for REST callers; named by a parameter it keeps its own code. */
const missing: ReadonlySet<ErrorName> = new Set([
  'resource-not-found',
  'service-not-found',
  'conversation-not-found',
  'participant-not-found',
  'not-a-participant',
  'message-not-found',
  'receipt-not-found',
  'user-not-found',
  'role-not-found',
  'conversation-webhook-not-found',
  'credential-not-found',
  'binding-not-found',
])

/** The answer to a path that leads nowhere; the text has the path without its version (rest-api §1.8). */
export function nothingThere(url: string): ParleyError {
  const path = url.split('?', 1)[0]?.replace(/^\/v1(?=\/)/, '')
  return new ParleyError('resource-not-found', { text: `The requested resource ${path} was not found` })
}

/** What fastify refuses by itself, in our words. Other errors of status 4xx are requests that broke off or were garbled on the way. */
function refusedByFastify(error: unknown, limits: Limits): ParleyError | undefined {
  const { code, statusCode = 500 } = (error ?? {}) as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return limitExceeded('request-too-large', 'requestBodyBytes', limits.requestBodyBytes)
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedType()
  if (code === 'FST_ERR_BAD_URL') return new ParleyError('parameter-invalid', { text: 'Invalid path: percent-encoded UTF-8 is expected' })
  return statusCode < 500 ? new ParleyError('parameter-invalid', { text: 'The request is malformed' }) : undefined
}

/** The answer to a body of another type than the one expected: a form, for most. */
export const unsupportedType = (expected = 'application/x-www-form-urlencoded') =>
  new ParleyError('content-type-unsupported', { details: { expected } })

/**
 * Whatever went wrong, as what the caller is told; `undefined` for an error of our own, which is nobody's business.
 *
 * A refusal speaks of fields by our names, or by the caller's; a caller who sends forms reads `MessagingBinding.ProxyAddress`.
 */
export function toRefusal(error: unknown, url: string, limits: Limits, body?: 'json'): ParleyError | undefined {
  if (!(error instanceof ParleyError)) return refusedByFastify(error, limits)
  const field = error.details?.['field']
  if (typeof field !== 'string') return missing.has(error.reason) ? nothingThere(url) : error
  if (body === 'json') return error
  const spelled: ErrorDetails = { ...error.details, field: field.split('.').map(formName).join('.') }
  return new ParleyError(error.reason, { text: error.message, details: spelled, cause: error.cause })
}

/** The body of an answer about an error of our own. */
export const internalError = (): ErrorBody => toErrorBody(new ParleyError('internal-error'))
