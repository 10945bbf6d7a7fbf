import type { Limits } from '@parley/protocol'
import type { Clock, Timer } from '../base/clock.ts'

/** One request that waits its turn. */
interface Waiting {
  work: () => Promise<void>
  bytes: number
}

/** Whose requests they are. */
export interface Relief {
  /** Too many requests wait: the client does not wait for answers at all. */
  overflowed(): void
  /** So many bytes wait that no more should be read for now; or, `false`, that there is room again. */
  pressed(isFull: boolean): void
  /** When the client has read enough of its answers to get more of them; `undefined` when it has. */
  room(): Promise<void> | undefined
}

/** Bytes of waiting requests from which on nothing more is read; reading goes on when half of them are done. */
const pressingBytes = 4_194_304

/** Requests of one connection that begin in one turn of the event loop. Between turns all others get theirs. */
const startsPerTurn = 25

/** Done requests at the front of the list that are not worth moving the rest for. */
const restBeforeTidying = 1_024

/** Counts turns of the event loop; costs nothing while nobody asks. */
let turn = 0
let turnEnds = false
function currentTurn(): number {
  if (!turnEnds) {
    turnEnds = true
    setImmediate(() => {
      turnEnds = false
      turn++
    })
  }
  return turn
}

/**
 * The requests of one connection. A client that starts with a thousand conversations sends thousands of requests at once, and an answer of 429
 * would cost its user seconds (wire-protocol §3.3): so what is too much at a time, or too fast, waits its turn here.
 */
export class RequestQueue {
  #waiting: Waiting[] = []
  #next = 0
  #bytes = 0
  #isFull = false
  #running = 0
  #startedAt = 0
  #started = 0
  #continues = false
  #waitsForRoom = false
  #tokens: number
  #refilledAt: number
  #timer: Timer | undefined
  /** What happens when a request is done. */
  readonly #done = (): void => {
    this.#running--
    this.#run()
    this.#press()
  }

  constructor(
    private readonly limits: Limits,
    private readonly clock: Clock,
    private readonly relief: Relief,
  ) {
    this.#tokens = limits.requestsPerSecond
    this.#refilledAt = clock.now()
  }

  /** `bytes` is what the request keeps in memory while it waits. `work` deals with its own errors. */
  add(work: () => Promise<void>, bytes: number): void {
    this.#waiting.push({ work, bytes })
    this.#bytes += bytes
    if (this.#waiting.length - this.#next > this.limits.requestsWaiting) this.relief.overflowed()
    else this.#run()
    this.#press()
  }

  close(): void {
    this.#waiting = []
    this.#next = 0
    this.#bytes = 0
    this.#timer?.cancel()
  }

  #run(): void {
    while (this.#running < this.limits.requestsInFlight && this.#next < this.#waiting.length) {
      if (!this.#hasRoom() || !this.#mayStartInThisTurn() || !this.#takeToken()) break
      const { work, bytes } = this.#waiting[this.#next++] as Waiting
      this.#bytes -= bytes
      this.#running++
      void work().then(this.#done)
    }
    this.#tidy()
  }

  /** Lets go of requests that are done, also when the queue is never empty. */
  #tidy(): void {
    if (this.#next < this.#waiting.length && this.#next < restBeforeTidying) return
    this.#waiting.splice(0, this.#next)
    this.#next = 0
  }

  #press(): void {
    const isFull = this.#bytes > (this.#isFull ? pressingBytes / 2 : pressingBytes)
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    this.relief.pressed(isFull)
  }

  /** Who does not read answers gets no more of them worked out. */
  #hasRoom(): boolean {
    if (this.#waitsForRoom) return false
    const room = this.relief.room()
    if (!room) return true
    this.#waitsForRoom = true
    void room.then(() => {
      this.#waitsForRoom = false
      this.#run()
      this.#press()
    })
    return false
  }

  #mayStartInThisTurn(): boolean {
    const now = currentTurn()
    if (this.#startedAt !== now) {
      this.#startedAt = now
      this.#started = 0
    }
    if (this.#started < startsPerTurn) {
      this.#started++
      return true
    }
    if (!this.#continues) {
      this.#continues = true
      setImmediate(() => {
        this.#continues = false
        this.#run()
        this.#press()
      })
    }
    return false
  }

  #takeToken(): boolean {
    const rate = this.limits.requestsPerSecond
    if (!Number.isFinite(rate)) return true
    const now = this.clock.now()
    this.#tokens = Math.min(rate, this.#tokens + ((now - this.#refilledAt) / 1_000) * rate)
    this.#refilledAt = now
    if (this.#tokens >= 1) {
      this.#tokens--
      return true
    }
    this.#timer ??= this.clock.after(Math.ceil(1_000 / rate), () => {
      this.#timer = undefined
      this.#run()
      this.#press()
    })
    return false
  }
}
