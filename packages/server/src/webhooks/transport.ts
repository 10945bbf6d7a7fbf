import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type Call, type Calls, type Failure, failed, type Outcome, stopping } from './call.ts'
import { Deadlines, type Expiring } from './deadlines.ts'

interface TransportOptions {
  log: Log
  /** By which time-outs are measured. */
  pacing: Clock
  /** How long a receiver may take, to the end of its answer, in milliseconds. */
  milliseconds: Record<Call['phase'], number>
  /** Opens what sends. Asked for when somebody is called: a server that calls nobody starts faster without it. */
  open(hear: (outcome: Outcome) => void): Promise<Calls>
}

/** How long requests under way have at the end, in milliseconds. */
const grace = 2_000

/** Has receivers called, and waits for what comes of it, but not for long. */
export class Transport {
  readonly #deadlines: Record<Call['phase'], Deadlines>
  readonly #late: Record<Call['phase'], Failure>
  readonly #underWay = new Map<number, UnderWay>()
  #calls: Calls | undefined
  #opening: Promise<Calls | undefined> | undefined
  #lastId = 0
  #closed = false
  #idle: (() => void) | undefined

  constructor(private readonly options: TransportOptions) {
    const { pacing, milliseconds } = options
    this.#deadlines = { pre: new Deadlines(pacing, milliseconds.pre), post: new Deadlines(pacing, milliseconds.post) }
    this.#late = { pre: lateAfter(milliseconds.pre), post: lateAfter(milliseconds.post) }
  }

  /** Sends a request and reads the answer. Never throws. */
  call(call: Omit<Call, 'id'>): Promise<Outcome> {
    const id = ++this.#lastId
    if (this.#closed) return Promise.resolve(failed(id, stopping))
    return new Promise((resolve) => {
      const underWay = new UnderWay(id, call.phase, this.#expire, resolve)
      this.#underWay.set(id, underWay)
      this.#deadlines[call.phase].begin(underWay)
      this.#ask((calls) => calls.send({ id, ...call }))
    })
  }

  /** Lets requests under way end, but not for long. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#underWay.size > 0)
      await new Promise<void>((resolve) => {
        const timer = this.options.pacing.after(grace, resolve)
        this.#idle = () => {
          timer.cancel()
          resolve()
        }
      })
    for (const id of this.#underWay.keys()) this.#ask((calls) => calls.breakOff(id, stopping))
    this.#deadlines.pre.close()
    this.#deadlines.post.close()
    const calls = await this.#opening
    await calls?.close()
  }

  readonly #expire = ({ id, phase }: UnderWay) => this.#ask((calls) => calls.breakOff(id, this.#late[phase]))

  readonly #hear = (outcome: Outcome) => {
    const underWay = this.#underWay.get(outcome.id)
    if (!underWay) return
    this.#underWay.delete(outcome.id)
    this.#deadlines[underWay.phase].end(underWay)
    underWay.settle(outcome)
    if (this.#underWay.size === 0) this.#idle?.()
  }

  /** Asks those who send, in the order of the asking. */
  #ask(ask: (calls: Calls) => void): void {
    if (this.#calls) ask(this.#calls)
    else void this.#open().then((calls) => calls && ask(calls))
  }

  /** @returns nothing when that failed, which whoever waits was told; the next call tries again */
  #open(): Promise<Calls | undefined> {
    this.#opening ??= this.options.open(this.#hear).then(
      (calls) => {
        this.#calls = calls
        return calls
      },
      (cause) => {
        this.#opening = undefined
        this.options.log.error({ err: cause }, 'Receivers of webhooks cannot be called')
        for (const id of this.#underWay.keys()) this.#hear(failed(id, { reason: 'connection', text: 'Receivers cannot be called' }))
        return undefined
      },
    )
    return this.#opening
  }
}

/** A call that was asked for, until its outcome is known. There may be thousands, so it holds little. */
class UnderWay implements Expiring {
  constructor(
    readonly id: number,
    readonly phase: Call['phase'],
    private readonly expired: (one: UnderWay) => void,
    readonly settle: (outcome: Outcome) => void,
  ) {}

  expire(): void {
    this.expired(this)
  }
}

const lateAfter = (milliseconds: number): Failure => ({ reason: 'timeout', text: `No answer within ${milliseconds / 1_000} s` })
