import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { RawClient, requestHeader } from '../support/raw-client.ts'

let names = 0
const newName = (prefix: string) => `${prefix}-${++names}`

describe.each(databases)('Connections, on %s', (database) => {
  let parley: Parley
  const clients: RawClient[] = []
  const open = async () => {
    const client = await RawClient.open(parley.socketUrl)
    clients.push(client)
    return client
  }
  const start = async (identity = newName('somebody')) => {
    const client = await open()
    await client.init(parley.token(identity))
    return client
  }
  beforeAll(async () => {
    parley = await startParley({ database })
  })
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()))
  })
  afterAll(() => parley.close())

  const configuration = '/Client/v2/Configuration'

  describe('init', () => {
    it('is answered with what was agreed on, and with nothing that would change how official clients behave', async () => {
      const { header } = await (await open()).init(parley.token('alice'), {
        id: 'TM-my-own-id',
        continuation_token: null,
        registrations: [{ product: 'ip_messaging', type: 'ers', notification_protocol_version: 0, message_types: ['twilio.sync.event'] }],
        capabilities: ['client_update', 'offline_storage', 'telemetry.v1'],
      })
      expect(header).toMatchObject({
        method: 'reply',
        id: 'TM-my-own-id',
        status: { code: 200, status: 'OK' },
        capabilities: ['client_update'],
        continuation_token: expect.stringMatching(/^CT[0-9a-f]{32}$/),
        continuation_token_status: { reissued: true, reissue_message: 'MISSING' },
        init_registrations: [{ product: 'ip_messaging', type: 'ers', status: 'registered' }],
      })
      expect(header).not.toHaveProperty('offline_storage')
    })

    it('gives a continuation token back that it knows', async () => {
      const first = await (await open()).init(parley.token('alice'))
      const { continuation_token } = first.header
      const again = await (await open()).init(parley.token('alice'), { continuation_token })
      expect(again.header).toMatchObject({
        continuation_token,
        continuation_token_status: { reissued: false, reissue_message: 'TOKEN_VALID' },
      })
    })

    it('comes first: everything else before it is refused, and the connection stays', async () => {
      const client = await open()
      const refused = { status: { code: 401 } }
      expect((await client.ask(requestHeader('GET', configuration))).header).toMatchObject(refused)
      expect((await client.ask({ method: 'update', token: parley.token('alice') })).header).toMatchObject(refused)
      expect((await client.ask({ method: 'put_notification_ctx' })).header).toMatchObject(refused)
      expect((await client.init(parley.token('alice'))).header.status?.code).toBe(200)
    })

    it('that is refused may be tried again', async () => {
      const client = await open()
      expect((await client.init('no token')).header.status?.code).toBe(401)
      expect((await client.init(parley.token('alice'))).header.status?.code).toBe(200)
    })
  })

  describe('tokens', () => {
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const now = () => Math.floor(parley.clock.now() / 1_000)
    const goodHeader = { alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' }
    const goodClaims = () => ({
      jti: 'any',
      iss: parley.credentials.api_key_sid,
      sub: parley.credentials.account_sid,
      iat: now(),
      exp: now() + 600,
      grants: { identity: 'alice', chat: { service_sid: parley.credentials.service_sid } },
    })
    const hashes: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }
    function sign(claims: object, header: object = goodHeader, secret = parley.credentials.api_key_secret) {
      const signed = `${encode(header)}.${encode(claims)}`
      const hash = hashes[(header as { alg?: string }).alg ?? ''] ?? 'sha256'
      return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`
    }
    const granting = (grants: unknown) => sign({ ...goodClaims(), grants })
    const chat = () => ({ service_sid: parley.credentials.service_sid })

    const refusals: [string, number, () => unknown][] = [
      ['is no text', 51130, () => 42],
      ['is empty', 51130, () => ''],
      ['is no JWT', 51130, () => 'a.b.c'],
      ['has two parts', 51130, () => sign(goodClaims()).split('.').slice(0, 2).join('.')],
      ['has four parts', 51130, () => `${sign(goodClaims())}.more`],
      ['is not signed at all', 51114, () => sign(goodClaims(), { ...goodHeader, alg: 'none' })],
      ['is signed in another way', 51114, () => sign(goodClaims(), { ...goodHeader, alg: 'RS256' })],
      ['is of another type', 51114, () => sign(goodClaims(), { ...goodHeader, typ: 'JWE' })],
      ['is for something else', 51114, () => sign(goodClaims(), { ...goodHeader, cty: 'twilio-fpa;v=2' })],
      ['names no key', 51115, () => sign({ ...goodClaims(), iss: undefined })],
      ['names a key that is not there', 51115, () => sign({ ...goodClaims(), iss: `SK${'0'.repeat(32)}` })],
      ['names another account', 51115, () => sign({ ...goodClaims(), sub: `AC${'0'.repeat(32)}` })],
      ['is signed with another secret', 51117, () => sign(goodClaims(), goodHeader, 'x'.repeat(32))],
      ['is signed with the auth token of the account', 51117, () => sign(goodClaims(), goodHeader, parley.credentials.auth_token)],
      ['does not say when it ends', 20104, () => sign({ ...goodClaims(), exp: undefined })],
      ['has expired', 20104, () => sign({ ...goodClaims(), exp: now() - 1 })],
      ['is not valid yet', 51120, () => sign({ ...goodClaims(), nbf: now() + 300 })],
      ['lives longer than a day', 51121, () => sign({ ...goodClaims(), exp: now() + 86_500 })],
      ['lives longer than a day from nbf on', 51121, () => sign({ ...goodClaims(), nbf: now() - 80_000, exp: now() + 10_000, iat: now() })],
      ['grants nothing', 51103, () => granting(undefined)],
      ['has grants of no shape', 51116, () => granting([])],
      ['has a chat grant of no shape', 51116, () => granting({ identity: 'alice', chat: 'yes' })],
      ['has no identity', 51105, () => granting({ chat: chat() })],
      ['has an empty identity', 51105, () => granting({ identity: '', chat: chat() })],
      ['has too long an identity', 51003, () => granting({ identity: 'x'.repeat(257), chat: chat() })],
      ['has no chat grant', 51104, () => granting({ identity: 'alice' })],
      ['has a chat grant without service', 51104, () => granting({ identity: 'alice', chat: {} })],
      ['names a service that is not there', 51101, () => granting({ identity: 'alice', chat: { service_sid: `IS${'0'.repeat(32)}` } })],
      ['names a messaging service', 51101, () => granting({ identity: 'alice', chat: { service_sid: `MG${'0'.repeat(32)}` } })],
    ]

    it.each(refusals)('that %s is refused with %i, and the refusal says why', async (_, code, token) => {
      const { header } = await (await open()).init(token())
      expect(header.status).toMatchObject({ code: 401, status: 'UNAUTHORIZED', errorCode: code })
      expect(header.status?.description).toMatch(/^.{20,}$/)
    })

    const welcomes: [string, () => string][] = [
      ['has no iat and no nbf', () => sign({ ...goodClaims(), iat: undefined })],
      ['begins now', () => sign({ ...goodClaims(), nbf: now() })],
      ['begins in a moment, by a clock that is ahead', () => sign({ ...goodClaims(), nbf: now() + 30, iat: now() + 30 })],
      ['lives a day', () => sign({ ...goodClaims(), exp: now() + 86_400 })],
      ['is signed with HS384', () => sign(goodClaims(), { ...goodHeader, alg: 'HS384' })],
      ['is signed with HS512', () => sign(goodClaims(), { ...goodHeader, alg: 'HS512' })],
      ['names a region', () => sign(goodClaims(), { ...goodHeader, twr: 'ie1' })],
      ['has a number as identity', () => granting({ identity: 42, chat: chat() })],
      [
        'has grants of other products, and more members',
        () => granting({ identity: 'alice', chat: { ...chat(), endpoint_id: 'e' }, voice: {}, data_sync: {} }),
      ],
      ['has the longest identity', () => granting({ identity: '😀'.repeat(128), chat: chat() })],
    ]

    it.each(welcomes)('that %s is welcome', async (_, token) => {
      expect((await (await open()).init(token())).header.status?.code).toBe(200)
    })

    it('with a number as identity mean its digits', async () => {
      const client = await open()
      await client.init(granting({ identity: 42, chat: chat() }))
      expect((await client.get(configuration)).body.identity).toBe('42')
    })

    it('that ask for a role make new users with it, and change nobody who is there', async () => {
      const [admin, user] = await Promise.all(['service admin', 'service user'].map(roleNamed))
      const identity = newName('deployed')
      const withRole = (role: string) => granting({ identity, chat: { ...chat(), deployment_role_sid: role } })
      await (await open()).init(withRole(admin as string))
      expect((await parley.conversations.users(identity).fetch()).roleSid).toBe(admin)
      await (await open()).init(withRole(user as string))
      expect((await parley.conversations.users(identity).fetch()).roleSid).toBe(admin)
    })

    const roleNamed = async (name: string) => (await parley.conversations.roles.list()).find((role) => role.friendlyName === name)?.sid

    it('for another identity, or another service, are refused to a connection that has one: 403', async () => {
      const client = await start('alice')
      const other = await parley.conversations.services.create({ friendlyName: 'Other' })
      for (const token of [parley.token('bob'), parley.token('alice', { service_sid: other.sid })]) {
        const { header } = await client.ask({ method: 'update', token })
        expect(header.status).toMatchObject({ code: 403, status: 'FORBIDDEN', errorCode: 51131 })
      }
      expect((await client.get(configuration)).body.identity).toBe('alice')
    })

    it('are updated by the same identity', async () => {
      const client = await start('alice')
      expect((await client.ask({ method: 'update', token: parley.token('alice', { ttl: 7_200 }) })).header.status?.code).toBe(200)
      expect((await client.ask({ method: 'update', token: 'nonsense' })).header.status).toMatchObject({ code: 401, errorCode: 51130 })
      expect((await client.get(configuration)).status).toBe(200)
    })
  })

  describe('frames', () => {
    it('that cannot be read are dropped without a word, and the connection stays', async () => {
      const client = await start()
      const header = JSON.stringify({ id: 'x', method: 'message', payload_size: 0 })
      const frame = (start: string, size: number | string, head: string, rest = '\r\n') => Buffer.from(`${start}${size}\r\n${head}${rest}`)
      client.sendRaw('text, and no bytes')
      client.sendRaw(header)
      for (const bytes of [
        Buffer.alloc(0),
        Buffer.from([0xff, 0x00, 0x80]),
        frame('TWILSOCK V2.0 ', header.length, header),
        frame('TWILSOCK V3.0 ', header.length + 1, header),
        frame('TWILSOCK V3.0 ', header.length - 1, header),
        frame('TWILSOCK V3.0 ', '99999999999', header),
        frame('TWILSOCK V3.0 ', 'abc', header),
        frame('TWILSOCK V3.0 ', header.length, header, ''),
        frame('TWILSOCK V3.0 ', 5, '{"a":'),
        frame('TWILSOCK V3.0 ', 4, 'null'),
        frame('TWILSOCK V3.0 ', header.length, header, '\r\nmore than was said'),
      ])
        client.sendRaw(bytes)
      const before = client.incoming.all.length
      expect((await client.get(configuration)).status).toBe(200)
      expect(client.incoming.all.length).toBe(before + 1)
    })

    it('of unknown methods are answered', async () => {
      const client = await start()
      expect((await client.ask({ method: 'dance' })).header.status).toMatchObject({ code: 400, status: 'BAD_REQUEST' })
      for (const method of ['put_notification_ctx', 'delete_notification_ctx'])
        expect((await client.ask({ method, notification_ctx_id: 'c' }, {})).header.status?.code).toBe(200)
    })

    it('that need no answer get none: acknowledgements, telemetry', async () => {
      const client = await start()
      const before = client.incoming.all.length
      client.send({ id: 'TM1', method: 'reply', payload_type: 'application/json', status: { code: 200, status: 'OK' } })
      client.send({ method: 'reply', id: 'TM2' })
      client.send({ id: 'TM3', method: 'telemetry.v1', events: [{ start: -1, end: 0, title: 't', details: 'd' }] })
      expect((await client.get(configuration)).status).toBe(200)
      expect(client.incoming.all.length).toBe(before + 1)
    })

    it('may have any id, which comes back', async () => {
      const client = await start()
      for (const id of ['TMx', 'ünï "quoted"', 7])
        expect((await client.ask({ ...requestHeader('GET', configuration), id })).header.id).toBe(id)
    })

    it('with `close` end the connection', async () => {
      const client = await start()
      client.send({ id: 'TMbye', method: 'close' })
      await client.closed
    })

    it('are taken at one place only, with any query', async () => {
      const opens = (url: string) =>
        new Promise<boolean>((resolve) => {
          const socket = new WebSocket(url)
          socket.on('open', () => resolve(true))
          socket.on('error', () => resolve(false))
          socket.on('open', () => socket.close())
        })
      expect(await opens(`${parley.socketUrl}?x=1&y=2`)).toBe(true)
      expect(await opens(parley.socketUrl.replace('/v3/wsconnect', '/v3/wsconnected'))).toBe(false)
      expect(await opens(parley.socketUrl.replace('/v3/wsconnect', '/'))).toBe(false)
    })
  })

  describe('requests', () => {
    it('are answered with both levels of status, and as JSON', async () => {
      const client = await start()
      const { header } = await client.ask(requestHeader('GET', configuration))
      expect(header).toMatchObject({
        status: { code: 200, status: 'OK' },
        http_status: { code: 200, status: 'OK' },
        http_headers: { 'content-type': 'application/json' },
        payload_type: 'application/json',
      })
    })

    it('for what is not there are answered with a JSON error, and never hang', async () => {
      const client = await start()
      const paths = [
        '/',
        '/nothing',
        '/Client/v2/Nothing',
        '/Client/v2',
        '//',
        '/%',
        '/%zz/%',
        '/Client/v2/Configuration/more',
        '/v3/Maps',
        '/v5/Things/x',
      ]
      for (const path of paths) {
        const { status, body } = await client.get(path)
        expect([path, status, body]).toEqual([
          path,
          404,
          expect.objectContaining({ code: 20404, status: 404, message: expect.any(String) }),
        ])
      }
      for (const method of ['PUT', 'PATCH', 'OPTIONS', 'HEAD', 'DANCE', '__proto__', 'constructor'])
        expect([method, (await client.request(method, configuration)).status]).toEqual([method, 405])
      expect((await client.delete(configuration)).body).toMatchObject({ code: 20004, status: 405 })
    })

    it('that are none are answered with an error', async () => {
      const client = await start()
      for (const http_request of [
        undefined,
        null,
        'GET /',
        {},
        { method: 'GET' },
        { path: '/x' },
        { method: 'GET', path: 'relative' },
        { method: 7, path: '/' },
      ]) {
        const { header, payload } = await client.ask({ method: 'message', http_request })
        expect(header.http_status?.code).toBe(400)
        expect(payload).toMatchObject({ status: 400, code: 51100 })
      }
    })

    it('are found by their path, whatever the host, with everything percent-decoded', async () => {
      const identity = newName('bob@x.y z/50%')
      const client = await start(identity)
      const service = parley.credentials.service_sid
      const { body } = await client.get(`/Client/v2/Services/${service}/Users/${encodeURIComponent(identity)}`)
      expect(body.identity).toBe(identity)
    })

    it('may come many at once; each gets its own answer', async () => {
      const client = await start()
      const identities = Array.from({ length: 300 }, (_, at) => `nobody-${at}`)
      const users = `/Client/v2/Services/${parley.credentials.service_sid}/Users`
      const answers = await Promise.all(identities.map((identity) => client.get(`${users}/${identity}`)))
      expect(answers.every(({ status, body }) => status === 404 && body.code === 50200)).toBe(true)
    })

    it('for things of another service or another user are refused', async () => {
      const client = await start('alice')
      const other = await parley.conversations.services.create({ friendlyName: 'Other' })
      expect((await client.get(`/Client/v2/Services/${other.sid}/Users/alice`)).body).toMatchObject({ code: 50050 })
      const own = `/Client/v2/Services/${parley.credentials.service_sid}/Users`
      expect((await client.get(`${own}/bob/Conversations`)).body).toMatchObject({ code: 50107, status: 403 })
      const roleOf = async (service: string) => (await parley.conversations.services(service).roles.list({ limit: 1 }))[0]
      const [ours, theirs] = [await roleOf(parley.credentials.service_sid), await roleOf(other.sid)]
      const { sid, friendlyName: friendly_name, type } = ours ?? {}
      // What it permits is not told.
      expect((await client.get(`/Client/v2/Roles/${sid}`)).body).toEqual({ sid, friendly_name, type })
      expect((await client.get(`/Client/v2/Roles/${theirs?.sid}`)).body).toMatchObject({ code: 50100, status: 404 })
    })

    it('with a bad body are refused with the field', async () => {
      const client = await start()
      const conversations = `/Client/v2/Services/${parley.credentials.service_sid}/Conversations`
      expect((await client.post(conversations, { attributes: 'no json' })).body).toMatchObject({
        code: 50304,
        details: { field: 'attributes' },
      })
      expect((await client.post(conversations, { friendly_name: 'x'.repeat(257) })).body).toMatchObject({ code: 50003, status: 400 })
      expect((await client.request('POST', conversations, { body: '{"friendly_name":', type: 'application/json' })).status).toBeLessThan(
        500,
      )
    })

    it('for push registrations are answered with 2xx, which official clients insist on', async () => {
      const client = await start()
      const registrations = '/v1/registrations'
      const params = { productId: 'ip_messaging' }
      const body = { endpoint_platform: 'web', channel_type: 'fcm', version: '3', message_types: [], data: { registration_id: 'token' } }
      const made = await client.request('POST', registrations, { params, body })
      expect(made).toMatchObject({ status: 201, body: { id: expect.stringMatching(/^BS[0-9a-f]{32}$/) } })
      expect(await client.request('DELETE', `${registrations}/${made.body.id}`, { params, body: {} })).toEqual({
        status: 204,
        body: undefined,
      })
      expect(await client.request('DELETE', registrations, { params, body: { binding_type: 'fcm', address: 'token' } })).toMatchObject({
        status: 204,
      })
      expect((await client.request('POST', registrations, { params, body: { channel_type: 'pigeon' } })).body).toMatchObject({
        status: 400,
      })
    })
  })

  describe('end', () => {
    const dropped = async (client: RawClient) => {
      await client.closed
      return true
    }

    it('when the API key of their token is revoked, and those of other keys stay', async () => {
      const key = await parley.rest.api.v2010.accounts(parley.credentials.account_sid).newKeys.create({ friendlyName: 'Short-lived' })
      const identity = newName('keyed')
      const signed = (() => {
        const claims = {
          iss: key.sid,
          sub: parley.credentials.account_sid,
          exp: Math.floor(parley.clock.now() / 1_000) + 600,
          grants: { identity, chat: { service_sid: parley.credentials.service_sid } },
        }
        const body = [{ alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' }, claims]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .join('.')
        return `${body}.${createHmac('sha256', key.secret).update(body).digest('base64url')}`
      })()
      const stays = await start(identity)
      const goes = await open()
      expect((await goes.init(signed)).header.status?.code).toBe(200)

      await parley.rest.api.v2010.accounts(parley.credentials.account_sid).keys(key.sid).remove()

      expect(await dropped(goes)).toBe(true)
      expect((await (await open()).init(signed)).header.status).toMatchObject({ code: 401, errorCode: 51115 })
      expect((await stays.get(configuration)).status).toBe(200)
    })

    it('also when the key is revoked in the very moment in which they begin', async () => {
      const account = parley.rest.api.v2010.accounts(parley.credentials.account_sid)
      for (const round of [1, 2, 3]) {
        const key = await account.newKeys.create({ friendlyName: `Round ${round}` })
        const beginning = await Promise.all(Array.from({ length: 30 }, () => open()))
        const revoking = account.keys(key.sid).remove()
        const replies = beginning.map((client) => client.init(parley.token(newName('late'), { key })))
        await revoking
        for (const [at, client] of beginning.entries()) {
          const { status } = (await replies[at])?.header ?? {}
          if (status?.code === 200) await client.closed
          else expect(status).toMatchObject({ code: 401, errorCode: 51115 })
        }
      }
    })

    it('when their user is deleted; who comes back is somebody new', async () => {
      const identity = newName('deleted')
      const client = await start(identity)
      const { sid } = await parley.conversations.users(identity).fetch()
      await parley.conversations.users(identity).remove()
      expect(await dropped(client)).toBe(true)
      await start(identity)
      expect((await parley.conversations.users(identity).fetch()).sid).not.toBe(sid)
    })

    it('when their service is deleted', async () => {
      const service = await parley.conversations.services.create({ friendlyName: 'Passing' })
      const client = await open()
      const token = parley.token('alice', { service_sid: service.sid })
      await client.init(token)
      await parley.conversations.services(service.sid).remove()
      expect(await dropped(client)).toBe(true)
      expect((await (await open()).init(token)).header.status).toMatchObject({ code: 401, errorCode: 51101 })
    })

    it('when their account is suspended, until it is active again', async () => {
      const account = await parley.rest.api.v2010.accounts.create({ friendlyName: 'Tenant' })
      const tenant = await tenantOf(account.sid, account.authToken)
      const client = await open()
      expect((await client.init(tenant.token('alice'))).header.status?.code).toBe(200)

      await parley.rest.api.v2010.accounts(account.sid).update({ status: 'suspended' })

      expect(await dropped(client)).toBe(true)
      expect((await (await open()).init(tenant.token('alice'))).header.status).toMatchObject({ code: 401, errorCode: 51115 })
      await parley.rest.api.v2010.accounts(account.sid).update({ status: 'active' })
      expect((await (await open()).init(tenant.token('alice'))).header.status?.code).toBe(200)
    })

    async function tenantOf(account_sid: string, auth_token: string) {
      const { default: twilio } = await import('twilio')
      const rest = twilio(account_sid, auth_token)
      rest.conversations.baseUrl = parley.url
      rest.api.baseUrl = parley.url
      const key = await rest.api.v2010.accounts(account_sid).newKeys.create({})
      const { defaultChatServiceSid } = await rest.conversations.v1.configuration().fetch()
      return {
        token(identity: string) {
          const token = new twilio.jwt.AccessToken(account_sid, key.sid, key.secret, { identity })
          token.addGrant(new twilio.jwt.AccessToken.ChatGrant({ serviceSid: defaultChatServiceSid }))
          return token.toJwt()
        },
      }
    }
  })
})
