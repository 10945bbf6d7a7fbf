import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame, type Frame, type FrameHeader, isAcknowledgement } from './frames.ts'

const runs = { seed: 20_261_120, numRuns: 500 }
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Any text that JavaScript has: also halves of surrogate pairs, NUL, controls. */
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code)), maxLength: 40 })
/** Text that UTF-8 has. */
const wellFormed = fc.string({ unit: 'binary', maxLength: 200 })

const header: fc.Arbitrary<FrameHeader> = fc
  .dictionary(fc.oneof(anyText, fc.constantFrom('id', 'method', 'token', '__proto__', 'constructor', 'toString')), fc.jsonValue(), {
    maxKeys: 6,
  })
  .map((members) => withoutMember(members, 'payload_size'))

/** As JSON says it: there is one zero, and own members whatever they are called. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

function withoutMember(members: object, name: string): FrameHeader {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name)) as FrameHeader
}

const textOf = ({ payload }: Frame) => decoder.decode(payload)

/** A frame as anybody could write it: its parts need not fit each other. */
function frameOf(said: { word?: string; headerSize?: number | string; header: string | Uint8Array; payload?: string }): Uint8Array {
  const head = typeof said.header === 'string' ? encoder.encode(said.header) : said.header
  const parts = [
    encoder.encode(`${said.word ?? 'TWILSOCK V3.0 '}${said.headerSize ?? head.length}\r\n`),
    head,
    encoder.encode(`\r\n${said.payload ?? ''}`),
  ]
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

describe('a frame', () => {
  it('is read as it was written, whatever it carries', () => {
    fc.assert(
      fc.property(header, fc.option(wellFormed, { nil: undefined }), (written, payload) => {
        const frame = decodeFrame(encodeFrame(written, payload))
        expect(frame && withoutMember(frame.header, 'payload_size')).toEqual(throughJson(written))
        expect(frame && textOf(frame)).toBe(payload ?? '')
        expect(frame?.header.payload_size).toBe(encoder.encode(payload ?? '').length)
      }),
      runs,
    )
  })

  it('carries values as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(typeof value !== 'string')
        const frame = decodeFrame(encodeFrame({ method: 'message' }, value))
        expect(frame && JSON.parse(textOf(frame))).toEqual(throughJson(value))
      }),
      runs,
    )
  })

  it.each([
    ['nothing', ''],
    ['NUL', 'a\0b'],
    ['line ends like its own', '\r\n\r\nTWILSOCK V3.0 2\r\n{}\r\n'],
    ['400 kB', 'ü'.repeat(200_000)],
    ['characters outside of the basic plane', '😀\u{10ffff}'],
  ])('carries %s', (_, payload) => {
    const frame = decodeFrame(encodeFrame({ id: payload, method: 'message' }, payload))
    expect(frame && textOf(frame)).toBe(payload)
    expect(frame?.header.id).toBe(payload)
  })

  it('carries half a surrogate pair in its header, and a replacement for it in its payload, which is UTF-8', () => {
    const frame = decodeFrame(encodeFrame({ id: '\ud83d' }, '\ud83d'))
    expect(frame?.header.id).toBe('\ud83d')
    expect(frame && textOf(frame)).toBe('\ufffd')
  })

  it('is a view of the bytes it was read from, also when these are a part of something', () => {
    const bytes = encodeFrame({ method: 'message' }, 'payload')
    const amid = new Uint8Array(bytes.length + 20).fill(7)
    amid.set(bytes, 10)
    const frame = decodeFrame(amid.subarray(10, 10 + bytes.length))
    expect(frame && textOf(frame)).toBe('payload')
    expect(frame?.payload.buffer).toBe(amid.buffer)
  })

  it('is none when a byte is missing at its end or its beginning', () => {
    const bytes = encodeFrame({ id: 'TM1', method: 'message', http_request: { path: '/é' } }, '{"a":1}')
    for (let size = 0; size < bytes.length; size++) {
      expect(decodeFrame(bytes.subarray(0, size))).toBeUndefined()
      expect(decodeFrame(bytes.subarray(size + 1))).toBeUndefined()
    }
    expect(decodeFrame(Uint8Array.of(...bytes, 32))).toBeUndefined()
  })

  it('that was tampered with is none, or another whole one, and reading it never fails', () => {
    const change = fc.record({ at: fc.nat(), kind: fc.constantFrom('set', 'cut', 'add'), byte: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(header, wellFormed, fc.array(change, { minLength: 1, maxLength: 5 }), (written, payload, changes) => {
        const bytes = [...encodeFrame(written, payload)]
        for (const { at, kind, byte } of changes) {
          if (kind === 'set') bytes[at % bytes.length] = byte
          else bytes.splice(at % bytes.length, kind === 'cut' ? 1 : 0, ...(kind === 'add' ? [byte] : []))
        }
        expectWhole(Uint8Array.from(bytes))
      }),
      { ...runs, numRuns: 2_000 },
    )
  })

  it('of random bytes is none, and reading them never fails', () => {
    const tail = fc.uint8Array({ maxLength: 60 })
    const start = fc.constantFrom(
      '',
      'TWILSOCK V3.0 ',
      'TWILSOCK V3.0 0',
      'TWILSOCK V3.0 2\r\n{}',
      'TWILSOCK V3.0 10\r\n{"id":"',
      'TWILSOCK V3.0 9999999\r\n',
    )
    fc.assert(
      fc.property(start, tail, (beginning, rest) => expectWhole(Uint8Array.of(...encoder.encode(beginning), ...rest))),
      { ...runs, numRuns: 2_000 },
    )
  })

  /** Whatever is read as a frame has an object as its header and as many bytes as it says. */
  function expectWhole(bytes: Uint8Array) {
    isAcknowledgement(bytes)
    const frame = decodeFrame(bytes)
    if (!frame) return
    expect(typeof frame.header === 'object' && frame.header !== null && !Array.isArray(frame.header)).toBe(true)
    expect(frame.header.payload_size ?? 0).toBe(frame.payload.length)
  }

  it.each([
    ['another protocol', frameOf({ word: 'TWILSOCK V4.0 ', header: '{}' })],
    ['another case', frameOf({ word: 'twilsock v3.0 ', header: '{}' })],
    ['no length', frameOf({ header: '{}', headerSize: '' })],
    ['a negative length', frameOf({ header: '{}', headerSize: -2 })],
    ['a length in hexadecimal', frameOf({ header: '{}', headerSize: '0x2' })],
    ['a length with a space', frameOf({ header: '{}', headerSize: ' 2' })],
    ['a length that is too small', frameOf({ header: '{"a":1}', headerSize: 6 })],
    ['a length that is too great', frameOf({ header: '{"a":1}', headerSize: 8 })],
    ['a length beyond any memory', frameOf({ header: '{}', headerSize: '9'.repeat(400) })],
    ['a length of eight digits', frameOf({ header: '{}', headerSize: '00000002' })],
    ['a header that is an array', frameOf({ header: '[]' })],
    ['a header that is null', frameOf({ header: 'null' })],
    ['a header that is text', frameOf({ header: '"id"' })],
    ['a header that is a number', frameOf({ header: '1' })],
    ['an empty header', frameOf({ header: '' })],
    ['a header that is no JSON', frameOf({ header: "{'id':1}" })],
    ['a header that is no UTF-8', frameOf({ header: Uint8Array.of(123, 34, 0xff, 34, 58, 49, 125) })],
    ['a payload that it does not announce', frameOf({ header: '{}', payload: 'x' })],
    ['a payload that is shorter than announced', frameOf({ header: '{"payload_size":2}', payload: 'x' })],
    ['a payload that is longer than announced', frameOf({ header: '{"payload_size":1}', payload: 'xy' })],
    ['a size that is text', frameOf({ header: '{"payload_size":"1"}', payload: 'x' })],
    ['a size that is negative', frameOf({ header: '{"payload_size":-1}', payload: '' })],
    ['a size that is no whole number', frameOf({ header: '{"payload_size":0.5}', payload: 'x' })],
    ['a size beyond numbers', frameOf({ header: '{"payload_size":1e999}', payload: 'x' })],
    ['a size that is a list', frameOf({ header: '{"payload_size":[1]}', payload: 'x' })],
  ])('with %s is none', (_, bytes) => {
    expect(decodeFrame(bytes)).toBeUndefined()
  })

  it('may leave the size away when there is no payload', () => {
    expect(decodeFrame(frameOf({ header: '{"method":"close"}' }))?.header).toEqual({ method: 'close' })
    expect(decodeFrame(frameOf({ header: '{"payload_size":null}' }))?.payload).toHaveLength(0)
  })

  it('may have a header of so many bytes and no more', () => {
    const bytes = encodeFrame({ id: 'x'.repeat(100) })
    const [, size] = /^TWILSOCK V3.0 (\d+)/.exec(decoder.decode(bytes)) ?? []
    expect(decodeFrame(bytes, Number(size))).toBeDefined()
    expect(decodeFrame(bytes, Number(size) - 1)).toBeUndefined()
  })

  it('nested as deep as its bytes allow is read, or is none', () => {
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expectWhole(frameOf({ header: nested(30_000) }))
    expectWhole(encodeFrame({}, nested(400_000)))
  })

  it('changes no prototype, whatever its members are called', () => {
    const frame = decodeFrame(frameOf({ header: '{"__proto__":{"method":"init"},"constructor":{"prototype":{"polluted":1}}}' }))
    expect(frame?.header.method).toBeUndefined()
    expect(Object.getPrototypeOf(frame?.header)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('an acknowledgement', () => {
  const id = fc.oneof(anyText, fc.constantFrom('TM840b82e-2f10-4234-b6f5-5d71608f2b38', '","method":"reply"', '"method":"reply"', ''))
  const members = {
    id,
    method: fc.constantFrom('message', 'init', 'update', 'close', 'telemetry.v1', 'reply', 'replying', 'rep'),
    body: fc.constantFrom('{"id":"x","method":"reply"', '"method":"reply"', 'reply'),
  }

  it('is only what says that it is a reply, in whatever order a frame is written', () => {
    const order = fc.shuffledSubarray(['id', 'method', 'http_request', 'status', 'token'], { minLength: 2 })
    fc.assert(
      fc.property(members.id, members.method, members.body, order, (name, method, text, names) => {
        const all: Record<string, unknown> = {
          id: name,
          method,
          http_request: { path: text, params: { id: text } },
          status: text,
          token: text,
        }
        const bytes = encodeFrame(Object.fromEntries(names.map((member) => [member, all[member]])), text)
        if (isAcknowledgement(bytes)) expect(decodeFrame(bytes)?.header.method).toBe('reply')
      }),
      { ...runs, numRuns: 3_000 },
    )
  })

  it('is recognised as official SDKs send it', () => {
    for (const name of ['TM840b82e-2f10-4234-b6f5-5d71608f2b38', 'TM1', ''])
      expect(
        isAcknowledgement(
          encodeFrame({ id: name, method: 'reply', payload_type: 'application/json', status: { code: 200, status: 'OK' } }),
        ),
      ).toBe(true)
  })

  it.each<[string, FrameHeader]>([
    ['of a message', { id: 'TM1', method: 'message' }],
    ['of a message with a deceiving id', { id: '","method":"reply"', method: 'message' }],
    ['of a message whose id ends in an escape', { id: 'TM1\\', method: 'message' }],
    ['of a message that comes first', { method: 'message', id: '{"id":"TM1","method":"reply"' }],
    ['of another method that begins alike', { id: 'TM1', method: 'replying' }],
    ['with an id longer than ours', { id: 'x'.repeat(101), method: 'reply' }],
  ])('is not taken from the header %s', (_, written) => {
    expect(isAcknowledgement(encodeFrame(written, '{"id":"TM1","method":"reply"}'))).toBe(false)
  })
})
