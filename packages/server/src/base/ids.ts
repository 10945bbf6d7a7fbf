import { randomBytes, randomUUID } from 'node:crypto'
import { type SidKind, sidPrefix } from '@parley/protocol'

/** The only source of names and secrets. */
export interface Ids {
  /** A new SID. The first twelve digits are the time, so that indexes over SIDs grow at their end. */
  sid(kind: SidKind): string
  /** 32 letters and digits: the form that every helper library accepts as a token or secret (rest-api §1.2). */
  secret(): string
  uuid(): string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Random digits in bulk: one call to the system for many ids. */
class RandomHex {
  #text = ''
  #position = 0

  take(digits: number): string {
    if (this.#position + digits > this.#text.length) {
      this.#text = randomBytes(4_096).toString('hex')
      this.#position = 0
    }
    this.#position += digits
    return this.#text.slice(this.#position - digits, this.#position)
  }
}

/** Ids from the system's randomness; `now` dates the SIDs. */
export function createIds(now: () => number): Ids {
  const random = new RandomHex()
  return {
    sid: (kind) => sidPrefix[kind] + now().toString(16).padStart(12, '0') + random.take(20),
    secret() {
      let secret = ''
      while (secret.length < 32) {
        for (const byte of randomBytes(48)) {
          // 248 is the largest multiple of 62 in a byte: taking more would favour the first letters.
          if (byte < 248 && secret.length < 32) secret += alphabet[byte % 62]
        }
      }
      return secret
    },
    uuid: () => randomUUID(),
  }
}
