import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** Signs text that we hand out and want to recognise when it comes back. */
export interface Signer {
  /** 43 characters that fit into a URL. */
  sign(text: string): string
  /** Whether `signature` is ours for this text. Takes as long when it is not. */
  verify(text: string, signature: string): boolean
}

/** HMAC-SHA256 with a key of its own for each purpose, derived from the key of the configuration: all nodes with that key agree. */
export function createSigner(key: Buffer, purpose: string): Signer {
  const derived = Buffer.from(hkdfSync('sha256', key, '', `parley ${purpose}`, 32))
  const digest = (text: string) => createHmac('sha256', derived).update(text).digest()
  return {
    sign: (text) => digest(text).toString('base64url'),
    verify(text, signature) {
      const given = Buffer.from(signature, 'base64url')
      const right = digest(text)
      return given.length === right.length && timingSafeEqual(given, right)
    },
  }
}
