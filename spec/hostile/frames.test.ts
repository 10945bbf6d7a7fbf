import { isUtf8 } from 'node:buffer'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeFrame } from '@parley/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { databases, type Parley } from '../support/parley.ts'
import { RawClient } from '../support/raw-client.ts'
import { inTime } from '../support/until.ts'
import { attacked } from './wholesome.ts'

const seed = 20_261_120

/** The server has read everything before this, and answered it: it answers in order. */
async function hasRead(client: RawClient): Promise<void> {
  await client.ask({ method: 'put_notification_ctx', notification_ctx_id: 'x' })
  await client.ask({ method: 'message', http_request: { method: 'GET', path: '/nothing' } })
}

async function leave(client: RawClient): Promise<void> {
  client.socket.terminate()
  await client.closed
}

/** Replies to what had no id. */
const repliesToNobody = (client: RawClient) => client.incoming.all.filter(({ header }) => header.method === 'reply' && header.id === null)

/** Bytes that are the same in every run. */
const noise = fc.uint8Array({ maxLength: 300 })

const upgrade = (host: string) =>
  `GET /v3/wsconnect HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n`

/** A websocket by hand, to send what no library sends. */
async function rawWebsocket(parley: Parley): Promise<{ socket: Socket; received: () => string; closed: Promise<unknown> }> {
  const { hostname, port } = new URL(parley.url)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text
  })
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  socket.write(upgrade(hostname))
  while (!received.includes('\r\n\r\n')) await once(socket, 'data')
  expect(received).toMatch(/^HTTP\/1.1 101 /)
  return { socket, received: () => received.slice(received.indexOf('\r\n\r\n') + 4), closed }
}

/** The bytes of one websocket frame of a client, masked with zeros so that its payload stays as it is. */
function websocketFrame({
  opcode = 2,
  fin = true,
  rsv = 0,
  masked = true,
  length,
  payload = Buffer.alloc(0),
}: {
  opcode?: number
  fin?: boolean
  rsv?: number
  masked?: boolean
  /** What is said to follow, when it is not what follows. */
  length?: bigint
  payload?: Uint8Array
}): Buffer {
  const size = length ?? BigInt(payload.length)
  const head = Buffer.alloc(10)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | 127
  head.writeBigUInt64BE(size, 2)
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}

const brokenFrames: [what: string, bytes: Buffer][] = [
  ['compressed', websocketFrame({ rsv: 4, payload: Buffer.from('x') })],
  ['with reserved bits', websocketFrame({ rsv: 1, payload: Buffer.from('x') })],
  ['with a reserved opcode', websocketFrame({ opcode: 5 })],
  ['with a reserved control opcode', websocketFrame({ opcode: 15 })],
  ['not masked', websocketFrame({ masked: false, payload: Buffer.from('x') })],
  ['of more bytes than there are numbers', websocketFrame({ length: 2n ** 64n - 1n })],
  ['of many gigabytes', websocketFrame({ length: 2n ** 40n })],
  ['a continuation of nothing', websocketFrame({ opcode: 0, payload: Buffer.from('x') })],
  ['a second beginning', Buffer.concat([websocketFrame({ fin: false }), websocketFrame({ fin: false })])],
  ['a ping in pieces', websocketFrame({ opcode: 9, fin: false })],
  ['a ping of more than 125 bytes', websocketFrame({ opcode: 9, payload: Buffer.alloc(126) })],
  ['a close of one byte', Buffer.from([0x88, 0x81, 0, 0, 0, 0, 1])],
  ['a close with a reason that is no UTF-8', Buffer.from([0x88, 0x84, 0, 0, 0, 0, 3, 0xe8, 0xff, 0xff])],
  ['text that is no UTF-8', websocketFrame({ opcode: 1, payload: Buffer.of(0xff, 0xfe) })],
  ['no websocket at all', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
]

/** Headers that are JSON, or nearly, and no request that anybody could fulfil. */
const senseless = [
  '[]',
  'null',
  '1',
  '"message"',
  '[{"method":"init"}]',
  '{"method":["init"]}',
  '{"method":{"toString":"init"}}',
  '{"method":null}',
  '{"method":"__proto__"}',
  '{"__proto__":{"method":"init","token":"x"}}',
  '{"constructor":{"prototype":{"method":"init"}}}',
  '{"method":"message"}',
  '{"method":"message","http_request":null}',
  '{"method":"message","http_request":[]}',
  '{"method":"message","http_request":"GET /"}',
  '{"method":"message","http_request":{"method":1,"path":2}}',
  '{"method":"message","http_request":{"method":"GET","path":"no slash"}}',
  '{"method":"message","http_request":{"method":"__proto__","path":"/"}}',
  '{"method":"message","http_request":{"method":"constructor","path":"/v3/Lists/x"}}',
  '{"method":"message","http_request":{"method":"GET","path":"/v3/Lists/%"}}',
  '{"method":"message","http_request":{"method":"GET","path":"/v3/Lists/%00"}}',
  '{"method":"message","http_request":{"method":"GET","path":"/v3/Lists/\\ud800"}}',
  '{"method":"message","http_request":{"method":"GET","path":"/../../etc/passwd"}}',
  '{"method":"message","http_request":{"method":"GET","path":"//evil.example/v3"}}',
  '{"method":"message","http_request":{"method":"GET","path":"/v3/Lists/x?Index=0#y;z"}}',
  '{"method":"message","http_request":{"method":"GET","path":"/v3/Lists/x","params":"x"}}',
  '{"method":"message","http_request":{"method":"GET","path":"/v3/Lists/x","params":[1,[2]]}}',
  '{"method":"message","http_request":{"method":"GET","path":"/v3/Lists/x","params":{"__proto__":{"Index":1},"Index":{"a":1},"Key":[[]]}}}',
  '{"method":"message","http_request":{"method":"GET","path":"/v3/Lists/x","params":{"From":"%00"}}}',
  '{"method":"update","token":"x"}',
  '{"method":"update"}',
  '{"method":"init"}',
  '{"method":"init","token":{}}',
  '{"method":"init","token":"a.b.c"}',
  '{"method":"init","token":"e30.e30.e30"}',
  '{"method":"init","token":"x","registrations":[null,1,{"message_types":[1,null,{}]}],"capabilities":"x","continuation_token":[1]}',
  '{"id":[[[]]],"method":"nonsense"}',
  '{"id":1e999,"method":"nonsense"}',
  '{"id":"a","id":"b","method":"message","method":"telemetry.v1"}',
]

describe.each(databases)('frames that no client sends, on %s', (database) => {
  const place = attacked({ database })
  const stranger = () => RawClient.open(place().parley.socketUrl)
  const user = () => RawClient.start(place().parley.socketUrl, place().parley.token('mallory'))
  /** Whatever may be said by those who are let in may also be tried by those who are not. */
  const both = async () => [await stranger(), await user()]

  it('are dropped when they are random', async () => {
    for (const client of await both()) {
      fc.assert(
        fc.property(noise, fc.boolean(), (bytes, binary) => client.socket.send(bytes, { binary: binary || !isUtf8(bytes) })),
        { seed, numRuns: 500 },
      )
      await hasRead(client)
      expect(client.events).toEqual([])
      await leave(client)
    }
  })

  it('are dropped or answered when they are real ones that were tampered with', async () => {
    const client = await user()
    const request = (method: string, path: string, body?: unknown) =>
      encodeFrame(
        {
          id: 'TM1',
          method: 'message',
          payload_type: 'application/json',
          http_request: { host: 'x', path, method, params: { PageSize: '5' } },
        },
        body,
      )
    const real = [
      request('GET', '/Client/v2/Configuration'),
      request('POST', `${place().service}/Conversations`, { friendly_name: 'x', attributes: '{}' }),
      request('POST', '/v4/Subscriptions', { event_protocol_version: 4, action: 'establish', correlation_id: 1, requests: [] }),
      encodeFrame({ id: 'TM2', method: 'init', token: 'x', registrations: [{ message_types: ['a'] }] }),
      encodeFrame({ id: 'TM3', method: 'telemetry.v1', events: [{ start: 1 }] }),
    ]
    const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), kind: fc.constantFrom('set', 'cut', 'add') })
    fc.assert(
      fc.property(fc.constantFrom(...real), fc.array(change, { minLength: 1, maxLength: 8 }), (frame, changes) => {
        const bytes = [...frame]
        for (const { at, byte, kind } of changes)
          if (kind === 'set') bytes[at % bytes.length] = byte
          else bytes.splice(at % bytes.length, kind === 'cut' ? 1 : 0, ...(kind === 'add' ? [byte] : []))
        client.socket.send(Uint8Array.from(bytes))
      }),
      { seed, numRuns: 1_000 },
    )
    await hasRead(client)
    await leave(client)
  })

  it('are dropped when they lie about their sizes', async () => {
    for (const client of await both()) {
      for (const [size, header] of [
        [0, '{}'],
        [1, '{}'],
        [3, '{}'],
        ['9999999', '{}'],
        ['99999999999999999999', '{}'],
        ['-2', '{}'],
        ['0x2', '{}'],
        [17, '{"payload_size":9}'],
        [19, '{"payload_size":-11}'],
        [18, '{"payload_size":"0"}'],
        [24, '{"payload_size":9007199254740993}'],
      ])
        client.socket.send(Buffer.from(`TWILSOCK V3.0 ${size}\r\n${header}\r\n`))
      await hasRead(client)
      await leave(client)
    }
  })

  it('are dropped or refused when their header says nothing sensible', async () => {
    for (const client of await both()) {
      for (const header of senseless) client.socket.send(Buffer.from(`TWILSOCK V3.0 ${Buffer.byteLength(header)}\r\n${header}\r\n`))
      await hasRead(client)
      const codes = repliesToNobody(client).map(({ header: { http_status, status } }) => (http_status ?? status)?.code)
      expect(codes.length).toBeGreaterThan(0)
      expect(codes.filter((code) => code === undefined || code < 400 || code > 499)).toEqual([])
      await leave(client)
    }
  })

  it('are dropped when they are text', async () => {
    for (const client of await both()) {
      client.socket.send('TWILSOCK V3.0 25\r\n{"id":"1","method":"init"}\r\n')
      client.socket.send('x'.repeat(100_000))
      await hasRead(client)
      expect(repliesToNobody(client)).toEqual([])
      await leave(client)
    }
  })

  it('are answered with the id they came with, however large it is', async () => {
    const client = await user()
    const id = 'ü"\\'.repeat(10_000)
    await client.ask({ id, method: 'put_notification_ctx' })
    await leave(client)
  })

  it('are dropped when their header is larger than the limit', async () => {
    const client = await user()
    client.send({ id: 'large', method: 'put_notification_ctx', padding: 'x'.repeat(65_536) })
    await hasRead(client)
    expect(client.incoming.all.map(({ header }) => header.id)).not.toContain('large')
    await leave(client)
  })

  it('that are nested as deep as they are long are dropped or refused', async () => {
    const client = await user()
    const deepHeader = `{"id":"deep","method":"put_notification_ctx","a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`
    client.socket.send(Buffer.from(`TWILSOCK V3.0 ${deepHeader.length}\r\n${deepHeader}\r\n`))
    for (const body of [`{"body":${'['.repeat(60_000)}${']'.repeat(60_000)}}`, `${'{"body":'.repeat(60_000)}1${'}'.repeat(60_000)}`])
      for (const path of [`${place().service}/Conversations/${place().conversation}/Messages`, '/v4/Subscriptions'])
        expect((await client.request('POST', path, { body })).status).toBe(400)
    await leave(client)
  })

  it('with attributes nested as deep as they are long are stored, told and read', async () => {
    const { parley, conversation, bystander } = place()
    const attributes = `${'['.repeat(8_000)}${']'.repeat(8_000)}`
    const document = `ET${conversation.slice(2)}`
    await bystander.subscribe({ object_sid: document, object_type: 'document' })
    await parley.conversations.conversations(conversation).update({ attributes })
    const { event } = await bystander.hears(
      ({ event: { document_sid, document_data } }) => document_sid === document && document_data.attributes !== undefined,
    )
    expect(event.document_data.attributes).toBe(attributes)
    expect((await bystander.get(`/v3/Documents/${document}`)).body.data.attributes).toBe(attributes)
    await parley.conversations.conversations(conversation).update({ attributes: '{}' })
  })

  it('have payloads that are not what they are said to be', async () => {
    const client = await user()
    const form = 'application/x-www-form-urlencoded'
    const payloads = [
      { type: form, body: '{"body":"x"}' },
      { type: 'application/json', body: 'ChannelSid=CH1' },
      { type: form, body: 'a=1&'.repeat(100_000) },
      { type: form, body: 'ChannelSid=%&%zz=%00' },
      { type: form, body: '__proto__=1&constructor=2&toString=3' },
      { type: form, body: 'ChannelSid=%00' },
      { type: 'text/plain', body: '\ud800' },
      { type: '\0/..', body: 'x' },
      { type: 'application/json', body: '{"ChannelSid":"\\u0000","body":"\\u0000","friendly_name":"\\u0000"}' },
      { type: 'application/json', body: '{"ChannelSid":{"length":34},"body":{"toString":1}}' },
    ]
    for (const path of [
      `${place().service}/TypingIndicator`,
      `${place().service}/Conversations/${place().conversation}/Messages`,
      '/v4/Subscriptions',
    ])
      for (const payload of payloads) {
        const { status } = await client.request('POST', path, payload)
        expect({ path, payload, isRefused: status >= 400 && status < 500 }).toMatchObject({ isRefused: true })
      }
    await leave(client)
  })

  it('come in as many pieces as there are bytes', async () => {
    const client = await user()
    const bytes = Buffer.from(encodeFrame({ id: 'pieces', method: 'put_notification_ctx' }))
    for (const [at, byte] of bytes.entries()) client.socket.send(Buffer.of(byte), { binary: true, fin: at === bytes.length - 1 })
    await client.replyTo('pieces')
    await leave(client)
  })

  it('come by the thousand', async () => {
    for (const client of await both()) {
      for (let sent = 0; sent < 20_000; sent++) client.socket.send(Buffer.from('TWILSOCK V3.0 2\r\n{}\r\n'))
      await hasRead(client)
      await leave(client)
    }
  })

  it('are acknowledgements of nothing, by the ten thousand', async () => {
    const client = await user()
    for (let sent = 0; sent < 30_000; sent++) client.send({ id: `TM${sent}`, method: 'reply', status: { code: 200, status: 'OK' } })
    await hasRead(client)
    await leave(client)
  })

  it('end the connection, and no other, when they are larger than the limit', async () => {
    for (const client of await both()) {
      client.socket.send(Buffer.alloc(1_048_577))
      await client.closed
    }
  })

  it('end the connection when they grow beyond the limit piece by piece', async () => {
    const client = await stranger()
    for (let piece = 0; piece < 40; piece++) client.socket.send(Buffer.alloc(32_768), { binary: true, fin: false })
    await client.closed
  })

  it('end the connection when they are no websocket frames', async () => {
    for (const [what, bytes] of brokenFrames) {
      const { socket, closed } = await rawWebsocket(place().parley)
      socket.write(bytes)
      // A server that has said its farewell waits for ours.
      socket.on('data', () => socket.end())
      await inTime(closed, () => `the end of a connection that was sent ${what}`)
    }
  })

  it('are pings, which are answered while the client takes the answers', async () => {
    const client = await user()
    const answered: string[] = []
    client.socket.on('pong', (data) => answered.push(data.toString()))
    for (let sent = 0; sent < 50; sent++) client.socket.ping(String(sent))
    await hasRead(client)
    expect(answered).toEqual(Array.from({ length: 50 }, (_, sent) => String(sent)))
    client.socket.pause()
    for (let sent = 0; sent < 10_000; sent++) client.socket.ping('x'.repeat(125))
    client.socket.resume()
    await client.closed
  })

  it('are upgrades that are none', async () => {
    const { hostname, port } = new URL(place().parley.url)
    for (const request of [
      'GET /v3/wsconnect HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'GET /v3/wsconnect HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: short\r\nSec-WebSocket-Version: 13\r\n\r\n',
      'GET /v3/wsconnect HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 99\r\n\r\n',
      'POST /v3/wsconnect HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      'GET /v3/wsconnect/.. HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      'GET /elsewhere HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    ]) {
      const socket = connect(Number(port), hostname)
      socket.setEncoding('latin1')
      socket.write(request)
      const [answer] = await once(socket, 'data')
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d /)
      socket.destroy()
    }
  })

  it('are connections that go before they are there', async () => {
    const { hostname, port } = new URL(place().parley.url)
    for (let tried = 0; tried < 50; tried++) {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      socket.write(upgrade(hostname).slice(0, tried * 6))
      socket.resetAndDestroy()
    }
    for (let tried = 0; tried < 50; tried++) (await rawWebsocket(place().parley)).socket.resetAndDestroy()
  })
})
