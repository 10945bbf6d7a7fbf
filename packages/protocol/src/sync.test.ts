import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalSid, isSid, type SidKind, sidPrefix } from './sids.ts'
import { parseSyncObject, type SyncObjectKind, syncObjectName, syncObjectSid, syncObjects } from './sync.ts'

const runs = { seed: 1, numRuns: 500 }
const digits = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((number) => number.toString(16).padStart(32, '0'))
const kinds = Object.keys(syncObjects) as SyncObjectKind[]
const object = fc
  .record({ kind: fc.constantFrom(...kinds), number: digits })
  .map(({ kind, number }) => ({ kind, owner: sidPrefix[syncObjects[kind].of] + number }))

describe('a Sync object', () => {
  it('is the one that its SID and its name mean', () => {
    fc.assert(
      fc.property(object, (one) => {
        expect(parseSyncObject(syncObjectSid(one))).toEqual(one)
        expect(parseSyncObject(syncObjectName(one))).toEqual(one)
      }),
      runs,
    )
  })

  it('shares neither SID nor name with another', () => {
    fc.assert(
      fc.property(object, object, (one, other) => {
        fc.pre(one.kind !== other.kind || one.owner !== other.owner)
        expect(syncObjectSid(one)).not.toBe(syncObjectSid(other))
        expect(syncObjectName(one)).not.toBe(syncObjectName(other))
      }),
      runs,
    )
  })

  it('is meant by no other text', () => {
    const change = fc.record({ at: fc.nat({ max: 45 }), character: fc.string({ unit: 'binary', minLength: 0, maxLength: 1 }) })
    fc.assert(
      fc.property(object, fc.boolean(), change, (one, bySid, { at, character }) => {
        const text = bySid ? syncObjectSid(one) : syncObjectName(one)
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        const found = parseSyncObject(changed)
        if (found) expect(changed === syncObjectSid(found) || changed === syncObjectName(found)).toBe(true)
      }),
      runs,
    )
  })

  it.each([
    '',
    '.',
    '.messages',
    'messages',
    `ES${'a'.repeat(31)}`,
    `ES${'a'.repeat(33)}`,
    `ES${'A'.repeat(32)}`,
    `es${'a'.repeat(32)}`,
    `CH${'a'.repeat(32)}`,
    `CH${'a'.repeat(32)}.info`,
    `US${'a'.repeat(32)}.messages`,
    `CH${'a'.repeat(32)}.messages.messages`,
    `CH${'a'.repeat(32)}..messages`,
    `CH${'a'.repeat(32)}.messages\n`,
    `CH${'a'.repeat(32)}.__proto__`,
    '__proto__',
    'x'.repeat(1_000_000),
  ])('is not meant by %.60s', (text) => {
    expect(parseSyncObject(text)).toBeUndefined()
  })
})

describe('a SID', () => {
  const kind = fc.constantFrom(...(Object.keys(sidPrefix) as SidKind[]))

  it('is of one kind, in either case, and has one canonical form', () => {
    fc.assert(
      fc.property(kind, kind, fc.stringMatching(/^[0-9a-fA-F]{32}$/), (one, other, number) => {
        const sid = sidPrefix[one] + number
        expect(isSid(one, sid)).toBe(true)
        expect(isSid(other, sid)).toBe(sidPrefix[one] === sidPrefix[other])
        expect(canonicalSid(sid)).toBe(sidPrefix[one] + number.toLowerCase())
        expect(canonicalSid(canonicalSid(sid))).toBe(canonicalSid(sid))
      }),
      runs,
    )
  })

  it('is no other text', () => {
    fc.assert(
      fc.property(kind, fc.oneof(fc.string(), fc.stringMatching(/^[A-Z]{2}[0-9a-f]{30,34}$/)), (one, text) => {
        expect(isSid(one, text)).toBe(new RegExp(`^${sidPrefix[one]}[0-9a-fA-F]{32}$(?!\\n)`).test(text))
      }),
      runs,
    )
    expect(isSid('conversation', `CH${'a'.repeat(31)}\n`)).toBe(false)
    expect(isSid('conversation', `CH${'a'.repeat(32)}\n`)).toBe(false)
  })
})
