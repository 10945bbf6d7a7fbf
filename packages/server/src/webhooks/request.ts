import type { KeyObject } from 'node:crypto'
import { unescape as unescaped } from 'node:querystring'
import type { Call } from './call.ts'
import { type Parameters, sign } from './signature.ts'

/** A request as it goes over the wire. */
export interface OutgoingRequest {
  method: 'GET' | 'POST'
  origin: string
  /** With the query. */
  path: string
  headers: Record<string, string>
  body: string | null
}

/**
 * The request of a webhook (webhooks §3). In all attempts it is the same but for `RetryCount`, and so the signature.
 * @param authToken the account's
 * @throws for a URL that cannot be called
 */
export function requestOf(
  { url, method, parameters, idempotency_token, retry_count }: Omit<Call, 'id' | 'phase' | 'auth_token'>,
  authToken: string | KeyObject,
): OutgoingRequest {
  const { origin, path, search, authorization } = targetOf(url)
  const sent: Parameters = [...JSON.parse(parameters), ['RetryCount', String(retry_count)]]
  const text = new URLSearchParams(sent as [string, string][]).toString()
  const headers: Record<string, string> = {
    accept: '*/*',
    // Who does not say so may be answered in any encoding.
    'accept-encoding': 'identity',
    'user-agent': 'Parley',
    'i-twilio-idempotency-token': idempotency_token,
  }
  if (authorization) headers['authorization'] = authorization
  if (method === 'GET') {
    const asked = `${path}${search === '' ? '?' : `${search}&`}${text}`
    headers['x-twilio-signature'] = sign(authToken, origin + asked, [])
    return { method, origin, path: asked, headers, body: null }
  }
  headers['content-type'] = 'application/x-www-form-urlencoded; charset=utf-8'
  headers['x-twilio-signature'] = sign(authToken, origin + path + search, sent)
  return { method, origin, path: path + search, headers, body: text }
}

/**
 * What there is to know of a URL. What is signed is what is sent, letter by letter, so that a receiver can tell from the request alone: a host in
 * other letters as it is looked up, everything else escaped, and neither fragment nor credentials.
 */
interface Target {
  origin: string
  path: string
  search: string
  /** Credentials that stand in the URL go where receivers look for them. */
  authorization: string | undefined
}

const targets = new Map<string, Target>()
const targetsKept = 1_000

/** A receiver is called again and again, so URLs are read once. */
function targetOf(url: string): Target {
  const known = targets.get(url)
  if (known) return known
  const { protocol, origin, pathname: path, search, username, password } = new URL(url)
  if (!/^https?:$/.test(protocol)) throw new TypeError('Webhooks are sent by HTTP')
  const credentials = `${unescaped(username)}:${unescaped(password)}`
  const authorization = username + password === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  const target = { origin, path, search, authorization }
  if (targets.size >= targetsKept) targets.clear()
  targets.set(url, target)
  return target
}
