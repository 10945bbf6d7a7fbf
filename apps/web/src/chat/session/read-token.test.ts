import { describe, expect, it } from 'vitest'
import { readToken } from './read-token.ts'

const encode = (payload: unknown) => Buffer.from(JSON.stringify(payload)).toString('base64url')
const token = (payload: unknown) => `${encode({ alg: 'HS256' })}.${encode(payload)}.signature`
const grants = { identity: 'Zoë', chat: { service_sid: 'IS1' } }

describe('a token', () => {
  it('tells whom it is for, which service, and until when', () => {
    const ends = new Date(2_000_000_000_000)
    expect(readToken(` ${token({ grants, exp: 2_000_000_000 })}\n`, 0)).toEqual({ content: { identity: 'Zoë', service: 'IS1', ends } })
    expect(readToken(token({ grants: { identity: 'a', ip_messaging: { service_sid: 'IS2' } } }))).toMatchObject({
      content: { service: 'IS2', ends: null },
    })
  })

  it.each([
    ['', 'malformed'],
    ['a.b', 'malformed'],
    ['a.%.c', 'malformed'],
    [`a.${encode('text')}.c`, 'malformed'],
    [token({ grants: { chat: grants.chat } }), 'no-identity'],
    [token({ grants: { identity: 'a' } }), 'no-service'],
    [token({}), 'no-identity'],
  ])('%j is told to be wrong: %s', (text, problem) => {
    expect(readToken(text)).toEqual({ problem })
  })

  it('that has ended says when', () => {
    expect(readToken(token({ grants, exp: 1 }))).toEqual({ problem: 'expired', ends: new Date(1_000) })
  })
})
