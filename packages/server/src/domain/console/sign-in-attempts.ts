import { canonicalSid, isSid, ParleyError } from '@parley/protocol'
import ipaddr from 'ipaddr.js'
import type { Clock } from '../../base/clock.ts'

/** Slows down who guesses. */
export interface SignInAttempts {
  /** Counts an attempt before it is looked at. @throws 20429 with the seconds to wait, when there were too many */
  begin(source: string, username: string): Attempt
}

export interface Attempt {
  /** It was no guess: it does not count. */
  succeeded(): void
}

/** So many failures at once, and one more in so many milliseconds. */
interface Allowance {
  burst: number
  every: number
}

/** From one place, by whatever names: somebody who mistypes never gets there, and a machine not far. */
const fromSource: Allowance = { burst: 10, every: 30_000 }
/** For one account or key, from wherever: many machines together get little further, and its owner is not easily shut out. */
const forName: Allowance = { burst: 100, every: 5_000 }

const remembered = 10_000

/** Leaking buckets in memory: each node has its own, as it is a brake and no account book. */
export function createSignInAttempts(clock: Clock): SignInAttempts {
  const buckets = new Map<string, { filled: number; at: number }>()

  /** How full a bucket is: it leaks as time goes by. */
  const filled = (name: string, { every }: Allowance) => {
    const bucket = buckets.get(name)
    return bucket ? Math.max(0, bucket.filled - (clock.now() - bucket.at) / every) : 0
  }
  const pour = (name: string, allowance: Allowance, amount: number) => {
    const level = filled(name, allowance) + amount
    buckets.delete(name)
    if (level <= 0) return
    // The one that was longest left alone has leaked most.
    if (buckets.size >= remembered) buckets.delete(buckets.keys().next().value as string)
    buckets.set(name, { filled: level, at: clock.now() })
  }

  return {
    begin(source, username) {
      const counted: [string, Allowance][] = [[`from ${networkOf(source)}`, fromSource]]
      if (isSid('account', username) || isSid('apiKey', username)) counted.push([`for ${canonicalSid(username)}`, forName])
      for (const [name, allowance] of counted) {
        const over = filled(name, allowance) + 1 - allowance.burst
        if (over > 0) throw tooMany(Math.ceil((over * allowance.every) / 1_000))
      }
      for (const [name, allowance] of counted) pour(name, allowance, 1)
      return {
        succeeded() {
          for (const [name, allowance] of counted) pour(name, allowance, -1)
        },
      }
    },
  }
}

const tooMany = (retry_after: number) =>
  new ParleyError('too-many-requests', {
    text: `Too many attempts to sign in: the next one in ${retry_after} ${retry_after === 1 ? 'second' : 'seconds'}`,
    details: { retry_after },
  })

/** Whoever has one address of IPv6 has the 64 bits behind it, too. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv6' ? (parsed as ipaddr.IPv6).parts.slice(0, 4).join(':') : parsed.toString()
}
