import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { anotherAccount, ask, helper, sharedParley } from '../support/rest.ts'

describe.each(databases)('who is let in, on %s', (database) => {
  const parley = sharedParley({ database })
  const refused = { status: 401, json: { code: 20003, status: 401, message: expect.stringContaining('Authentication Error') } }

  it('is an account with its auth token, and a key with its secret', async () => {
    const { account_sid, auth_token, api_key_sid, api_key_secret } = parley().credentials
    for (const [username, password] of [
      [account_sid, auth_token],
      [`AC${account_sid.slice(2).toUpperCase()}`, auth_token],
      [api_key_sid, api_key_secret],
    ] as const)
      expect((await ask(parley(), '/v1/Configuration', { login: { username, password, account_sid } })).json.account_sid).toBe(account_sid)
  })

  it('is nobody without credentials, or with the wrong ones', async () => {
    const { account_sid, auth_token, api_key_sid, api_key_secret } = parley().credentials
    const other = await anotherAccount(parley())
    expect(await ask(parley(), '/v1/Conversations', { login: null })).toMatchObject(refused)
    for (const [username, password] of [
      [account_sid, ''],
      [account_sid, api_key_secret],
      [account_sid, auth_token.toLowerCase() === auth_token ? auth_token.toUpperCase() : auth_token.toLowerCase()],
      [account_sid, `${auth_token}x`],
      [account_sid, other.password],
      [api_key_sid, auth_token],
      [api_key_sid, ''],
      [`AC${'0'.repeat(32)}`, auth_token],
      [`SK${'0'.repeat(32)}`, api_key_secret],
      ['', ''],
      ["' or 1=1 --", auth_token],
    ] as const)
      expect(await ask(parley(), '/v1/Conversations', { login: { username, password, account_sid } })).toMatchObject(refused)
  })

  it.each([
    'Basic',
    'Basic !!!',
    `Basic ${btoa('no colon')}`,
    'Bearer abc',
    'basic',
    `Digest ${btoa('a:b')}`,
    `Basic ${'A'.repeat(9_000)}`,
  ])('is nobody with the header %j', async (authorization) => {
    const answer = await ask(parley(), '/v1/Conversations', { login: null, headers: { authorization } })
    expect(answer).toMatchObject(refused)
    expect(answer.headers.has('www-authenticate')).toBe(false)
  })

  it('is refused before the body is read', async () => {
    const body = `FriendlyName=${'x'.repeat(500_000)}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await ask(parley(), '/v1/Conversations', { login: null, body, headers })).toMatchObject(refused)
    expect(
      await ask(parley(), '/v1/Conversations', { login: null, body: '{', headers: { 'content-type': 'application/json' } }),
    ).toMatchObject(refused)
  })

  it('is everybody for what operators ask', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await ask(parley(), path, { login: null })).status).toBe(200)
  })

  it('is no account that is suspended or closed, by token or by key', async () => {
    const login = await anotherAccount(parley())
    const { sid, secret } = await helper(parley(), login).newKeys.create()
    const key = { username: sid, password: secret, account_sid: login.account_sid }
    for (const status of ['suspended', 'closed'] as const) {
      await helper(parley()).api.v2010.accounts(login.account_sid).update({ status })
      for (const who of [login, key])
        expect(await ask(parley(), '/v1/Conversations', { login: who })).toMatchObject({
          status: 403,
          json: { code: 20005, message: 'Account not active' },
        })
    }
    expect(await ask(parley(), '/v1/Conversations', { login: { ...login, password: 'x' } })).toMatchObject(refused)
  })
})
