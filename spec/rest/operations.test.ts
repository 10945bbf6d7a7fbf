import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog, readSettings, startServer } from '@parley/server'
import { describe, expect, inject, it } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { startParley } from '../support/parley.ts'
import { ask, helper, sendRaw, sharedParley } from '../support/rest.ts'

const decoded = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))

describe('operators', () => {
  const parley = sharedParley({})

  it('learn whether the process is alive, and whether it can serve', async () => {
    expect(await ask(parley(), '/healthz', { login: null })).toMatchObject({ status: 200, json: { status: 'alive' } })
    expect(await ask(parley(), '/readyz', { login: null })).toMatchObject({ status: 200, json: { status: 'ready' } })
  })

  it('learn that it cannot serve when the database is gone', async () => {
    await using database = await freshDatabase(inject('postgresUrl'))
    const folder = mkdtempSync(join(tmpdir(), 'parley-spec-'))
    const settings = readSettings({ PARLEY_PORT: '0', PARLEY_DATA_DIR: folder, PARLEY_DATABASE_URL: database.url })
    const server = await startServer(settings, createLog({ level: 'silent' }))
    try {
      await database.drop()
      const ready = await fetch(`${server.url}/readyz`)
      expect(ready.status).toBe(503)
      expect(ready.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await ready.json()).toMatchObject({ code: 20503, status: 503 })
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    } finally {
      await server.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('measure requests by route, not by address', async () => {
    const { sid } = await helper(parley()).conversations.v1.conversations.create()
    await ask(parley(), `/v1/Conversations/${sid}`)
    await ask(parley(), `/nowhere/${sid}`)
    const { text, headers } = await ask(parley(), '/metrics', { login: null })
    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    expect(text).toMatch(/parley_http_request_seconds_count\{method="GET",route="\/v1\/Conversations\/:conversation",status="200"\} \d+/)
    expect(text).toMatch(/parley_http_request_seconds_count\{method="GET",route="unknown",status="404"\} \d+/)
    expect(text).toMatch(/^process_cpu_seconds_total /m)
    expect(text).not.toContain(sid)
  })
})

describe('development mode', () => {
  const parley = sharedParley({})

  it.each([
    ['GET', '/token?identity=al%20ice'],
    ['POST', '/token/al%20ice'],
  ])('mints access tokens: %s %s', async (method, path) => {
    const { status, json } = await ask(parley(), path, { method, login: null })
    expect(status).toBe(200)
    expect(json).toEqual({ token: expect.any(String), identity: 'al ice' })

    const { account_sid, api_key_sid, api_key_secret, service_sid } = parley().credentials
    const [header, payload, signature] = json.token.split('.')
    const [theirHeader] = parley().token('al ice').split('.')
    expect(decoded(header)).toEqual(decoded(theirHeader))
    const claims = decoded(payload)
    expect(claims).toEqual({
      jti: `${api_key_sid}-${claims.iat}`,
      grants: { identity: 'al ice', chat: { service_sid } },
      iat: expect.any(Number),
      exp: claims.iat + 86_400,
      iss: api_key_sid,
      sub: account_sid,
    })
    expect(signature).toBe(createHmac('sha256', api_key_secret).update(`${header}.${payload}`).digest('base64url'))
  })

  it('mints no token for nobody', async () => {
    for (const path of ['/token', '/token?identity='])
      expect(await ask(parley(), path)).toMatchObject({ status: 400, json: { code: 50204 } })
  })

  it('moves the clock', async () => {
    const { conversations } = helper(parley()).conversations.v1
    const before = (await conversations.create()).dateCreated.getTime()
    const headers = { 'content-type': 'application/json' }
    const { status, json } = await ask(parley(), '/parley/v1/clock', { body: '{"advance_ms": 3600000}', headers, login: null })
    expect(status).toBe(200)
    expect(Date.parse(json.now)).toBeGreaterThanOrEqual(before + 3_600_000)
    expect((await conversations.create()).dateCreated.getTime()).toBeGreaterThanOrEqual(before + 3_600_000)

    for (const body of ['', '{', 'null', '[]', '{}', '{"advance_ms":"1"}', '{"advance_ms":-1}', '{"advance_ms":1e300}'])
      expect(await ask(parley(), '/parley/v1/clock', { body, headers })).toMatchObject({ status: 400, json: { code: 20001 } })
    expect((await ask(parley(), '/parley/v1/clock', { form: { advance_ms: '5' } })).status).toBe(400)
  })

  it('is there for this machine alone, not for pages or proxies of others', async () => {
    const refused = { status: 404, json: { code: 20404 } }
    const path = '/token?identity=alice'
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'http://203.0.113.9' },
      { origin: 'null' },
      { 'x-forwarded-for': '203.0.113.9' },
      { forwarded: 'for=203.0.113.9' },
    ] as Record<string, string>[])
      expect(await ask(parley(), path, { headers })).toMatchObject(refused)
    for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example'])
      expect(await sendRaw(parley(), `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 404 /)
    for (const host of ['localhost:8480', '10.0.2.2', '[::1]:8480'])
      expect(await sendRaw(parley(), `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 /)
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:80', 'http://app.localhost'])
      expect((await ask(parley(), path, { headers: { origin } })).status).toBe(200)
  })

  it('is not there in production', async () => {
    await using production = await startParley({ settings: { PARLEY_MODE: 'production' } })
    const headers = { 'content-type': 'application/json' }
    expect(await ask(production, '/token?identity=alice')).toMatchObject({ status: 404, json: { code: 20404 } })
    expect((await ask(production, '/token/alice', { method: 'POST' })).status).toBe(404)
    expect((await ask(production, '/parley/v1/clock', { body: '{"advance_ms":1}', headers })).status).toBe(404)
  })
})
