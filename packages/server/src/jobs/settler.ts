import { ParleyError } from '@parley/protocol'
import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { JobRow } from '../storage/schema.ts'
import type { Store, Writers } from '../storage/store.ts'

/** A job that was tried. */
export interface Settlement {
  /** As it is from now on. */
  job: JobRow
  /** Then the row goes. */
  done: boolean
  /** Writes what was learned, in the same transaction. */
  record: ((tx: Writers, job: JobRow) => Promise<void>) | undefined
}

interface Released {
  lane: string
  resolve(): void
}

/** How long a database that cannot be written is left alone, in milliseconds, and how often that is borne. */
const pause = 1_000
const patience = 30

/** How long the first that is to be written waits for others, in milliseconds, and how many there are when it waits no longer. */
const gathering = 20
const portion = 100

/**
 * Writes down what became of jobs. What comes in while one transaction is under way goes together into the next, and a lane is let go of behind the
 * last of its jobs. What cannot be written is done once more, when the lease of its lane has run out.
 */
export class Settler {
  #settlements: Settlement[] = []
  #released: Released[] = []
  #running = false
  #timer: Timer | undefined

  constructor(
    private readonly needs: { store: Store; pacing: Clock; log: Log },
    private readonly node: string,
  ) {}

  settle(settlement: Settlement): void {
    this.#settlements.push(settlement)
    this.#gather()
  }

  /** Lets go of a lane. Resolves when this is written, or will not be. */
  release(lane: string): Promise<void> {
    return new Promise((resolve) => {
      this.#released.push({ lane, resolve })
      this.#gather()
    })
  }

  #gather(): void {
    if (this.#settlements.length + this.#released.length >= portion) void this.#run()
    else this.#timer ??= this.needs.pacing.after(gathering, () => void this.#run())
  }

  async #run(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#running) return
    this.#running = true
    while (this.#settlements.length + this.#released.length > 0) {
      const settlements = this.#settlements.splice(0)
      const released = this.#released.splice(0)
      try {
        await this.#write(settlements, released.map(({ lane }) => lane).sort())
      } catch (cause) {
        this.needs.log.error({ err: cause }, 'What became of jobs could not be written; they are done once more')
      }
      for (const { resolve } of released) resolve()
    }
    this.#running = false
  }

  async #write(settlements: readonly Settlement[], lanes: readonly string[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.needs.store.write((tx) => write(tx, settlements, lanes, this.node))
      } catch (cause) {
        const unavailable = cause instanceof ParleyError && cause.reason === 'unavailable'
        if (!unavailable) return this.#writeApart(settlements, lanes, cause)
        if (attempt === patience) throw cause
        await new Promise<void>((resolve) => this.needs.pacing.after(pause, resolve))
      }
    }
  }

  /** One of them upset the database. In halves it is soon alone, and the others stand; alone it is settled without what was learned. */
  async #writeApart(settlements: readonly Settlement[], lanes: readonly string[], cause: unknown): Promise<void> {
    const [only] = settlements
    if (!only) throw cause
    if (settlements.length > 1) {
      const half = settlements.length >> 1
      await this.#write(settlements.slice(0, half), [])
      return this.#write(settlements.slice(half), lanes)
    }
    if (!only.record) throw cause
    this.needs.log.error({ err: cause, job_sid: only.job.sid, job_kind: only.job.kind }, 'What a job has learned could not be written')
    return this.#write([{ ...only, record: undefined }], lanes)
  }
}

/** What does not need each other's answers travels together; nothing is left running when one of them fails. */
async function write(tx: Writers, settlements: readonly Settlement[], lanes: readonly string[], node: string): Promise<void> {
  const done = settlements.filter((one) => one.done).map(({ job }) => job)
  const outcomes = await Promise.allSettled([
    ...(done.length > 0 ? [tx.jobs.remove(done)] : []),
    ...settlements.filter((one) => !one.done).map(({ job }) => tx.jobs.save(job)),
    ...settlements.map(({ job, record }) => record?.(tx, job)),
    ...(lanes.length > 0 ? [tx.jobs.release(lanes, node)] : []),
  ])
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
