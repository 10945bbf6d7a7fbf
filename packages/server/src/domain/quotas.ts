import { type Limits, limitSetting, ParleyError } from '@parley/protocol'
import type { Clock } from '../base/clock.ts'

/** Writes per second, counted per conversation or per service (rest-api §7). */
export interface Quotas {
  /** Counts one write. @throws ParleyError 50063 with the seconds to wait */
  take(scope: string): void
}

interface Bucket {
  tokens: number
  at: number
}

const scopesRemembered = 10_000

/** Token buckets in memory: each node keeps its own, a quota is a brake and no account book. */
export function createQuotas(limits: Limits, clock: Clock): Quotas {
  const rate = limits.actionsPerSecond
  if (!Number.isFinite(rate)) return { take() {} }
  const buckets = new Map<string, Bucket>()

  return {
    take(scope) {
      const now = clock.now()
      const known = buckets.get(scope) ?? { tokens: rate, at: now }
      const tokens = Math.min(rate, known.tokens + ((now - known.at) / 1_000) * rate)
      buckets.delete(scope)
      // The longest unused scope is full again anyhow.
      if (buckets.size >= scopesRemembered) buckets.delete(buckets.keys().next().value as string)
      if (tokens < 1) {
        buckets.set(scope, { tokens, at: now })
        const retry_after = Math.ceil((1 - tokens) / rate)
        throw new ParleyError('actions-per-second-exceeded', {
          details: { setting: limitSetting('actionsPerSecond'), limit: rate, retry_after },
        })
      }
      buckets.set(scope, { tokens: tokens - 1, at: now })
    },
  }
}
