/** How long to wait between attempts, in milliseconds. */
export interface RetryPolicy {
  min: number
  max: number
  /** By how much chance moves a pause, 0 to 1: clients that fell together do not come back together. */
  randomness: number
}

export const defaultRetryPolicy: RetryPolicy = { min: 1_000, max: 120_000, randomness: 0.2 }

/** The pause before the next attempt, after `failures` of them: it doubles, with some chance in it. */
export function pause({ min, max, randomness }: RetryPolicy, failures: number): number {
  const doubled = Math.min(max, min * 2 ** Math.min(failures, 30))
  return Math.round(doubled * (1 + randomness * (Math.random() * 2 - 1)))
}
