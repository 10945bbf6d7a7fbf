import type { Clock } from '../base/clock.ts'

/** What is ended when its time is over. */
export interface Expiring {
  expire(): void
}

/** How often those are ended whose time is over, in milliseconds: what runs out within one beat ends together. */
const beat = 20
/** How many always may, and over which part of their time those are spread that are more. */
const together = 10
const spread = 1 / 5

/**
 * Ends what takes too long. All have the same time, so the first to begin is the first to end, and one timer serves them all.
 *
 * Each end is the beginning of other work: a line of the log, an action that goes on, another connection. What ends together shares a commit, so
 * ends wait for each other a moment. But a receiver that hangs may be found out about all that it was asked at once: then those that fall due together are
 * ended a few at a time, and everybody else has their turn in between.
 */
export class Deadlines {
  /** When each is due. */
  readonly #awaited = new Map<Expiring, number>()
  #timer: { cancel(): void } | undefined
  /** How many are ended at a time. */
  #portion = together

  constructor(
    private readonly clock: Clock,
    private readonly milliseconds: number,
  ) {}

  /** From now on its time runs. */
  begin(one: Expiring): void {
    this.#awaited.set(one, this.clock.now() + this.milliseconds)
    this.#timer ??= this.clock.after(this.milliseconds + beat, () => this.#endSome())
  }

  /** It need not be ended any more. */
  end(one: Expiring): void {
    this.#awaited.delete(one)
  }

  close(): void {
    this.#timer?.cancel()
  }

  #endSome(): void {
    const now = this.clock.now()
    this.#portion = Math.max(this.#portion, Math.ceil((this.#due(now) * beat) / (this.milliseconds * spread)))
    let left = this.#portion
    for (const [one, due] of this.#awaited) {
      if (due > now) {
        this.#portion = together
        this.#timer = this.clock.after(due - now + beat, () => this.#endSome())
        return
      }
      if (left-- === 0) {
        this.#timer = this.clock.after(beat, () => this.#endSome())
        return
      }
      this.#awaited.delete(one)
      one.expire()
    }
    this.#portion = together
    this.#timer = undefined
  }

  #due(now: number): number {
    let count = 0
    for (const due of this.#awaited.values()) {
      if (due > now) break
      count++
    }
    return count
  }
}
