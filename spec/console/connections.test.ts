import { afterEach, describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { anotherAccount, ask, helper, type Login, sharedParley } from '../support/rest.ts'
import { App } from '../support/sdk.ts'

describe.each(databases)('live connections, on %s', (database) => {
  const parley = sharedParley({ database, settings: { PARLEY_TRUSTED_PROXIES: '127.0.0.1' } })
  const clients: RawClient[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) {
      client.socket.terminate()
      await client.closed
    }
    await expect.poll(async () => (await list()).length).toBe(0)
  })

  const connect = async (identity: string, token = parley().token(identity)) => {
    const client = await RawClient.start(parley().socketUrl, token)
    clients.push(client)
    return client
  }
  const list = async (query = '', login?: Login) =>
    (await ask(parley(), `/v1/Connections${query}`, login ? { login } : {})).json.connections as Record<string, unknown>[]

  it('say who is there, with what, since when and what they watch', async () => {
    const { account_sid, service_sid, api_key_sid } = parley().credentials
    const before = Math.floor(parley().clock.now() / 1_000) * 1_000
    const client = await RawClient.open(parley().socketUrl)
    clients.push(client)
    expect(await list()).toEqual([])
    const metadata = { ver: '1.0.2', env: 'Node.js', envv: '20.20.2', sdk: 'JS', sdkv: '3.0.1' }
    await client.init(parley().token('alice'), { metadata })
    const [connection] = await list()
    const user = await parley().conversations.users('alice').fetch()
    expect(connection).toEqual({
      sid: expect.stringMatching(/^CN[0-9a-f]{32}$/),
      account_sid,
      chat_service_sid: service_sid,
      user_sid: user.sid,
      identity: 'alice',
      key_sid: api_key_sid,
      sdk: 'JS',
      sdk_version: '3.0.1',
      environment: 'Node.js 20.20.2',
      capabilities: [],
      address: '127.0.0.1',
      node_sid: expect.any(String),
      subscriptions: 0,
      bytes_waiting: expect.any(Number),
      date_created: expect.any(String),
      date_active: expect.any(String),
      date_token_expires: expect.any(String),
      url: `${parley().url}/v1/Connections/${connection?.['sid']}`,
    })
    const at = (name: string, of = connection) => Date.parse(String(of?.[name]))
    expect(at('date_created')).toBeGreaterThanOrEqual(before)
    expect(at('date_token_expires') - at('date_created')).toBeCloseTo(3_600_000, -4)

    await client.subscribe({ object_sid: `${user.sid}.conversations`, object_type: 'map' })
    // Long enough to be pinged, which is no activity of the client.
    await parley().clock.advance(30_000)
    const idle = (await ask(parley(), String(connection?.['url']))).json
    expect(idle.subscriptions).toBe(1)
    expect(at('date_active', idle) - at('date_created', idle)).toBeLessThan(5_000)
    await client.get('/nothing')
    const active = (await ask(parley(), String(connection?.['url']))).json
    expect(at('date_active', active) - at('date_created', active)).toBeGreaterThanOrEqual(29_000)
  })

  it('take no nonsense of what clients say of themselves', async () => {
    const client = await RawClient.open(parley().socketUrl)
    clients.push(client)
    await client.init(parley().token('alice'), { metadata: { sdk: 'x'.repeat(10_000), sdkv: { a: 1 }, env: '', envv: 7 } })
    expect((await list())[0]).toMatchObject({ sdk: 'x'.repeat(128), sdk_version: null, environment: null })
  })

  it('are told page by page, forwards and backwards, and by identity or service', async () => {
    for (const identity of ['alice', 'bob', 'alice', 'carol', 'alice']) await connect(identity)
    const all = await list()
    expect(all.map(({ identity }) => identity)).toEqual(['alice', 'bob', 'alice', 'carol', 'alice'])
    const pages: string[][] = []
    let url: string | null = '/v1/Connections?PageSize=2'
    let last: { meta: Record<string, string | null>; connections: { sid: string }[] } | undefined
    while (url) {
      last = (await ask(parley(), url)).json as NonNullable<typeof last>
      pages.push(last.connections.map(({ sid }) => sid))
      url = last.meta['next_page_url'] ?? null
    }
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
    expect(pages.flat()).toEqual(all.map(({ sid }) => sid))
    const back: string[][] = []
    url = last?.meta['previous_page_url'] ?? null
    while (url) {
      const { connections, meta } = (await ask(parley(), url)).json
      back.unshift(connections.map(({ sid }: { sid: string }) => sid))
      url = meta.previous_page_url
    }
    expect(back).toEqual(pages.slice(0, 2))

    expect((await list('?Identity=alice')).length).toBe(3)
    expect((await list('?Identity=nobody')).length).toBe(0)
    expect((await list(`?ChatServiceSid=${parley().credentials.service_sid}`)).length).toBe(5)
    expect((await list(`?ChatServiceSid=IS${'0'.repeat(32)}`)).length).toBe(0)
    expect((await ask(parley(), '/v1/Connections?ChatServiceSid=nonsense')).status).toBe(400)
  })

  it('end when they are ended, and only they; the client comes back by itself', async () => {
    const app = new App({ version: '3.0.1', uri: parley().socketUrl, identity: 'alice', token: parley().token('alice') })
    await app.hears('initialized')
    const bob = await connect('bob')
    const [connection] = await list('?Identity=alice')
    expect(connection).toMatchObject({ sdk: 'JS', sdk_version: '3.0.1' })
    const { status, text } = await ask(parley(), String(connection?.['url']), { method: 'DELETE' })
    expect({ status, text }).toEqual({ status: 204, text: '' })
    expect((await ask(parley(), String(connection?.['url']))).status).toBe(404)
    expect((await ask(parley(), String(connection?.['url']), { method: 'DELETE' })).status).toBe(404)
    await expect.poll(async () => (await list('?Identity=alice')).length, { timeout: 10_000 }).toBe(1)
    expect((await list('?Identity=alice'))[0]?.['sid']).not.toBe(connection?.['sid'])
    expect((await bob.get('/nothing')).status).toBe(404)
    await app.shutdown()
  })

  it('of another account are not there', async () => {
    await connect('alice')
    const [{ sid } = {}] = await list()
    const login = await anotherAccount(parley())
    expect(await list('', login)).toEqual([])
    for (const method of ['GET', 'DELETE']) expect((await ask(parley(), `/v1/Connections/${sid}`, { login, method })).status).toBe(404)
    expect((await ask(parley(), `/v1/Connections/${sid}`)).status).toBe(200)
    // The key of the account may look as well as its auth token.
    const { api_key_sid: username, api_key_secret: password, account_sid } = parley().credentials
    expect((await list('', { username, password, account_sid })).length).toBe(1)
    expect((await ask(parley(), '/v1/Connections', { login: null })).status).toBe(401)
  })

  it('are of the key that signed the newest token', async () => {
    const { account_sid } = parley().credentials
    const key = await helper(parley()).api.v2010.accounts(account_sid).newKeys.create()
    const client = await connect('alice')
    await client.ask({ method: 'update', token: parley().token('alice', { key }) })
    expect((await list())[0]).toMatchObject({ key_sid: key.sid })
  })

  it('come from where a trusted proxy says', async () => {
    const client = await RawClient.open(parley().socketUrl, { 'x-forwarded-for': '10.9.9.9, 203.0.113.5' })
    clients.push(client)
    await client.init(parley().token('alice'))
    expect((await list())[0]).toMatchObject({ address: '203.0.113.5' })
  })
})
