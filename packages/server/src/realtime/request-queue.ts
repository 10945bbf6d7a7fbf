import type { Limits } from '@parley/protocol'
import type { Clock, Timer } from '../base/clock.ts'

/**
 * The requests of one connection. A client that starts with a thousand conversations sends thousands of requests at once, and an answer of 429
 * would cost its user seconds (wire-protocol §3.3): so what is too much at a time, or too fast, waits its turn here.
 */
export class RequestQueue {
  #waiting: (() => Promise<void>)[] = []
  #next = 0
  #running = 0
  #tokens: number
  #refilledAt: number
  #timer: Timer | undefined

  constructor(
    private readonly limits: Limits,
    private readonly clock: Clock,
    private readonly overflowed: () => void,
  ) {
    this.#tokens = limits.requestsPerSecond
    this.#refilledAt = clock.now()
  }

  add(work: () => Promise<void>): void {
    this.#waiting.push(work)
    if (this.#waiting.length - this.#next > this.limits.requestsWaiting) this.overflowed()
    else this.#run()
  }

  close(): void {
    this.#waiting = []
    this.#next = 0
    this.#timer?.cancel()
  }

  #run(): void {
    while (this.#running < this.limits.requestsInFlight && this.#next < this.#waiting.length) {
      if (!this.#takeToken()) return
      const work = this.#waiting[this.#next++] as () => Promise<void>
      this.#running++
      void work().finally(() => {
        this.#running--
        this.#run()
      })
    }
    if (this.#next === this.#waiting.length && this.#next > 0) {
      this.#waiting = []
      this.#next = 0
    }
  }

  #takeToken(): boolean {
    const rate = this.limits.requestsPerSecond
    if (!Number.isFinite(rate)) return true
    if (this.#tokens < 1) {
      const now = this.clock.now()
      this.#tokens = Math.min(rate, this.#tokens + ((now - this.#refilledAt) / 1_000) * rate)
      this.#refilledAt = now
    }
    if (this.#tokens >= 1) {
      this.#tokens--
      return true
    }
    this.#timer ??= this.clock.after(Math.ceil(1_000 / rate), () => {
      this.#timer = undefined
      this.#run()
    })
    return false
  }
}
