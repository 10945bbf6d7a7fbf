import type { Clock, Timer } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { AnnouncedJob, Carried } from '../storage/changes.ts'
import { kindOfPool } from '../storage/jobs.ts'
import type { JobRow } from '../storage/schema.ts'
import type { Store, Writers } from '../storage/store.ts'
import { type BackOff, pauseAfter } from './back-off.ts'
import { Settler } from './settler.ts'

/** What became of a job. */
export type JobOutcome =
  | (JobResult & {
      /** Writes down what was learned, in the transaction that settles the job. `job` is the row as it is then; one that is done has gone. */
      record?: (tx: Writers, job: JobRow) => Promise<void>
    })
  /** It was not tried, or not to its end: the server is stopping. */
  | { kind: 'left' }

type JobResult =
  | { kind: 'done' }
  /** To be tried again, after so many milliseconds at the least; dead when it was tried often enough. */
  | { kind: 'retry'; error: string; after?: number }
  /** Trying again helps nobody. */
  | { kind: 'dead'; error: string }

/** How the jobs of one kind are done. */
export interface JobHandler {
  /**
   * Does a job. It may have been done before, by a process that ended before it could say so. What is thrown counts as a retry.
   * @param carried what came with the job in memory, the first time that it is done; mostly, and not always
   * @param isStopping whether the server ends by now: what takes long, and can be gone on with, is left
   */
  run(job: JobRow, carried: Carried | undefined, isStopping: () => boolean): Promise<JobOutcome>
  /** Times that a job is tried before it is dead. */
  attempts: number
  backOff: BackOff
  /** Lanes of one pool that this node works on at a time. */
  concurrency: number
}

interface Needs {
  store: Store
  clock: Clock
  /** Time as the machine has it, by which nodes live and die. */
  pacing: Clock
  ids: Ids
  log: Log
}

/** The longest this process sleeps, in milliseconds: another may have left work. */
const longestSleep = 5_000
/** How long a lane belongs to a node that gives no sign of life, and how often it gives one, in milliseconds. */
const leaseTime = 20_000
const renewal = 5_000
/** Jobs of a lane that are done before others have their turn. */
const portion = 20
/** How long a lane without jobs is kept, in milliseconds: where there was one there is soon another, and it need not be taken anew. */
const idleTime = 50

/** Characters of jobs that are at hand, in all lanes together. Those beyond are read when their turn comes. */
const mostAtHand = 16_000_000

/** A job that need not be read. */
interface AtHand {
  job: JobRow
  carried?: Carried | undefined
}

const sizeOf = ({ job, carried }: AtHand) => job.payload.length + (carried?.size ?? 0)

/** A lane this node works on. */
interface Held {
  lane: string
  pool: string
  /** On the machines' clock. */
  until: number
  /** Of the last job that was done: those behind it are to be done. */
  position: number
  /** The next jobs, in their order. */
  atHand: AtHand[]
  /** Whether there may be jobs behind those at hand. */
  news: boolean
  /** Whether the next jobs are being read. */
  reading: boolean
  /** Whether it is being let go of: nothing of it is done any more. */
  left: boolean
  /** Whether it was taken while it is being let go of, before that was written or after. */
  takenAnew: boolean
}

/**
 * Does jobs, each by the handler of its kind: those written by this process as soon as their transaction has committed, and by and by those of others
 * and of processes that ended before they were done.
 *
 * A node takes lanes by a lease that it renews; nobody else works on them meanwhile. A job is deleted after it was done, so a process that ends in
 * between leaves it to be done once more: at least once, and in the order of its lane.
 *
 * @returns how to end it: what is under way is finished, and nothing else is begun
 */
export function runJobs(needs: Needs, handlers: Readonly<Record<string, JobHandler>>): { close(): Promise<void> } {
  const runner = new Runner(needs, handlers)
  return { close: () => runner.close() }
}

class Runner {
  readonly #node: string
  readonly #held = new Map<string, Held>()
  /** Lanes that are held, and not worked on because there are no jobs, the first that became so first; since when on the machines' clock. */
  readonly #idle = new Map<Held, number>()
  #lettingGo: Timer | undefined
  /** Lanes of each pool that are worked on. */
  readonly #busy = new Map<string, number>()
  /** Pools in which lanes may wait for one that is worked on to make room. */
  readonly #crowded = new Set<string>()
  /** Pools that are being looked at; true when there was news meanwhile. */
  readonly #looking = new Map<string, boolean>()
  readonly #underWay = new Set<Promise<void>>()
  /** Characters of jobs that may still be taken to hand. */
  #roomAtHand = mostAtHand
  readonly #settler: Settler
  readonly #stopRenewing: () => void
  #wakeAt = Number.POSITIVE_INFINITY
  #timer = { cancel() {} }
  #round = { cancel() {} }
  #polling = false
  #closed = false

  constructor(
    private readonly needs: Needs,
    private readonly handlers: Readonly<Record<string, JobHandler>>,
  ) {
    this.#node = needs.ids.uuid()
    this.#settler = new Settler(needs, this.#node)
    needs.store.onCommit((changes) => {
      for (const change of changes) {
        if (change.object !== 'jobs') continue
        if (change.kind === 'waiting') this.#expect(change.sid, change.run_at, change.jobs)
        else for (const held of this.#held.values()) this.#forgetAtHand(held)
      }
    })
    this.#stopRenewing = this.#keepRenewing()
    this.#wakeAfter(0)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer.cancel()
    this.#round.cancel()
    this.#letGo(...this.#idle.keys())
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    this.#stopRenewing()
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((cause) => this.needs.log.error({ err: cause }, 'Jobs could not be worked on; they are looked for again'))
      .finally(() => this.#underWay.delete(tracked))
    this.#underWay.add(tracked)
  }

  /** Looks for all work after so many milliseconds, if not before. */
  #wakeAfter(delay: number): void {
    const { clock } = this.needs
    const at = clock.now() + delay
    if (this.#closed || at >= this.#wakeAt) return
    this.#wakeAt = at
    this.#timer.cancel()
    this.#timer = clock.after(delay, () => {
      this.#wakeAt = Number.POSITIVE_INFINITY
      this.#wake()
    })
  }

  #wake(): void {
    if (!this.#polling) this.#track(this.#poll())
  }

  async #poll(): Promise<void> {
    this.#polling = true
    const { clock } = this.needs
    const began = clock.now()
    let next = Number.POSITIVE_INFINITY
    try {
      const pools = await this.needs.store.read.jobs.pools(this.needs.pacing.now())
      const now = clock.now()
      for (const { pool, run_at } of pools) {
        if (run_at === null) continue
        if (run_at <= now) this.#look(pool)
        else next = Math.min(next, run_at)
      }
    } finally {
      this.#polling = false
      this.#round.cancel()
      if (!this.#closed) this.#round = clock.round(Math.max(0, began + longestSleep - clock.now()), () => this.#wake())
      if (next < Number.POSITIVE_INFINITY) this.#wakeAfter(Math.max(0, next - clock.now()))
    }
  }

  #expect(pool: string, run_at: number, jobs: readonly AnnouncedJob[]): void {
    const delay = run_at - this.needs.clock.now()
    if (delay > 0) this.#wakeAfter(delay)
    let isAnyUnheld = false
    for (const job of jobs) if (!this.#goOn(job, pool)) isAnyUnheld = true
    // Those that are held need not be looked for.
    if (delay <= 0 && isAnyUnheld) this.#look(pool)
  }

  /** Goes on with a lane in which there is another job. @returns whether it is held */
  #goOn(announced: AnnouncedJob, pool: string): boolean {
    const held = this.#held.get(announced.lane)
    if (!held) return false
    this.#takeToHand(held, announced)
    const handler = this.handlers[kindOfPool(pool)]
    if (!handler || !this.#idle.has(held)) return true
    if (this.#freeIn(pool, handler) > 0) {
      this.#idle.delete(held)
      this.#track(this.#workOn(held, handler))
    } else this.#letGo(held)
    return true
  }

  /** Keeps a job at hand when it is known to be the next behind those that are. */
  #takeToHand(held: Held, { row: job, carried }: AnnouncedJob): void {
    const atHand = job && { job, carried }
    if (held.news || held.reading || !atHand || sizeOf(atHand) > this.#roomAtHand) {
      held.news = true
      return
    }
    this.#roomAtHand -= sizeOf(atHand)
    held.atHand.push(atHand)
  }

  #forgetAtHand(held: Held): void {
    for (const one of held.atHand.splice(0)) this.#roomAtHand += sizeOf(one)
    held.news = true
  }

  #freeIn(pool: string, { concurrency }: JobHandler): number {
    return concurrency - (this.#busy.get(pool) ?? 0)
  }

  /** Takes what is due in a pool, as much as may be worked on at once. */
  #look(pool: string): void {
    const handler = this.handlers[kindOfPool(pool)]
    if (this.#closed || !handler) return
    if (this.#looking.has(pool)) {
      this.#looking.set(pool, true)
      return
    }
    const free = this.#freeIn(pool, handler)
    // Whoever ends makes room, and looks again.
    if (free <= 0) {
      this.#crowded.add(pool)
      return
    }
    this.#crowded.delete(pool)
    this.#looking.set(pool, false)
    this.#track(this.#take(pool, free, handler))
  }

  async #take(pool: string, limit: number, handler: JobHandler): Promise<void> {
    const { store, clock, pacing } = this.needs
    let more = false
    try {
      const alive = pacing.now()
      const until = alive + leaseTime
      const request = { pool, now: clock.now(), alive, leased_by: this.#node, leased_until: until, limit }
      const lanes = await store.write((tx) => tx.jobs.claim(request))
      more = lanes.length === limit
      for (const lane of lanes) this.#hold(lane, pool, until, handler)
    } finally {
      const news = this.#looking.get(pool) === true
      this.#looking.delete(pool)
      if (news || more) this.#look(pool)
    }
  }

  /**
   * Begins with a lane that was taken. One whose lease had run out while this node works on it, because it stood still, is only held for longer:
   * what is at hand of it may have been done by another node meanwhile. With one that is being let go of nothing is begun before it is known what
   * became of its jobs.
   */
  #hold(lane: string, pool: string, until: number, handler: JobHandler): void {
    const known = this.#held.get(lane)
    if (known) {
      known.until = until
      known.takenAnew = known.left
      this.#forgetAtHand(known)
      return
    }
    const held: Held = { lane, pool, until, position: 0, atHand: [], news: true, reading: false, left: false, takenAnew: false }
    this.#held.set(lane, held)
    this.#track(this.#workOn(held, handler))
  }

  /** Does a portion of a lane's jobs, one after the other. Then it is let go of, or kept for a while when there are no more. */
  async #workOn(held: Held, handler: JobHandler): Promise<void> {
    const { pool } = held
    this.#busy.set(pool, (this.#busy.get(pool) ?? 0) + 1)
    let isDone = false
    try {
      isDone = await this.#doPortion(held, handler)
    } finally {
      const busy = (this.#busy.get(pool) ?? 0) - 1
      if (busy > 0) this.#busy.set(pool, busy)
      else this.#busy.delete(pool)
      if (!isDone || this.#closed) this.#letGo(held)
      else if (held.news || held.atHand.length > 0) this.#track(this.#workOn(held, handler))
      else this.#keep(held)
      if (this.#crowded.has(pool)) this.#look(pool)
    }
  }

  /** @returns whether there are no more jobs */
  async #doPortion(held: Held, handler: JobHandler): Promise<boolean> {
    const { clock, pacing } = this.needs
    for (let left = portion; ; left--) {
      if (held.atHand.length === 0 && held.news) await this.#read(held)
      const [next] = held.atHand
      if (!next) return true
      const { job, carried } = next
      if (this.#closed || job.run_at > clock.now()) return false
      // A lease that has run out may be another's by now.
      if (held.until <= pacing.now()) return false
      if (left <= 0 && this.#crowded.has(held.pool)) return false
      held.atHand.shift()
      this.#roomAtHand += sizeOf(next)
      if (!(await this.#do(job, handler, carried))) return false
      held.position = job.position
      // There will never be another.
      if (job.lane === job.sid) return false
    }
  }

  /** Reads the next jobs of a lane. What is announced meanwhile may be among them, or behind them. */
  async #read(held: Held): Promise<void> {
    held.reading = true
    held.news = false
    try {
      const jobs = await this.needs.store.read.jobs.ofLane(held.lane, held.position, portion)
      held.atHand = jobs.map((job) => ({ job }))
      for (const one of held.atHand) this.#roomAtHand -= sizeOf(one)
      if (jobs.length === portion) held.news = true
    } finally {
      held.reading = false
    }
  }

  #keep(held: Held): void {
    this.#idle.set(held, this.needs.pacing.now())
    this.#letGoAfter(idleTime)
  }

  /** Lets go of lanes when they were idle for long enough. */
  #letGoAfter(delay: number): void {
    this.#lettingGo ??= this.needs.pacing.after(delay, () => {
      this.#lettingGo = undefined
      const now = this.needs.pacing.now()
      for (const [held, since] of this.#idle) {
        if (since + idleTime > now) {
          this.#letGoAfter(since + idleTime - now)
          break
        }
        this.#letGo(held)
      }
    })
  }

  #letGo(...lanes: Held[]): void {
    for (const held of lanes) {
      this.#idle.delete(held)
      held.left = true
      this.#forgetAtHand(held)
      this.#track(
        this.#settler.release(held.lane).then(() => {
          if (held.takenAnew) {
            held.takenAnew = false
            this.#letGo(held)
            return
          }
          this.#held.delete(held.lane)
          this.#look(held.pool)
        }),
      )
    }
  }

  /** Does a job and has its outcome written. @returns whether the next of its lane may be done */
  async #do(job: JobRow, handler: JobHandler, carried: Carried | undefined): Promise<boolean> {
    const { clock, ids, log } = this.needs
    const outcome = await handler
      .run(job, carried, () => this.#closed)
      .catch((cause): JobOutcome => {
        log.error({ err: cause, job_sid: job.sid, job_kind: job.kind }, 'A job failed for a reason of ours')
        return { kind: 'retry', error: 'Unexpected error; the log of the server tells it' }
      })
    if (outcome.kind === 'left') return false
    const row: JobRow = { ...job, attempts: job.attempts + 1, date_updated: clock.now() }
    if (outcome.kind !== 'done') row.last_error = outcome.error
    const again = outcome.kind === 'retry' && row.attempts < handler.attempts
    if (again) {
      const pause = Math.max(outcome.after ?? 0, pauseAfter(row.attempts, handler.backOff, ids.chance()))
      row.run_at = clock.now() + pause
      this.#wakeAfter(pause)
    } else if (outcome.kind !== 'done') row.state = 'dead'
    this.#settler.settle({ job: row, done: outcome.kind === 'done', record: outcome.record })
    return !again
  }

  /** Tells the database now and then that this node lives. @returns how to end it */
  #keepRenewing(): () => void {
    const { store, pacing } = this.needs
    let timer = { cancel() {} }
    const arm = () => {
      timer = pacing.after(renewal, () => {
        this.#track(renew())
        arm()
      })
    }
    const renew = async () => {
      const held = [...this.#held.values()]
      if (held.length === 0) return
      const until = pacing.now() + leaseTime
      const names = held.map(({ lane }) => lane).sort()
      const ours = new Set(await store.write((tx) => tx.jobs.renew(names, this.#node, until)))
      for (const one of held) one.until = ours.has(one.lane) ? until : 0
    }
    arm()
    return () => timer.cancel()
  }
}
