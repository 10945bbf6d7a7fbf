import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { type SidKind, sidPrefix } from '@parley/protocol'

/** The only source of names and secrets. */
export interface Ids {
  /** A new SID, greater than those before: it begins with the time and a count, so that lists by SID are in order of creation. */
  sid(kind: SidKind): string
  /**
   * The SID of what somebody makes who may have to ask again: the same for the same UUID and maker, whoever is asked and whenever. It begins with
   * the time that a UUID of version 7 does; `undefined` for what is none.
   */
  sidFrom(kind: SidKind, uuid: string, maker: string): string | undefined
  /** 32 letters and digits: the form that every helper library accepts as a token or secret (rest-api §1.2). */
  secret(): string
  uuid(): string
  /** A number from 0 to 1, for what is not to happen to many at the same instant. */
  chance(): number
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

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
const largestCount = 0xffff
const orderedUuid = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Ids from the system's randomness; `now` dates the SIDs. */
export function createIds(now: () => number): Ids {
  const random = new RandomHex()
  let time = 0
  let count = 0

  return {
    sid(kind) {
      const current = now()
      if (current > time) [time, count] = [current, 0]
      else if (count < largestCount) count++
      else [time, count] = [time + 1, 0]
      return sidPrefix[kind] + hex(time, 12) + hex(count, 4) + random.take(16)
    },
    sidFrom(kind, uuid, maker) {
      const [, seconds, rest] = orderedUuid.exec(uuid) ?? []
      if (seconds === undefined || rest === undefined) return undefined
      return sidPrefix[kind] + seconds + rest + createHash('sha256').update(`${maker} ${uuid}`).digest('hex').slice(0, 20)
    },
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
    chance: () => Math.random(),
  }
}
