import { describe, expect, it } from 'vitest'
import { startParley } from '../support/parley.ts'
import { ask, helper, sharedParley } from '../support/rest.ts'

describe('every answer', () => {
  const parley = sharedParley({})
  const api = () => helper(parley()).conversations.v1

  it('carries its id, its duration and our name', async () => {
    for (const path of ['/v1/Conversations', '/v1/Conversations/nope', '/nowhere', '/healthz']) {
      const { headers } = await ask(parley(), path)
      expect(headers.get('twilio-request-id')).toMatch(/^RQ[0-9a-f]{32}$/)
      expect(headers.get('twilio-request-duration')).toMatch(/^\d+\.\d{3}$/)
      expect(headers.get('twilio-concurrent-requests')).toMatch(/^[1-9]\d*$/)
      expect(headers.get('x-api-domain')).toBe(new URL(parley().url).host)
    }
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await ask(parley(), '/healthz')).headers.get('twilio-request-id')),
    )
    expect(new Set(ids).size).toBe(20)
  })

  it('is JSON, also when it is a refusal', async () => {
    for (const path of ['/v1/Conversations', '/v1/Conversations/nope', '/', '/v2/Conversations'])
      expect((await ask(parley(), path)).headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  it('may be read by pages of other origins', async () => {
    const { headers } = await ask(parley(), '/v1/Conversations', { headers: { origin: 'https://app.example.org' } })
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.org')
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(headers.get('vary')).toBe('Origin')
    expect((await ask(parley(), '/v1/Conversations')).headers.get('access-control-allow-origin')).toBe('*')
    const refused = await ask(parley(), '/v1/Conversations', { login: null, headers: { origin: 'https://app.example.org' } })
    expect(refused).toMatchObject({ status: 401 })
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example.org')
  })

  it('to the question of a browser whether it may ask needs no credentials', async () => {
    for (const path of ['/v1/Conversations', '/v1/Conversations/CH1/Messages', '/2010-04-01/Accounts.json']) {
      const { status, headers, text } = await ask(parley(), path, {
        method: 'OPTIONS',
        login: null,
        headers: {
          origin: 'https://app.example.org',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      })
      expect({ status, text }).toEqual({ status: 204, text: '' })
      expect(headers.get('access-control-allow-origin')).toBe('https://app.example.org')
      expect(headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, DELETE, OPTIONS')
      expect(headers.get('access-control-allow-headers')).toContain('Authorization')
      expect(headers.get('access-control-allow-headers')).toContain('X-Twilio-Webhook-Enabled')
    }
  })

  it('to HEAD is the one to GET without its body', async () => {
    const { sid } = await api().conversations.create()
    const head = await ask(parley(), `/v1/Conversations/${sid}`, { method: 'HEAD' })
    const whole = await ask(parley(), `/v1/Conversations/${sid}`)
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers.get('content-length')).toBe(String(whole.text.length))
    expect((await ask(parley(), '/v1/Conversations/nope', { method: 'HEAD' })).status).toBe(404)
    expect((await ask(parley(), '/v1/Conversations', { method: 'HEAD', login: null })).status).toBe(401)
  })

  it.each([
    '/',
    '/v1',
    '/v1/',
    '/v1/conversations',
    '/V1/Conversations',
    '/v1/Conversations/',
    '/v1//Conversations',
    '/v1/Nothing',
    '/nothing?a=b',
    '/v2/Conversations',
    '/v1/Conversations.json',
  ])('to the unknown path %s is 20404, and names it', async (path) => {
    const { status, json } = await ask(parley(), path)
    const named = path.split('?')[0]?.replace(/^\/v1(?=\/)/, '')
    expect({ status, json }).toEqual({
      status: 404,
      json: {
        code: 20404,
        status: 404,
        message: `The requested resource ${named} was not found`,
        more_info: 'https://www.twilio.com/docs/errors/20404',
      },
    })
  })

  it('to an unknown path does not depend on what is sent there', async () => {
    for (const type of ['application/json', 'image/png'])
      expect(await ask(parley(), '/v1/Nothing', { body: '{}', headers: { 'content-type': type } })).toMatchObject({
        status: 404,
        json: { code: 20404 },
      })
  })

  it.each([
    ['PUT', '/v1/Conversations', 'GET, POST, HEAD, OPTIONS'],
    ['PATCH', '/v1/Conversations/CH1', 'GET, POST, DELETE, HEAD, OPTIONS'],
    ['DELETE', '/v1/Conversations', 'GET, POST, HEAD, OPTIONS'],
    ['POST', '/v1/ParticipantConversations', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/v1/Configuration', 'GET, POST, HEAD, OPTIONS'],
    ['PUT', '/v1/Services/IS1', 'GET, POST, DELETE, HEAD, OPTIONS'],
    ['DELETE', '/2010-04-01/Accounts/AC1.json', 'GET, POST, HEAD, OPTIONS'],
  ])('to %s %s is 20004, and says what is possible', async (method, path, allowed) => {
    const { status, json, headers } = await ask(parley(), path, { method, body: '{}', headers: { 'content-type': 'application/json' } })
    expect({ status, json }).toMatchObject({
      status: 405,
      json: { code: 20004, status: 405, message: 'Method not allowed', details: { allowed } },
    })
    expect(headers.get('allow')).toBe(allowed)
  })

  it('about something missing speaks of the path, and about a bad parameter of the parameter', async () => {
    const { service_sid } = parley().credentials
    const { sid } = await api().conversations.create()
    for (const path of [
      '/v1/Conversations/nope',
      `/v1/Conversations/${sid}/Participants/nope`,
      `/v1/Conversations/${sid}/Messages/nope`,
      '/v1/Users/nope',
      '/v1/Users/nope/Conversations',
      '/v1/Roles/nope',
      '/v1/Services/nope',
      '/v1/Services/nope/Conversations',
      `/v1/Services/${service_sid}/Conversations/nope/Messages`,
    ])
      expect(await ask(parley(), path)).toMatchObject({
        status: 404,
        json: { code: 20404, message: `The requested resource ${path.slice('/v1'.length)} was not found` },
      })
    expect(await ask(parley(), '/v1/Users', { form: { Identity: 'i', RoleSid: `RL${'0'.repeat(32)}` } })).toMatchObject({
      status: 404,
      json: { code: 50100, message: 'Role not found', details: { field: 'RoleSid' } },
    })
  })

  it.each(['Nothing', 'Configuration/Nothing', 'Conversations/CH1/Nothing'])(
    'to what nobody serves, such as %s, is 20404',
    async (path) => {
      expect(await ask(parley(), `/v1/${path}`)).toMatchObject({ status: 404, json: { code: 20404 } })
    },
  )

  it('about too many writes says how long to wait, and which setting counts', async () => {
    await using strict = await startParley({ settings: { PARLEY_LIMIT_ACTIONS_PER_SECOND: '3' } })
    const { sid } = await helper(strict).conversations.v1.conversations.create()
    const send = () => ask(strict, `/v1/Conversations/${sid}/Messages`, { form: { Body: 'x' } })
    const answers = []
    for (let at = 0; at < 12; at++) answers.push(await send())
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.json).toMatchObject({ code: 50063, details: { setting: 'PARLEY_LIMIT_ACTIONS_PER_SECOND', limit: 3 } })
    expect(refused?.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    await strict.clock.advance(2_000)
    expect((await send()).status).toBe(201)
  })
})
