import { createCipheriv, createDecipheriv, hash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Keeps secrets that must be readable again, such as the keys that sign tokens (access-tokens §6). */
export interface Vault {
  /** Text that is safe to store. */
  lock(secret: string): string
  /** The secret again. @throws when the text was changed, or locked with another key */
  open(locked: string): string
}

const version = 'v1'

/** Opened secrets that are kept at hand: whoever calls often is recognised without deciphering each time. */
const keptOpen = 1_000

/** AES-256-GCM with a key of 32 bytes from the configuration. */
export function createVault(key: Buffer): Vault {
  const opened = new Map<string, string>()

  const decipher = (locked: string): string => {
    const sealed = Buffer.from(locked.slice(version.length + 1), 'base64url')
    // Written again it has to be the same: decoding alone passes over letters that do not belong there.
    if (sealed.length < 28 || locked !== `${version}.${sealed.toString('base64url')}`)
      throw new Error('A stored secret has an unknown form')
    const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
    cipher.setAuthTag(sealed.subarray(-16))
    return cipher.update(sealed.subarray(12, -16), undefined, 'utf8') + cipher.final('utf8')
  }

  return {
    lock(secret) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${version}.${sealed.toString('base64url')}`
    },
    open(locked) {
      const known = opened.get(locked)
      if (known !== undefined) return known
      const secret = decipher(locked)
      if (opened.size >= keptOpen) opened.delete(opened.keys().next().value as string)
      opened.set(locked, secret)
      return secret
    },
  }
}

/** Whether two secrets are equal. Takes as long when they are not, wherever they differ. */
export function sameSecret(one: string, other: string): boolean {
  const digest = (text: string) => hash('sha256', text, 'buffer')
  return timingSafeEqual(digest(one), digest(other))
}
