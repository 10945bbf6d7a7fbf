import { createHmac } from 'node:crypto'

/** Names and values in the order in which they are sent. */
export type Parameters = readonly (readonly [name: string, value: string])[]

const inOrder = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

/**
 * `X-Twilio-Signature` (webhooks §6): by it a receiver knows that a request comes from who has the account's auth token. The parameters of a body are
 * signed with the URL, sorted by their names; those of a query are part of the URL, and `parameters` is empty.
 */
export function sign(authToken: string, url: string, parameters: Parameters): string {
  const values = new Map<string, Set<string>>()
  for (const [name, value] of parameters) values.set(name, (values.get(name) ?? new Set()).add(value))
  const hmac = createHmac('sha1', authToken).update(url)
  for (const name of [...values.keys()].sort(inOrder))
    for (const value of [...(values.get(name) ?? [])].sort(inOrder)) hmac.update(name + value, 'utf8')
  return hmac.digest('base64')
}
