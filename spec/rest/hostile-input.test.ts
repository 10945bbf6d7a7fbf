import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { databases } from '../support/parley.ts'
import { ask, basicOf, helper, sendRaw, sharedParley } from '../support/rest.ts'

const formType = 'application/x-www-form-urlencoded'

describe.each(databases)('hostile input, on %s', (database) => {
  const parley = sharedParley({ database })
  const api = () => helper(parley()).conversations.v1
  const post = (path: string, body: string, type = formType) => ask(parley(), path, { body, headers: { 'content-type': type } })

  describe('is only text', () => {
    it.each([
      "'); drop table conversations; --",
      '" or ""="',
      '%s %d $1 ?',
      '{{7*7}}',
      '__proto__',
      'constructor',
      '<script>',
      '\u202eemoji 👩‍👩‍👧‍👦 é',
      'a\u0001b\u007f',
    ])('%j', async (text) => {
      const made = await api().conversations.create({ friendlyName: text, uniqueName: text, attributes: JSON.stringify({ [text]: text }) })
      expect(made).toMatchObject({ friendlyName: text, uniqueName: text, attributes: JSON.stringify({ [text]: text }) })
      const { status, json } = await ask(parley(), `/v1/Conversations/${encodeURIComponent(text)}`)
      expect({ status, name: json.unique_name }).toEqual({ status: 200, name: text })
      await api().conversations(made.sid).participants.create({ identity: text })
      const { json: message } = await ask(parley(), `/v1/Conversations/${made.sid}/Messages`, { form: { Body: text, Author: text } })
      expect(message).toMatchObject({ body: text, author: text, participant_sid: expect.any(String) })
      const { json: found } = await ask(parley(), `/v1/ParticipantConversations?Identity=${encodeURIComponent(text)}`)
      expect(found.conversations).toHaveLength(1)
      expect((await ask(parley(), `/v1/Users/${encodeURIComponent(text)}`)).json.identity).toBe(text)
    })
  })

  it('with NUL is refused everywhere, because no text has it', async () => {
    const { sid } = await api().conversations.create()
    for (const [path, name] of [
      ['/v1/Conversations', 'FriendlyName'],
      ['/v1/Conversations', 'UniqueName'],
      [`/v1/Conversations/${sid}/Messages`, 'Body'],
      [`/v1/Conversations/${sid}/Messages`, 'Author'],
      [`/v1/Conversations/${sid}/Participants`, 'Identity'],
      ['/v1/Users', 'Identity'],
      ['/v1/Roles', 'FriendlyName'],
      ['/v1/Services', 'FriendlyName'],
      [`/2010-04-01/Accounts/${parley().credentials.account_sid}/Keys.json`, 'FriendlyName'],
    ] as const)
      expect(await post(path, `${name}=a%00b`)).toMatchObject({ status: 400, json: { code: 20001, details: { field: name } } })
    expect(await post('/v1/Conversations', 'Attributes=%22%00%22')).toMatchObject({ status: 400, json: { code: 50304 } })
    expect(await post('/v1/Conversations', 'Attributes=%22%5Cu0000%22')).toMatchObject({ status: 201, json: { attributes: '"\\u0000"' } })
    for (const path of [
      '/v1/Conversations/a%00b',
      '/v1/Users/a%00b',
      `/v1/Conversations/${sid}/Participants/%00`,
      '/v1/Roles/%00',
      '/v1/Services/%00/Users',
    ])
      expect(await ask(parley(), path)).toMatchObject({ status: 404, json: { code: 20404 } })
    expect(await ask(parley(), '/v1/ParticipantConversations?Identity=%00')).toMatchObject({ status: 400, json: { code: 20001 } })
  })

  it.each(['FriendlyName=%', 'FriendlyName=%zz', 'FriendlyName=%C3', 'FriendlyName=%ED%A0%80', '%E0%A4%A=x', 'A=1&B=%FF'])(
    'that is badly encoded is refused in a body and in a query: %s',
    async (text) => {
      expect(await post('/v1/Conversations', text)).toMatchObject({ status: 400, json: { code: 20001, status: 400 } })
      expect(await ask(parley(), `/v1/Conversations?${text}`)).toMatchObject({ status: 400, json: { code: 20001 } })
    },
  )

  it('that is no UTF-8 is refused in a body', async () => {
    const body = new Uint8Array([...'FriendlyName='].map((letter) => letter.charCodeAt(0)).concat(0xff, 0xfe))
    expect(await ask(parley(), '/v1/Conversations', { body, headers: { 'content-type': formType } })).toMatchObject({
      status: 400,
      json: { code: 20001 },
    })
  })

  it.each(['%', '%C3', '%zz', '%ED%A0%80'])('that is badly encoded is refused in a path: %s', async (segment) => {
    const request = `GET /v1/Conversations/${segment} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basicOf(parley())}\r\nConnection: close\r\n\r\n`
    const told = await sendRaw(parley(), request)
    expect(told).toMatch(/^HTTP\/1.1 400 /)
    expect(told).toContain('"code":20001')
    expect(told).toMatch(/twilio-request-id: RQ/i)
  })

  it('of spaces and plus signs means what forms mean', async () => {
    expect((await post('/v1/Conversations', 'FriendlyName=a+b%20c%2Bd&&=&=x&Unknown')).json.friendly_name).toBe('a b c+d')
    expect((await post('/v1/Conversations', 'FriendlyName=first&FriendlyName=last')).json.friendly_name).toBe('last')
  })

  it('of ten thousand parameters is refused, and names the setting', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `P${at}=1`).join('&')
    for (const answer of [
      await post('/v1/Conversations', many),
      await post('/v1/Conversations', Array(10_000).fill('FriendlyName=x').join('&')),
    ])
      expect(answer).toMatchObject({
        status: 400,
        json: { code: 20001, details: { setting: 'PARLEY_LIMIT_REQUEST_PARAMETERS', limit: 1_000 } },
      })
    const query = Array.from({ length: 1_001 }, (_, at) => `P${at}`).join('&')
    expect(await ask(parley(), `/v1/Conversations?${query}`)).toMatchObject({ status: 400, json: { code: 20001 } })
  })

  it('of more than a mebibyte is refused, announced or not', async () => {
    const refused = { status: 413, json: { code: 20413, details: { setting: 'PARLEY_LIMIT_REQUEST_BODY_BYTES', limit: 1_048_576 } } }
    expect(await post('/v1/Conversations', `FriendlyName=${'x'.repeat(1_048_576)}`)).toMatchObject(refused)
    const head = `POST /v1/Conversations HTTP/1.1\r\nHost: x\r\nAuthorization: ${basicOf(parley())}\r\nContent-Type: ${formType}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    const told = await sendRaw(parley(), `${head}${chunk.repeat(17)}0\r\n\r\n`)
    expect(told).toMatch(/^HTTP\/1.1 413 /)
    expect(told).toContain('"code":20413')
  })

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded-not', 'nonsense'])(
    'of the type %s is refused',
    async (type) => {
      expect(await post('/v1/Conversations', '{"FriendlyName":"x"}', type)).toMatchObject({ status: 422, json: { code: 20422 } })
    },
  )

  it('of nothing is fine, whatever its type', async () => {
    for (const type of ['application/json', formType, `${formType}; charset=UTF-8`])
      expect((await post('/v1/Conversations', '', type)).status).toBe(201)
    expect((await ask(parley(), '/v1/Conversations', { headers: { 'content-type': formType } })).status).toBe(200)
    const { sid } = await api().conversations.create()
    const request = `DELETE /v1/Conversations/${sid} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basicOf(parley())}\r\nContent-Type: ${formType}; charset=UTF-8\r\nContent-Length: 0\r\nAccept-Encoding: utf-8\r\nConnection: close\r\n\r\n`
    expect(await sendRaw(parley(), request)).toMatch(/^HTTP\/1.1 204 /)
  })

  it('of a charset that is named is read as UTF-8', async () => {
    expect((await post('/v1/Conversations', 'FriendlyName=caf%C3%A9', `${formType}; charset=UTF-8`)).json.friendly_name).toBe('café')
    expect((await post('/v1/Conversations', 'FriendlyName=café', formType.toUpperCase())).json.friendly_name).toBe('café')
  })

  it('of deep and long JSON is kept as it is', async () => {
    const deep = `${'['.repeat(2_000)}${']'.repeat(2_000)}`
    expect((await api().conversations.create({ attributes: deep })).attributes).toBe(deep)
  })

  it('of enormous numbers and dates is refused or kept, and never breaks a list', async () => {
    const { sid } = await api().conversations.create()
    const dated = await post('/v1/Conversations', 'DateCreated=9999-12-31T23:59:59Z&DateUpdated=0001-01-01T00:00:00Z')
    expect(dated.json).toMatchObject({ date_created: '9999-12-31T23:59:59Z', date_updated: '0001-01-01T00:00:00Z' })
    expect((await post('/v1/Conversations', 'DateCreated=275760-09-13T00:00:01Z')).json.code).toBe(50308)
    for (const date of [
      '2024-02-31T00:00:00Z',
      '0001-01-01T00:00:00%2B14:00',
      '9999-12-31T23:59:59-14:00',
      '0000-12-31',
      '2024-01-01T25:00:00Z',
    ])
      expect((await post('/v1/Conversations', `DateCreated=${date}`)).json.code).toBe(50308)
    expect((await post(`/v1/Conversations/${sid}`, 'Timers.Inactive=P99999999Y')).json.code).toBe(50379)
    expect((await post(`/v1/Conversations/${sid}`, `Timers.Closed=P${'9'.repeat(400)}D`)).json.code).toBe(50380)
    expect((await post(`/v1/Conversations/${sid}`, 'Timers.Closed=P100Y')).json.timers.date_closed).toMatch(/^2\d{3}-/)
    await post(`/v1/Conversations/${sid}/Participants`, 'Identity=reader')
    expect((await post(`/v1/Conversations/${sid}/Participants/reader`, 'LastReadMessageIndex=999999999999999')).json).toMatchObject({
      last_read_message_index: 999_999_999_999_999,
    })
    for (const list of ['/v1/Conversations', '/v1/Conversations?State=active', '/v1/Users/reader/Conversations'])
      expect((await ask(parley(), list)).status).toBe(200)
  })

  it('of long paths is answered', async () => {
    expect(await ask(parley(), `/v1/Conversations/${'x'.repeat(8_000)}`)).toMatchObject({ status: 404, json: { code: 20404 } })
    const identity = '€'.repeat(256)
    await api().users.create({ identity })
    expect((await ask(parley(), `/v1/Users/${encodeURIComponent(identity)}`)).json.identity).toBe(identity)
  })

  it('that breaks off harms nobody else', async () => {
    const { hostname, port } = new URL(parley().url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(
      `POST /v1/Conversations HTTP/1.1\r\nHost: x\r\nAuthorization: ${basicOf(parley())}\r\nContent-Type: ${formType}\r\nContent-Length: 100\r\n\r\nFriendlyName=half`,
    )
    socket.destroy()
    await once(socket, 'close')
    expect((await ask(parley(), '/v1/Conversations')).text).not.toContain('half')
  })
})
