import type { WebhookDeliveryRow } from '../storage/schema.ts'
import { type Parameters, sign } from './signature.ts'

/** A request as it goes over the wire. */
export interface OutgoingRequest {
  method: 'GET' | 'POST'
  url: string
  headers: Record<string, string>
  body: string | undefined
}

export type Sendable = Pick<WebhookDeliveryRow, 'url' | 'method' | 'idempotency_token'> & { parameters: Parameters }

/**
 * The request of a webhook (webhooks §3). In all attempts it is the same but for `RetryCount`, and so the signature.
 * @param authToken the account's
 */
export function requestOf(
  { url, method, parameters, idempotency_token }: Sendable,
  retryCount: number,
  authToken: string,
): OutgoingRequest {
  // A fragment is neither sent nor signed.
  const address = url.replace(/#.*$/s, '')
  const sent: Parameters = [...parameters, ['RetryCount', String(retryCount)]]
  const text = new URLSearchParams(sent.map(([name, value]) => [name, value])).toString()
  const headers = { accept: '*/*', 'user-agent': 'Parley', 'i-twilio-idempotency-token': idempotency_token, ...authorizationIn(address) }
  if (method === 'GET') {
    // What is signed is what is sent, letter by letter.
    const target = new URL(address)
    target.search = target.search === '' ? text : `${target.search}&${text}`
    return { method, url: target.href, headers: { ...headers, 'x-twilio-signature': sign(authToken, target.href, []) }, body: undefined }
  }
  return {
    method,
    url: address,
    headers: {
      ...headers,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'x-twilio-signature': sign(authToken, address, sent),
    },
    body: text,
  }
}

/** Credentials that stand in the URL go where receivers look for them. */
function authorizationIn(url: string): { authorization?: string } {
  const { username, password } = new URL(url)
  if (username === '' && password === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
}
