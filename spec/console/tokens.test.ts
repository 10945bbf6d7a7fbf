import { createLog } from '@parley/server'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { anotherAccount, ask, helper, type Login, sharedParley } from '../support/rest.ts'

interface Check {
  name: string
  part: string
  state: string
  text: string
  code: number | null
  advice: string | null
}

const check = async (parley: Parley, Token: string, login?: Login) =>
  (await ask(parley, '/v1/Tokens/Check', { form: { Token }, ...(login ? { login } : {}) })).json
const stateOf = ({ checks }: { checks: Check[] }, state: string) => checks.filter((one) => one.state === state).map(({ name }) => name)
const everyCheck = ['form', 'header', 'signer', 'signature', 'expiry', 'start', 'life', 'grants', 'identity', 'grant', 'service']

describe.each(databases)('checking tokens, on %s', (database) => {
  const parley = sharedParley({ database })

  /** A token that says what the test wants it to. */
  const made = ({
    header = {},
    claims = {},
    secret = parley().credentials.api_key_secret,
  }: {
    header?: object
    claims?: object
    secret?: string
  } = {}) => {
    const { account_sid, api_key_sid, service_sid } = parley().credentials
    const now = Math.floor(parley().clock.now() / 1_000)
    const grants = { identity: 'alice', chat: { service_sid } }
    return new SignJWT({ jti: 'x', iss: api_key_sid, sub: account_sid, iat: now, exp: now + 3_600, grants, ...claims })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1', ...header })
      .sign(new TextEncoder().encode(secret))
  }

  it('passes a good one, explains each claim, and makes no user of it', async () => {
    const token = parley().token('nobody yet')
    const told = await check(parley(), ` ${token}\n`)
    expect(told).toMatchObject({ is_valid: true, code: null, message: null })
    expect(stateOf(told, 'passed')).toEqual(everyCheck)
    expect(told.checks.filter(({ text }: Check) => text === '')).toEqual([])
    const { account_sid, api_key_sid, service_sid } = parley().credentials
    const claims = Object.fromEntries(told.claims.map(({ name, value }: { name: string; value: string }) => [name, value]))
    expect(claims).toMatchObject({
      iss: api_key_sid,
      sub: account_sid,
      'grants.identity': 'nobody yet',
      'grants.chat.service_sid': service_sid,
    })
    expect(told.claims.find(({ name }: { name: string }) => name === 'exp').description).toMatch(/^expires .*Z, in \d+ minutes$/)
    expect(told.header).toContainEqual({ name: 'cty', value: 'twilio-fpa;v=1', description: expect.any(String) })
    expect(await parley().conversations.users.list()).toEqual([])
  })

  it.each<[string, string[], string[], () => Promise<string>]>([
    ['no token', ['form'], everyCheck.slice(1), async () => 'not.a.token'],
    ['an unknown algorithm', ['header'], [], () => made({ header: { cty: 'other' } })],
    ['the account in iss', ['signer'], ['signature', 'service'], () => made({ claims: { iss: `AC${'0'.repeat(32)}` } })],
    ['an unknown key', ['signer'], ['signature', 'service'], () => made({ claims: { iss: `SK${'0'.repeat(32)}` } })],
    ['another account in sub', ['signer'], ['signature', 'service'], () => made({ claims: { sub: `AC${'0'.repeat(32)}` } })],
    ['the auth token as secret', ['signature'], [], () => made({ secret: parley().credentials.auth_token })],
    ['one that has expired', ['expiry'], [], () => made({ claims: { exp: 1_000_000_000, iat: 999_999_000 } })],
    ['one without end', ['expiry'], ['life'], () => made({ claims: { exp: null } })],
    ['one that is not valid yet', ['start'], [], () => made({ claims: { nbf: Math.floor(Date.now() / 1_000) + 600 } })],
    ['one that lives too long', ['life'], [], () => made({ claims: { exp: Math.floor(Date.now() / 1_000) + 100_000 } })],
    ['no grants', ['grants'], ['identity', 'grant', 'service'], () => made({ claims: { grants: undefined } })],
    ['no identity', ['identity'], [], () => made({ claims: { grants: { chat: { service_sid: parley().credentials.service_sid } } } })],
    ['no chat grant', ['grant'], ['service'], () => made({ claims: { grants: { identity: 'alice' } } })],
    [
      'a messaging service',
      ['grant'],
      ['service'],
      () => made({ claims: { grants: { identity: 'a', chat: { service_sid: `MG${'0'.repeat(32)}` } } } }),
    ],
    [
      'an unknown service',
      ['service'],
      [],
      () => made({ claims: { grants: { identity: 'a', chat: { service_sid: `IS${'0'.repeat(32)}` } } } }),
    ],
    [
      'much at once',
      ['signature', 'expiry', 'identity'],
      [],
      () =>
        made({ secret: 'x'.repeat(32), claims: { exp: 1, iat: 0, grants: { chat: { service_sid: parley().credentials.service_sid } } } }),
    ],
  ])('finds out about %s what a connection is refused for, and says what to do', async (_, failed, skipped, make) => {
    const token = await make()
    const told = await check(parley(), token)
    expect({ failed: stateOf(told, 'failed'), skipped: stateOf(told, 'skipped') }).toEqual({ failed, skipped })
    for (const { state, advice, text, code } of told.checks as Check[]) {
      expect(text).not.toBe('')
      expect([advice !== null, code !== null]).toEqual([state === 'failed', state === 'failed'])
    }
    const client = await RawClient.open(parley().socketUrl)
    const { header } = await client.init(token)
    // Between the two a second may begin.
    const timeless = (text: string | undefined) => text?.replace(/\d+(?= seconds)/, 'some')
    expect({ is_valid: told.is_valid, code: told.code, message: timeless(told.message) }).toEqual({
      is_valid: false,
      code: header.status?.errorCode,
      message: timeless(header.status?.description),
    })
    client.socket.terminate()
    await client.closed
  })

  it('knows nothing of keys and services of other accounts', async () => {
    const login = await anotherAccount(parley())
    const told = await check(parley(), parley().token('alice'), login)
    expect(stateOf(told, 'failed')).toEqual(['signer'])
    const { api_key_sid } = parley().credentials
    expect(told.checks[2].text).toBe(`there is no API key ${api_key_sid}`)
    const unknown = await made({ claims: { iss: `SK${'0'.repeat(32)}` } })
    const same = ({ state, code, advice }: Check) => ({ state, code, advice })
    expect(told.checks.map(same)).toEqual((await check(parley(), unknown, login)).checks.map(same))

    const key = await helper(parley(), login).api.v2010.accounts(login.account_sid).newKeys.create()
    const foreign = parley().token('alice')
    const claims = { iss: key.sid, sub: login.account_sid }
    const mixed = await check(parley(), await made({ claims, secret: key.secret }), login)
    expect(stateOf(mixed, 'failed')).toEqual(['service'])
    expect(JSON.stringify(mixed.checks)).not.toContain('Default Conversations Service')
    expect(foreign).not.toBe('')
  })

  it('is not upset by whatever is sent', async () => {
    const deep = await made({
      claims: { a: { b: { c: { d: 1 } } }, many: Object.fromEntries(Array.from({ length: 500 }, (_, n) => [n, n])), exp: 1e300 },
    })
    for (const token of ['', '.', '..', 'x'.repeat(20_000), 'e30.e30.e30', `${'a'.repeat(100)}.bnVsbA.x`, 'é.é.é', deep]) {
      const { status, json } = await ask(parley(), '/v1/Tokens/Check', { form: { Token: token } })
      expect({ token: token.slice(0, 20), status }).toEqual({ token: token.slice(0, 20), status: token === '' ? 400 : 200 })
      if (status === 200) expect(json.is_valid).toBe(false)
    }
    expect((await check(parley(), deep)).claims.length).toBeLessThanOrEqual(100)
    expect((await ask(parley(), '/v1/Tokens/Check', { form: {} })).json).toMatchObject({ code: 20001 })
    expect((await ask(parley(), '/v1/Tokens/Check', { form: { Token: 'x' }, login: null })).status).toBe(401)
  })
})

it('no token is ever logged', async () => {
  const lines: string[] = []
  const log = createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } })
  await using parley = await startParley({ log })
  const token = parley.token('alice')
  expect((await check(parley, token)).is_valid).toBe(true)
  await check(parley, `${token}x`)
  expect(lines.join('')).toContain('/v1/Tokens/Check')
  expect(lines.join('')).not.toContain(token.split('.')[1])
})
