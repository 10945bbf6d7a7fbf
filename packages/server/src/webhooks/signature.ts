import { createHmac, type KeyObject } from 'node:crypto'

/** Names and values in the order in which they are sent. */
export type Parameters = readonly (readonly [name: string, value: string])[]

const inOrder = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

/**
 * `X-Twilio-Signature` (webhooks §6): by it a receiver knows that a request comes from who has the account's auth token. The parameters of a body are
 * signed with the URL, sorted by their names; those of a query are part of the URL, and `parameters` is empty.
 */
export function sign(authToken: string | KeyObject, url: string, parameters: Parameters): string {
  const sorted = [...parameters].sort(([name, value], [otherName, otherValue]) => inOrder(name, otherName) || inOrder(value, otherValue))
  let signed = url
  let [before, beforeValue]: readonly [string?, string?] = []
  for (const [name, value] of sorted) {
    // A value that is said twice is signed once.
    if (name !== before || value !== beforeValue) signed += name + value
    ;[before, beforeValue] = [name, value]
  }
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64')
}
