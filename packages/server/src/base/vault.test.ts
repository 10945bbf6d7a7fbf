import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createVault, sameSecret } from './vault.ts'

describe('a vault', () => {
  const vault = createVault(randomBytes(32))

  it('gives back every secret, and shows none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 8 }), (secret) => {
        const locked = vault.lock(secret)
        expect(locked).toMatch(/^v1\.[A-Za-z0-9_-]+$/)
        expect(Buffer.from(locked.slice(3), 'base64url').includes(secret)).toBe(false)
        expect(vault.open(locked)).toBe(secret)
      }),
    )
    expect(vault.open(vault.lock(''))).toBe('')
  })

  it('locks the same secret differently each time', () => {
    expect(vault.lock('secret')).not.toBe(vault.lock('secret'))
  })

  it('refuses a text in which anything was changed', () => {
    const locked = vault.lock('secret')
    fc.assert(
      fc.property(fc.nat(locked.length - 1), fc.string({ minLength: 0, maxLength: 3 }), (at, inserted) => {
        for (const changed of [locked.slice(0, at) + inserted + locked.slice(at), locked.slice(0, at) + inserted + locked.slice(at + 1)])
          if (changed !== locked) expect(() => vault.open(changed)).toThrow()
      }),
    )
    expect(() => vault.open('')).toThrow(/unknown form/)
    expect(() => vault.open(`${locked}.more`)).toThrow(/unknown form/)
  })

  it('opens more secrets than it keeps at hand, again and again', () => {
    const locked = Array.from({ length: 1_100 }, (_, at) => vault.lock(`secret ${at}`))
    for (let round = 0; round < 2; round++) expect(locked.map(vault.open)).toEqual(locked.map((_, at) => `secret ${at}`))
  })

  it('refuses what was locked with another key', () => {
    expect(() => createVault(randomBytes(32)).open(vault.lock('secret'))).toThrow()
  })
})

describe('two secrets', () => {
  it('are the same or not, whatever their lengths', () => {
    expect(sameSecret('secret', 'secret')).toBe(true)
    expect(sameSecret('secret', 'Secret')).toBe(false)
    expect(sameSecret('secret', 'secrets')).toBe(false)
    expect(sameSecret('', '')).toBe(true)
  })
})
