import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * What this process has done since somebody last looked: for a short history, beside the counters of `/metrics` that others collect. To add
 * something costs an addition.
 */

/** How often something happened. */
export class Tally {
  #count = 0

  add(count = 1): void {
    this.#count += count
  }

  /** What was added since the last time. */
  take(): number {
    const count = this.#count
    this.#count = 0
    return count
  }
}

/** Steps for each doubling: what is told is off by a twentieth at most. */
const steps = 8
/** From a sixteenth of a millisecond to an hour. */
const lowest = -4
const highest = 22

/** How long something took. */
export class Durations {
  readonly #counts = new Uint32Array((highest - lowest) * steps)
  #count = 0

  add(milliseconds: number): void {
    const at = Math.floor((Math.log2(milliseconds) - lowest) * steps)
    const slot = Math.min(Math.max(0, at || 0), this.#counts.length - 1)
    this.#counts[slot] = (this.#counts[slot] as number) + 1
    this.#count++
  }

  /** What was added since the last time: how often, and what 99 of 100 did not exceed, in milliseconds. */
  take(): { count: number; p99: number | null } {
    const count = this.#count
    if (count === 0) return { count, p99: null }
    let left = Math.ceil(count * 0.99)
    const at = this.#counts.findIndex((inSlot) => {
      left -= inSlot
      return left <= 0
    })
    this.#counts.fill(0)
    this.#count = 0
    return { count, p99: rounded(2 ** (lowest + (at + 0.5) / steps)) }
  }
}

/** Three digits say enough. */
const rounded = (value: number) => Number(value.toPrecision(3))

/** Tells, when it is called, how many milliseconds have gone since. */
export function stopwatch(): () => number {
  const begun = performance.now()
  return () => performance.now() - begun
}

const resolution = 20

/** How late the process comes to what is due. */
class Lateness {
  #delays: IntervalHistogram | undefined

  /** The 99th percentile since the last time, in milliseconds. */
  take(): number {
    this.#delays ??= monitorEventLoopDelay({ resolution })
    this.#delays.enable()
    const { count } = this.#delays
    const p99 = count > 0 ? this.#delays.percentile(99) / 1e6 : 0
    this.#delays.reset()
    // What is measured is the time between two looks.
    return rounded(Math.max(0, p99 - resolution))
  }
}

/** Of this process. */
export const vitals = {
  /** Events that went to connections. */
  deliveries: new Tally(),
  requestsSucceeded: new Tally(),
  requestsRefused: new Tally(),
  requestsFailed: new Tally(),
  commits: new Durations(),
  webhooks: new Durations(),
  webhooksDelivered: new Tally(),
  webhooksRetried: new Tally(),
  webhooksFailed: new Tally(),
  lateness: new Lateness(),
}
