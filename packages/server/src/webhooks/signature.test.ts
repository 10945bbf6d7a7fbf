import { expect, it } from 'vitest'
import { requestOf } from './request.ts'
import { sign } from './signature.ts'

/** The worked examples of webhooks §6: the official validators accept them. */
const authToken = '12345678901234567890123456789012'
const url = 'https://example.com/hooks/conversations?env=prod'
const parameters: [string, string][] = [
  ['EventType', 'onMessageAdded'],
  ['AccountSid', 'AC0123456789abcdef0123456789abcdef'],
  ['ConversationSid', `CH${'a'.repeat(32)}`],
  ['MessageSid', `IM${'b'.repeat(32)}`],
  ['MessagingServiceSid', `MG${'d'.repeat(32)}`],
  ['Index', '3'],
  ['DateCreated', '2024-05-06T07:08:09.123Z'],
  ['Body', 'Café & crème: 1+1=2'],
  ['Author', 'alice'],
  ['ParticipantSid', `MB${'c'.repeat(32)}`],
  ['Attributes', '{"k":"v"}'],
  ['Source', 'SDK'],
  ['ClientIdentity', 'alice'],
]
const sendable = {
  url,
  method: 'POST',
  parameters: JSON.stringify(parameters),
  idempotency_token: 'b7a1d1f0-0000-4000-8000-000000000000',
  retry_count: 0,
} as const

it('a POST is signed as in the worked example, and the body holds what was signed', () => {
  const request = requestOf(sendable, authToken)

  expect(request.headers).toMatchObject({
    'x-twilio-signature': 'K3RNKpCULAcxADDKTXrLXNRKxyA=',
    'i-twilio-idempotency-token': sendable.idempotency_token,
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
  })
  expect([...new URLSearchParams(request.body ?? '')]).toEqual([...parameters, ['RetryCount', '0']])
})

it('a GET is signed as in the worked example, and the URL is what was signed', () => {
  const request = requestOf({ ...sendable, url: 'https://example.com/hooks/conversations', method: 'GET' }, authToken)

  expect(request.headers['x-twilio-signature']).toBe('ChrR1nCIihqYbaNJKYQmtgNnJ6I=')
  expect(request.origin + request.path).toContain('/hooks/conversations?EventType=onMessageAdded&')
  expect(request.origin + request.path).toContain('Body=Caf%C3%A9+%26+cr%C3%A8me%3A+1%2B1%3D2')
  expect(request.body).toBeNull()
})

it('a GET keeps the query that was configured, and a fragment is neither sent nor signed', () => {
  const request = requestOf({ ...sendable, url: `${url}#rc=2`, method: 'GET', parameters: '[]', retry_count: 1 }, authToken)
  expect(request.origin + request.path).toBe('https://example.com/hooks/conversations?env=prod&RetryCount=1')

  const posted = requestOf({ ...sendable, url: `${url}#rc=2` }, authToken)
  expect(posted.origin + posted.path).toBe(url)
  expect(posted).toMatchObject({ headers: { 'x-twilio-signature': 'K3RNKpCULAcxADDKTXrLXNRKxyA=' } })
})

it('a retry is signed anew, with its number, and has the same token', () => {
  const [first, second] = [requestOf(sendable, authToken), requestOf({ ...sendable, retry_count: 1 }, authToken)]
  expect(second.body).toContain('RetryCount=1')
  expect(second.headers['x-twilio-signature']).not.toBe(first.headers['x-twilio-signature'])
  expect(second.headers['i-twilio-idempotency-token']).toBe(first.headers['i-twilio-idempotency-token'])
})

it('a name that occurs several times is signed with each of its values, sorted and once', () => {
  const sorted = sign(authToken, url, [
    ['A', '1'],
    ['A', '2'],
    ['B', ''],
  ])
  expect(
    sign(authToken, url, [
      ['B', ''],
      ['A', '2'],
      ['A', '1'],
      ['A', '2'],
    ]),
  ).toBe(sorted)
})

it('credentials in a URL are sent where receivers look for them, and not signed: nobody sees them in the URL of a request', () => {
  const request = requestOf({ ...sendable, url: url.replace('://', '://me:p%40ss@') }, authToken)
  expect(request.headers).toMatchObject({ authorization: `Basic ${btoa('me:p@ss')}`, 'x-twilio-signature': 'K3RNKpCULAcxADDKTXrLXNRKxyA=' })
  expect(request.origin + request.path).toBe(url)

  const odd = requestOf({ ...sendable, url: 'https://100%25:50%@example.com/' }, authToken)
  expect(odd.headers['authorization']).toBe(`Basic ${btoa('100%:50%')}`)
})

it.each(['POST', 'GET'] as const)('a URL in any writing is signed as a receiver of a %s sees it', (method) => {
  const configured = "HTTPS://Hooks.MÜNCHEN.example:443/grüße/../hooks?it's=ünder"
  const { origin, path, body, headers } = requestOf({ ...sendable, method, url: configured }, authToken)
  expect(origin).toBe('https://hooks.xn--mnchen-3ya.example')
  expect(path).toMatch(/^\/hooks\?it%27s=%C3%BCnder(&|$)/)
  const signed = sign(authToken, origin + path, [...new URLSearchParams(body ?? '')])
  expect(headers['x-twilio-signature']).toBe(signed)
})
