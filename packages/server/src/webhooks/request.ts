import type { KeyObject } from 'node:crypto'
import type { WebhookDeliveryRow } from '../storage/schema.ts'
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

export type Sendable = Pick<WebhookDeliveryRow, 'url' | 'method' | 'idempotency_token'> & { parameters: Parameters }

/**
 * The request of a webhook (webhooks §3). In all attempts it is the same but for `RetryCount`, and so the signature.
 * @param authToken the account's
 * @throws for a URL that cannot be called
 */
export function requestOf(
  { url, method, parameters, idempotency_token }: Sendable,
  retryCount: number,
  authToken: string | KeyObject,
): OutgoingRequest {
  const { address, origin, path, search, authorization } = targetOf(url)
  const sent: Parameters = [...parameters, ['RetryCount', String(retryCount)]]
  const text = new URLSearchParams(sent as [string, string][]).toString()
  const headers: Record<string, string> = { accept: '*/*', 'user-agent': 'Parley', 'i-twilio-idempotency-token': idempotency_token }
  if (authorization) headers['authorization'] = authorization
  if (method === 'GET') {
    // What is signed is what is sent, letter by letter.
    const target = new URL(address)
    target.search = search === '' ? text : `${search}&${text}`
    headers['x-twilio-signature'] = sign(authToken, target.href, [])
    return { method, origin, path: target.pathname + target.search, headers, body: null }
  }
  headers['content-type'] = 'application/x-www-form-urlencoded; charset=utf-8'
  headers['x-twilio-signature'] = sign(authToken, address, sent)
  return { method, origin, path: path + search, headers, body: text }
}

/** What there is to know of a URL. */
interface Target {
  /** Without the fragment, which is neither sent nor signed. */
  address: string
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
  const address = url.replace(/#.*$/s, '')
  const { protocol, origin, pathname: path, search, username, password } = new URL(address)
  if (!/^https?:$/.test(protocol)) throw new TypeError('Webhooks are sent by HTTP')
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const authorization = username + password === '' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  const target = { address, origin, path, search, authorization }
  if (targets.size >= targetsKept) targets.clear()
  targets.set(url, target)
  return target
}
