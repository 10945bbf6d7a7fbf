import type { Clock } from '../base/clock.ts'

/** What is ended when its time is over. */
interface Awaited {
  due: number
  end(): void
}

/** Over which part of their time those are spread that run out at one instant, and how often some of them are ended, in milliseconds. */
const spread = 1 / 5
const beat = 2

/**
 * Ends what takes too long. All have the same time, so the first to begin is the first to end, and one timer serves them all.
 *
 * A receiver that hangs is found out about all that it was asked at once, and each end is the beginning of other work: a line of the log, an action
 * that goes on, another connection. So those that fall due together are ended a few at a time; everybody else has their turn in between.
 */
export class Deadlines {
  readonly #awaited = new Set<Awaited>()
  #timer: { cancel(): void } | undefined
  /** How many are ended at a time while there are more that are due. */
  #portion = 0

  constructor(
    private readonly clock: Clock,
    private readonly milliseconds: number,
  ) {}

  /** Calls `end` when the time is over. @returns what to call when it need not be called any more */
  begin(end: () => void): () => void {
    const awaited = { due: this.clock.now() + this.milliseconds, end }
    this.#awaited.add(awaited)
    this.#timer ??= this.clock.after(this.milliseconds, () => this.#endSome())
    return () => this.#awaited.delete(awaited)
  }

  close(): void {
    this.#timer?.cancel()
  }

  #endSome(): void {
    const now = this.clock.now()
    if (this.#portion === 0) this.#portion = this.#portionOf(now)
    let left = this.#portion
    for (const awaited of this.#awaited) {
      if (awaited.due > now) {
        this.#portion = 0
        this.#timer = this.clock.after(awaited.due - now, () => this.#endSome())
        return
      }
      if (left-- === 0) {
        this.#timer = this.clock.after(beat, () => this.#endSome())
        return
      }
      this.#awaited.delete(awaited)
      awaited.end()
    }
    this.#portion = 0
    this.#timer = undefined
  }

  #portionOf(now: number): number {
    let due = 0
    for (const awaited of this.#awaited) {
      if (awaited.due > now) break
      due++
    }
    return Math.max(1, Math.ceil((due * beat) / (this.milliseconds * spread)))
  }
}
