import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeCertificate } from '../support/certificates.ts'
import { accountOf, ConsoleVisitor, keyOf, signedIn } from '../support/console.ts'
import { databases, startParley } from '../support/parley.ts'
import { anotherAccount, ask, helper, sharedParley } from '../support/rest.ts'

const withConsole = { PARLEY_PAGES: 'console', PARLEY_CONSOLE_SESSION_MINUTES: '10' }
const minute = 60_000
const foreign = { origin: 'https://elsewhere.example.org' }

describe.each(databases)('signing in to the console, on %s', (database) => {
  const parley = sharedParley({ database, settings: withConsole })

  it('takes an account with its auth token, and says who is signed in', async () => {
    const visitor = new ConsoleVisitor(parley())
    expect((await visitor.session()).status).toBe(401)
    const { status, json, headers } = await visitor.signIn(accountOf(parley()))
    const { account_sid } = parley().credentials
    const session = { account_sid, account_name: 'Parley', signed_in_as: 'account', development: true }
    expect({ status, json }).toMatchObject({ status: 201, json: session })
    expect(json).not.toHaveProperty('key_sid')
    expect(Date.parse(json.expires_at) - parley().clock.now()).toBeCloseTo(10 * minute, -4)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(await visitor.session()).toMatchObject({ status: 200, json: session })
  })

  it('takes an API key with its secret', async () => {
    const visitor = await signedIn(parley(), keyOf(parley()))
    const { account_sid, api_key_sid } = parley().credentials
    expect((await visitor.session()).json).toMatchObject({ account_sid, signed_in_as: 'key', key_sid: api_key_sid })
  })

  it('gives a cookie that no script reads and no other site sends', async () => {
    const { headers } = await new ConsoleVisitor(parley()).signIn(accountOf(parley()))
    const [cookie = '', ...flags] = (headers.get('set-cookie') ?? '').split('; ')
    expect(cookie).toMatch(/^parley_console=[A-Za-z0-9]{32}$/)
    expect(flags.sort()).toEqual(['HttpOnly', 'Max-Age=6000', 'Path=/', 'SameSite=Strict'])
  })

  it.each(['parley:/password', 'AC00000000000000000000000000000000', 'SK00000000000000000000000000000000', ''])(
    'refuses the unknown name "%s"',
    async (username) => {
      const told = await new ConsoleVisitor(parley()).signIn({ username, password: parley().credentials.auth_token })
      expect(told).toMatchObject({ status: 401, json: { code: 20003 } })
      expect(told.headers.get('set-cookie')).toBeNull()
    },
  )

  it('refuses a wrong password, one of somebody else, and what is no request to sign in', async () => {
    const other = await anotherAccount(parley())
    const visitor = new ConsoleVisitor(parley())
    for (const password of ['wrong', '', other.password])
      expect(await visitor.signIn({ ...accountOf(parley()), password })).toMatchObject({ status: 401, json: { code: 20003 } })
    const send = (body: string, type = 'application/json') =>
      visitor.ask('/console/api/session', { method: 'POST', body, headers: { 'content-type': type } })
    const { username, password } = accountOf(parley())
    expect(await send('{')).toMatchObject({ status: 400, json: { code: 20001 } })
    expect(await send('[]')).toMatchObject({ status: 400, json: { code: 20001 } })
    expect(await send(JSON.stringify({ username }))).toMatchObject({ status: 400, json: { code: 20001 } })
    expect(await send(JSON.stringify({ username, password: 'x'.repeat(20_000) }))).toMatchObject({ status: 413 })
    // What a form can send, a page of anybody can send.
    expect(await send(JSON.stringify({ username, password }), 'text/plain')).toMatchObject({ status: 422 })
    expect(await send(`username=${username}&password=${password}`, 'application/x-www-form-urlencoded')).toMatchObject({ status: 422 })
  })

  it('refuses a suspended account, and ends its sessions', async () => {
    const login = await anotherAccount(parley())
    const visitor = await signedIn(parley(), login)
    await helper(parley()).api.v2010.accounts(login.account_sid).update({ status: 'suspended' })
    for (const told of [await visitor.session(), await visitor.ask('/v1/Conversations'), await visitor.signIn(login)])
      expect(told).toMatchObject({ status: 403, json: { code: 20005 } })
  })

  it('ends by signing out: the cookie is worth nothing then, whoever has a copy', async () => {
    const visitor = await signedIn(parley())
    const { cookie } = visitor
    const { status, headers } = await visitor.signOut()
    expect({ status, set: headers.get('set-cookie') }).toEqual({ status: 204, set: expect.stringMatching(/^parley_console=;.*Max-Age=0/) })
    visitor.cookie = cookie
    expect((await visitor.session()).status).toBe(401)
    expect((await visitor.ask('/v1/Conversations')).status).toBe(401)
    expect((await visitor.signOut()).status).toBe(204)
  })

  it('ends when it was not used for as long as the setting says, and lasts while it is', async () => {
    const [used, unused] = [await signedIn(parley()), await signedIn(parley())]
    await parley().clock.advance(6 * minute)
    expect((await used.ask('/v1/Conversations')).status).toBe(200)
    await parley().clock.advance(6 * minute)
    expect((await used.session()).status).toBe(200)
    expect((await unused.session()).status).toBe(401)
    expect((await unused.ask('/v1/Conversations')).status).toBe(401)
  })

  it('ends at last, however much it is used', async () => {
    const visitor = await signedIn(parley())
    const statuses: number[] = []
    for (let passed = 0; passed < 101; passed += 9) {
      const { status, json } = await visitor.session()
      statuses.push(status)
      if (status === 200) expect(Date.parse(json.expires_at) - parley().clock.now()).toBeLessThanOrEqual((100 - passed) * minute)
      await parley().clock.advance(9 * minute)
    }
    expect(statuses).toEqual([...Array(12).fill(200)])
    expect((await visitor.session()).status).toBe(401)
  })

  it('ends when its key is revoked, and no other does', async () => {
    const { account_sid } = parley().credentials
    const keys = helper(parley()).api.v2010.accounts(account_sid)
    const key = await keys.newKeys.create()
    const [visitor, other] = [
      await signedIn(parley(), { username: key.sid, password: key.secret }),
      await signedIn(parley(), keyOf(parley())),
    ]
    expect((await visitor.session()).status).toBe(200)
    await keys.keys(key.sid).remove()
    expect((await visitor.session()).status).toBe(401)
    expect((await visitor.ask('/v1/Conversations')).status).toBe(401)
    expect((await other.session()).status).toBe(200)
  })

  it('is remembered when the server starts again', async () => {
    const visitor = await signedIn(parley())
    await parley().restart()
    expect((await visitor.session()).status).toBe(200)
  })
})

describe.each(databases)('the REST API at the console, on %s', (database) => {
  const parley = sharedParley({ database, settings: withConsole })

  it('may do what the account may do', async () => {
    const visitor = await signedIn(parley())
    const made = await visitor.ask('/v1/Conversations', { form: { FriendlyName: 'by the console' } })
    expect(made).toMatchObject({ status: 201, json: { friendly_name: 'by the console' } })
    expect((await visitor.ask('/v1/Conversations')).json.conversations.map(({ sid }: { sid: string }) => sid)).toContain(made.json.sid)
    const { account_sid, service_sid, auth_token } = parley().credentials
    expect((await visitor.ask(`/2010-04-01/Accounts/${account_sid}.json`)).json.auth_token).toBe(auth_token)
    expect((await visitor.ask('/v1/Content')).status).toBe(200)
    const media = `/v1/Services/${service_sid}/Media`
    const file = await visitor.ask(`${media}?Filename=a.txt`, { body: 'text', headers: { 'content-type': 'text/plain' } })
    expect(file.status).toBe(201)
    expect((await visitor.ask(`${media}/${file.json.sid}`)).status).toBe(200)
    expect((await visitor.ask(`/v1/Conversations/${made.json.sid}`, { method: 'DELETE' })).status).toBe(204)
  })

  it('may do what a key may do, when a key is signed in', async () => {
    const visitor = await signedIn(parley(), keyOf(parley()))
    const { account_sid } = parley().credentials
    const { status, json } = await visitor.ask(`/2010-04-01/Accounts/${account_sid}.json`)
    expect({ status, token: json.auth_token }).toEqual({ status: 200, token: null })
  })

  it('sees one’s own account only', async () => {
    const { sid } = await parley().conversations.conversations.create()
    const visitor = await signedIn(parley(), await anotherAccount(parley()))
    expect((await visitor.ask(`/v1/Conversations/${sid}`)).status).toBe(404)
  })

  it('opens to the cookie only with the header of the console: what other pages can make a browser send is refused', async () => {
    const { cookie = '' } = await signedIn(parley())
    const { service_sid } = parley().credentials
    const media = `/v1/Services/${service_sid}/Media/ME${'0'.repeat(32)}`
    for (const path of ['/v1/Conversations', '/v1/Content', media, '/2010-04-01/Accounts.json'])
      for (const headers of [{ cookie }, { cookie, 'x-parley-console': '' }, { cookie, 'x-parley-console': 'true' }])
        expect({ path, status: (await ask(parley(), path, { login: null, headers })).status }).toEqual({ path, status: 401 })
    expect((await ask(parley(), '/v1/Conversations', { login: null, headers: { cookie }, form: {} })).status).toBe(401)
    for (const method of ['GET', 'DELETE'])
      expect((await ask(parley(), '/console/api/session', { login: null, headers: { cookie }, method })).status).toBe(401)
    expect((await ask(parley(), '/v1/Conversations', { login: null, headers: { 'x-parley-console': '1' } })).status).toBe(401)
  })

  it('is closed to pages of other origins, and nothing lets them read an answer', async () => {
    const visitor = await signedIn(parley())
    const { host, port } = new URL(parley().url)
    for (const headers of [
      foreign,
      { origin: 'null' },
      { origin: `http://localhost:${port}` },
      { origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[]) {
      const answers = [
        await visitor.ask('/v1/Conversations', { headers }),
        await visitor.ask('/v1/Conversations', { headers, form: { FriendlyName: 'intruder' } }),
        await visitor.ask('/console/api/session', { headers }),
        await visitor.ask('/console/api/session', { headers, method: 'DELETE' }),
        await visitor.ask('/console/api/session', { headers, sends: accountOf(parley()) }),
      ]
      expect({ headers, statuses: answers.map(({ status }) => status) }).toEqual({ headers, statuses: [403, 403, 403, 403, 403] })
      for (const told of answers) {
        expect(told.headers.get('access-control-allow-credentials')).toBeNull()
        expect(told.headers.get('access-control-allow-origin')).toBeNull()
      }
    }
    expect(
      (await visitor.ask('/v1/Conversations')).json.conversations.map((one: { friendly_name: string }) => one.friendly_name),
    ).not.toContain('intruder')
    // Its own page says its origin with all but GET.
    for (const origin of [`http://${host}`, `https://${host}`])
      expect((await visitor.ask('/v1/Conversations', { headers: { origin }, form: {} })).status).toBe(201)
  })

  it('does not let browsers send the header of the console from other origins', async () => {
    for (const path of ['/v1/Conversations', '/console/api/session']) {
      const { headers } = await ask(parley(), path, {
        method: 'OPTIONS',
        login: null,
        headers: {
          ...foreign,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-parley-console, content-type',
        },
      })
      expect(headers.get('access-control-allow-headers') ?? '').not.toMatch(/parley|\*/i)
    }
    const { headers } = await ask(parley(), '/console/api/session', { method: 'OPTIONS', login: null, headers: foreign })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('asks the credentials of a request first', async () => {
    const visitor = await signedIn(parley())
    const other = await anotherAccount(parley())
    const basic = (password: string) => ({ authorization: `Basic ${btoa(`${other.username}:${password}`)}` })
    expect((await visitor.ask('/v1/Conversations', { headers: basic('wrong') })).status).toBe(401)
    expect((await visitor.ask('/2010-04-01/Accounts.json', { headers: basic(other.password) })).json.accounts[0].sid).toBe(
      other.account_sid,
    )
  })
})

describe('guessing passwords of the console', () => {
  const wrong = (parley: ConstructorParameters<typeof ConsoleVisitor>[0], headers = {}) =>
    new ConsoleVisitor(parley).signIn({ ...accountOf(parley), password: 'wrong' }, headers)

  it('is soon slowed down, with the time to wait, also for the right one; and time heals', async () => {
    await using parley = await startParley({ settings: withConsole })
    const first = await Promise.all(Array.from({ length: 10 }, () => wrong(parley)))
    expect(first.map(({ status }) => status)).toEqual(Array(10).fill(401))
    const { status, json, headers } = await wrong(parley)
    expect({ status, code: json.code }).toEqual({ status: 429, code: 20429 })
    const wait = Number(headers.get('retry-after'))
    expect(wait).toBeGreaterThan(20)
    expect(wait).toBeLessThanOrEqual(30)
    expect((await new ConsoleVisitor(parley).signIn(accountOf(parley))).status).toBe(429)
    await parley.clock.advance(wait * 1_000)
    expect((await new ConsoleVisitor(parley).signIn(accountOf(parley))).status).toBe(201)
    // Who is right does not use up anything.
    for (let n = 0; n < 20; n++) expect((await new ConsoleVisitor(parley).signIn(accountOf(parley))).status).toBe(201)
    expect((await wrong(parley)).status).toBe(401)
    expect((await wrong(parley)).status).toBe(429)
  })

  it('is slowed down by the address that a trusted proxy tells, and by no other', async () => {
    await using parley = await startParley({ settings: { ...withConsole, PARLEY_TRUSTED_PROXIES: '127.0.0.1' } })
    const from = (address: string) => ({ 'x-forwarded-for': address })
    for (let n = 0; n < 10; n++) await wrong(parley, from(`10.0.0.${n}, 203.0.113.7`))
    expect((await wrong(parley, from('10.0.0.99, 203.0.113.7'))).status).toBe(429)
    expect((await wrong(parley, from('203.0.113.8'))).status).toBe(401)
    // Whoever has one address of a network of IPv6 has them all.
    for (let n = 0; n < 10; n++) await wrong(parley, from(`2001:db8:1:2::${n}`))
    expect((await wrong(parley, from('2001:db8:1:2:ffff::'))).status).toBe(429)

    await using open = await startParley({ settings: withConsole })
    for (let n = 0; n < 10; n++) await wrong(open, from(`203.0.113.${n}`))
    expect((await wrong(open, from('203.0.113.99'))).status).toBe(429)
  })

  it('is slowed down for one account, from wherever the guesses come', async () => {
    await using parley = await startParley({ settings: { ...withConsole, PARLEY_TRUSTED_PROXIES: '127.0.0.1' } })
    const from = (n: number) => ({ 'x-forwarded-for': `203.0.113.${n}` })
    await Promise.all(Array.from({ length: 100 }, (_, n) => wrong(parley, from(n))))
    expect((await wrong(parley, from(200))).status).toBe(429)
    const { status } = await new ConsoleVisitor(parley).signIn(keyOf(parley), from(201))
    expect(status).toBe(201)
  })
})

describe('where the console is not served', () => {
  it.each([{ PARLEY_PAGES: 'none' }, { PARLEY_PAGES: 'quickstart' }, { PARLEY_PAGES: '', PARLEY_MODE: 'production' }])(
    'nobody signs in, and cookies open nothing: %o',
    async (settings) => {
      await using parley = await startParley({ settings: withConsole })
      const visitor = await signedIn(parley)
      await using other = await startParley({ settings })
      const elsewhere = new ConsoleVisitor(other)
      elsewhere.cookie = visitor.cookie
      expect((await elsewhere.signIn(accountOf(other))).status).toBe(404)
      expect((await elsewhere.session()).status).toBe(404)
      expect((await elsewhere.ask('/v1/Conversations')).status).toBe(401)
      expect((await ask(other, '/console', { login: null })).status).toBe(404)
    },
  )
})

describe('the console over TLS', () => {
  it('has its cookie sent over TLS only, and kept from other hosts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-tls-'))
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const made = makeCertificate('localhost')
    writeFileSync(cert, made.cert)
    writeFileSync(key, made.key)
    try {
      await using parley = await startParley({ settings: { ...withConsole, PARLEY_TLS_CERT: cert, PARLEY_TLS_KEY: key } })
      const set = await new Promise<string>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'x-parley-console': '1' }
        request(`${parley.url}/console/api/session`, { method: 'POST', headers, ca: made.cert }, (answer) => {
          answer.resume()
          resolve(String(answer.headers['set-cookie']))
        })
          .on('error', reject)
          .end(JSON.stringify(accountOf(parley)))
      })
      expect(set).toMatch(/^__Host-parley_console=\w{32}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=6000; Secure$/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('takes TLS for granted that a proxy has taken off', async () => {
    await using parley = await startParley({ settings: withConsole })
    const headers = { origin: `https://${new URL(parley.url).host}` }
    const visitor = new ConsoleVisitor(parley)
    expect((await visitor.signIn(accountOf(parley), headers)).headers.get('set-cookie')).toMatch(/^__Host-.*; Secure$/)
    expect((await visitor.ask('/v1/Conversations', { headers })).status).toBe(200)
  })
})

describe('paths of the console', () => {
  it('are the API below /console/api, whatever is asked there', async () => {
    await using parley = await startParley({ settings: withConsole })
    for (const path of ['/console/api', '/console/api/', '/console/api/nothing', '/console/api/session/x']) {
      const { status, headers } = await ask(parley, path, { login: null, headers: { accept: 'text/html' } })
      expect({ path, status, type: headers.get('content-type') }).toMatchObject({ status: 404, type: expect.stringContaining('json') })
    }
  })
})
