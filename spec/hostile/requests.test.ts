import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { databases, type Parley, startParley } from '../support/parley.ts'
import { ask } from '../support/rest.ts'
import { inTime } from '../support/until.ts'
import { attacked } from './wholesome.ts'

const seed = 20_261_120

const basic = ({ credentials }: Parley) => `Basic ${btoa(`${credentials.account_sid}:${credentials.auth_token}`)}`

async function open({ url }: Parley): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/**
 * Sends bytes as they are, and gives all that comes back until the server hangs up. To `abandon` them is to hang up ourselves when the server has
 * had time to answer: it may wait for the rest of what it takes for half a request.
 */
async function exchange(parley: Parley, bytes: string | Uint8Array, { abandon = false } = {}): Promise<string> {
  const socket = await open(parley)
  const closed = once(socket, 'close')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  socket.write(bytes)
  if (abandon) {
    await ask(parley, '/v1/Conversations?PageSize=1')
    socket.end()
  }
  await inTime(closed, () => `the end of a connection that was sent ${String(bytes).slice(0, 80)}`)
  return answer
}

/** The status of every answer in what a server sent. */
const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))

describe.each(databases)('requests that no library sends, on %s', (database) => {
  const place = attacked({ database })

  const post = (lines: string[], body = '') =>
    [
      'POST /v1/Conversations HTTP/1.1',
      'Host: x',
      `Authorization: ${basic(place().parley)}`,
      'Content-Type: application/x-www-form-urlencoded',
      'Connection: close',
      ...lines,
      '',
      body,
    ].join('\r\n')

  it('are refused when they are random bytes, or real ones that were tampered with', async () => {
    const real = [...Buffer.from(post(['Content-Length: 14'], 'FriendlyName=x'))]
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), kind: fc.constantFrom('set', 'cut', 'add') })
    const tampered = fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) => {
      const bytes = [...real]
      for (const { at, byte, kind } of changes)
        if (kind === 'set') bytes[at % bytes.length] = byte
        else bytes.splice(at % bytes.length, kind === 'cut' ? 1 : 0, ...(kind === 'add' ? [byte] : []))
      return Uint8Array.from(bytes)
    })
    const sent = fc.sample(fc.oneof(tampered, tampered, fc.uint8Array({ maxLength: 200 })), { seed, numRuns: 200 })
    const answers = await Promise.all(sent.map((bytes) => exchange(place().parley, bytes, { abandon: true })))
    for (const [at, answer] of answers.entries())
      expect({
        sent: Buffer.from(sent[at] ?? []).toString('latin1'),
        failures: statuses(answer).filter((status) => status >= 500),
      }).toMatchObject({ failures: [] })
  })

  it('are taken or refused, whatever their forms and queries say', async () => {
    const piece = fc.constantFrom(
      'FriendlyName',
      'UniqueName',
      'Attributes',
      'State',
      'Timers.Inactive',
      'DateCreated',
      '=',
      '&',
      '%',
      '%00',
      '%ff',
      '%F0%9F%98%80',
      '+',
      '.',
      '[]',
      '__proto__',
      'constructor',
      '{"a":1}',
      '2026-01-31T00:00:00Z',
      'PT1M',
      'P99999Y',
      'closed',
      '\u00fc',
      "';--",
      'x',
    )
    const forms = fc.sample(fc.array(piece, { maxLength: 14 }), { seed, numRuns: 200 }).map((pieces) => pieces.join(''))
    const tried = forms.map(async (form) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const made = await ask(place().parley, '/v1/Conversations', { body: form, headers })
      const listed = await ask(place().parley, `/v1/Conversations?${form}`)
      return { form, made: made.status, listed: listed.status }
    })
    const fine = { form: expect.any(String), made: expect.toBeOneOf([201, 400, 409]), listed: expect.toBeOneOf([200, 400]) }
    expect(await Promise.all(tried)).toEqual(forms.map(() => fine))
  })

  it('are refused when they lie about their bodies', async () => {
    const { parley } = place()
    const body = 'FriendlyName=x'
    for (const [lines, sent, expected] of [
      [['Content-Length: 14', 'Content-Length: 15'], body, [400]],
      [['Content-Length: 14, 15'], body, [400]],
      [['Content-Length: -1'], body, [400]],
      [['Content-Length: +14'], body, [400]],
      [['Content-Length: 0x0e'], body, [400]],
      [['Content-Length: 99999999999999999999'], body, [400, 413]],
      [['Content-Length: 2000000'], body, [413]],
      [['Content-Length: 14', 'Transfer-Encoding: chunked'], `e\r\n${body}\r\n0\r\n\r\n`, [400]],
      [['Transfer-Encoding: gzip'], body, [400]],
      [['Transfer-Encoding: chunked, chunked'], `e\r\n${body}\r\n0\r\n\r\n`, [400]],
      [['Transfer-Encoding: xchunked'], body, [400]],
      [['Transfer-Encoding: chunked'], 'zz\r\n', [400]],
      [['Transfer-Encoding: chunked'], `ffffffffffffffffff\r\n${body}`, [400]],
      [['Transfer-Encoding: chunked'], `e;${'x'.repeat(20_000)}\r\n${body}\r\n0\r\n\r\n`, [400, 413]],
      [['Transfer-Encoding: chunked'], `e\r\n${body}0\r\n\r\n`, [400]],
      // Neither length nor chunks: there is no body, and what follows would be another request.
      [[], '', [201]],
    ] as const) {
      const answer = await exchange(parley, post([...lines], sent))
      expect({ lines, statuses: statuses(answer) }).toEqual({
        lines,
        statuses: [expect.toBeOneOf([...expected])],
      })
    }
  })

  it('are refused when there is too much of them', async () => {
    const { parley } = place()
    const get = (path: string, headers: string[] = []) =>
      [`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', `Authorization: ${basic(parley)}`, ...headers, '', ''].join('\r\n')
    for (const request of [
      get('/v1/Conversations', Array(20_000).fill('X: y')),
      get('/v1/Conversations', [`X: ${'y'.repeat(1_000_000)}`]),
      get('/v1/Conversations', [`${'X'.repeat(100_000)}: y`]),
      get(`/v1/Conversations/${'x'.repeat(200_000)}`),
      get(`/v1/Conversations?${'x=y&'.repeat(100_000)}`),
    ])
      expect(statuses(await exchange(parley, request))).toEqual([431])
    const many = await exchange(parley, post(['Content-Length: 200000'], 'a&'.repeat(100_000)))
    expect(statuses(many)).toEqual([400])
    expect(many).toContain('PARLEY_LIMIT_REQUEST_PARAMETERS')
    expect(statuses(await exchange(parley, get('/v1/Conversations', Array(1_500).fill('X: y'))))).toEqual([200])
  })

  it('are refused when they are no HTTP, or too old or new for it', async () => {
    for (const request of [
      '\r\n\r\n\r\n',
      '\0\0\0\0',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
      'GET /\r\n\r\n',
      'GET / HTTP/1.1\nHost: x\n\n',
      'GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n',
      'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      `${'X'.repeat(50_000)} / HTTP/1.1\r\n\r\n`,
      'CONNECT evil.example:80 HTTP/1.1\r\nHost: x\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    ]) {
      const answered = statuses(await exchange(place().parley, request, { abandon: true }))
      expect({ request: request.slice(0, 60), answered: answered.filter((status) => status < 400 || status >= 500) }).toMatchObject({
        answered: [],
      })
    }
    for (const method of ['TRACE', 'PROPFIND', 'PATCH', 'PUT', 'OPTIONS'])
      for (const path of ['/', '*', '/v1/Conversations', 'http://evil.example/v1/Conversations'])
        for (const status of statuses(await exchange(place().parley, `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)))
          expect({ method, path, isFine: status < 500 }).toMatchObject({ isFine: true })
  })

  it('find nothing outside of what is served', async () => {
    const { parley } = place()
    for (const path of [
      '/../../etc/passwd',
      '/v1/../healthz',
      '/v1/..%2f..%2fetc%2fpasswd',
      '/v1/Conversations/..%2f..%2fServices',
      '/v1/Conversations/%2e%2e/Services',
      '//etc/passwd',
      '/v1//Conversations',
      '/V1/Conversations',
      '/v1/Conversations/',
      '/v1/Conversations;a=b',
      '/v2/Conversations',
      '/.git/config',
      '/.env',
      '/media/../parley.db',
      '/media/..%2f..%2fparley.db',
      '/v1/Services/..%2f..%2f',
      '/\\..\\..\\',
      '/%c0%ae%c0%ae/',
      '/v1/Conversations/%00.json',
      '/__proto__',
      '/v1/__proto__/constructor',
      '/v1/Conversations/__proto__',
      '/v1/Users/constructor/Conversations/toString',
    ]) {
      const answer = await exchange(
        parley,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${basic(parley)}\r\n\r\n`,
      )
      expect({ path, status: statuses(answer)[0] }).toEqual({
        path,
        status: expect.toBeOneOf([400, 403, 404]),
      })
      expect(answer).not.toMatch(/root:|SQLite|node_modules|packages\//)
    }
  })

  it('are let in by nothing but credentials', async () => {
    const { parley } = place()
    const { account_sid, auth_token } = parley.credentials
    for (const authorization of [
      '',
      'Basic',
      'Basic ',
      'Basic =',
      'Basic ====',
      'Basic \u00ff\u00fe',
      `Basic ${btoa(account_sid)}`,
      `Basic ${btoa(':')}`,
      `Basic ${btoa(`${account_sid}:`)}`,
      `Basic ${btoa(`:${auth_token}`)}`,
      `Basic ${btoa(`${account_sid}:${auth_token}\0`)}`,
      `Basic ${btoa(`${account_sid}:${auth_token} `)}`,
      `Basic ${btoa(`${account_sid}:${auth_token.toUpperCase()}`)}`,
      `Basic ${btoa(`${account_sid}\0:${auth_token}`)}`,
      `Basic ${btoa(`__proto__:constructor`)}`,
      `Basic ${btoa(`' or 1=1 --:x`)}`,
      `Basic ${btoa(`${account_sid}:${'x'.repeat(10_000)}`)}`,
      `Bearer ${auth_token}`,
      `Digest username="${account_sid}"`,
    ]) {
      const answer = await exchange(
        parley,
        `GET /v1/Conversations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${authorization}\r\n\r\n`,
      )
      expect({ authorization, statuses: statuses(answer) }).toEqual({ authorization, statuses: [401] })
      expect(answer).not.toContain(auth_token)
    }
  })

  it('may come a thousand at a time over one connection, and are answered in order', async () => {
    const { parley } = place()
    const head = `Host: x\r\nAuthorization: ${basic(parley)}\r\n`
    const requests = Array.from({ length: 1_000 }, (_, at) => `GET /v1/Conversations/nobody-${at} HTTP/1.1\r\n${head}\r\n`)
    const answer = await exchange(parley, `${requests.join('')}GET /healthz HTTP/1.1\r\nConnection: close\r\n${head}\r\n`)
    expect(statuses(answer)).toEqual([...Array(1_000).fill(404), 200])
    expect([...answer.matchAll(/nobody-(\d+) was/g)].map(([, at]) => Number(at))).toEqual(Array.from({ length: 1_000 }, (_, at) => at))
  })

  it('that never come to their end are waited for, and others notice nothing', async () => {
    const { parley, bystander } = place()
    const heads = await Promise.all(Array.from({ length: 300 }, () => open(parley)))
    for (const [at, socket] of heads.entries()) socket.write(post(['Content-Length: 14']).slice(0, 1 + (at % 200)))
    const bodies = await Promise.all(Array.from({ length: 300 }, () => open(parley)))
    for (const socket of bodies) socket.resume()
    for (const socket of bodies) socket.write(`${post(['Content-Length: 1000'])}FriendlyName=`)
    for (const drop of 'x'.repeat(5)) {
      for (const socket of bodies) socket.write(drop)
      expect((await ask(parley, '/v1/Conversations?PageSize=1')).status).toBe(200)
      expect((await bystander.get('/Client/v2/Configuration')).status).toBe(200)
    }
    for (const socket of [...heads, ...bodies]) socket.destroy()
  })
})

it('requests that never come to their end do not keep a server from ending', async () => {
  const parley = await startParley()
  const [head, body] = [await open(parley), await open(parley)]
  head.write('GET /v1/Conversations HTTP/1.1\r\nHost: x\r\nX: ')
  body.write(`POST /v1/Conversations HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(parley)}\r\nContent-Length: 100\r\n\r\nFriendlyName=`)
  await ask(parley, '/v1/Conversations')
  const { clock } = parley
  const closed = parley.close()
  await clock.advance(10_000)
  await inTime(closed, () => 'the end of the server')
})
