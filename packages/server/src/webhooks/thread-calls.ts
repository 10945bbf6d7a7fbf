import { Worker } from 'node:worker_threads'
import type { Log } from '../base/log.ts'
import { nameOfTarget, type OutwardRules } from '../base/outward-guard.ts'
import { type Call, type Calls, type CallsOptions, type Failure, failed, type Outcome } from './call.ts'

/** What the thread is started with. */
export interface CallingThreadData {
  /** As in the setting. */
  allowed: readonly string[]
  loopback: boolean
  connections: CallsOptions['connections']
}

/** What the thread is asked, all that was asked within a turn of the event loop together: first to send, then to break off. `close` ends it. */
export type AskedOfThread = { calls: readonly Call[]; brokenOff: readonly { id: number; failure: Failure }[] } | 'close'

/** What the thread tells. */
export type ToldByThread = readonly Outcome[]

interface ThreadOptions extends CallsOptions {
  /** Its file. */
  entry: URL
  rules: OutwardRules
  log: Log
}

/**
 * Room for what is short-lived there, in megabytes. What hangs lives for seconds and is copied each time that the room is full: rather often and
 * little of it than seldom and much, for everybody else's call waits meanwhile.
 */
const youngMegabytes = 6

const lost: Failure = { reason: 'connection', text: 'The thread that calls receivers has stopped' }

/**
 * Sends calls from a thread of their own: connections, signatures, and all the memory that waits with a receiver that does not answer, cost nobody
 * else their time. A thread that stops for a fault of ours takes its calls along, as a network that fails does; the next call starts another.
 */
export class ThreadCalls implements Calls {
  readonly #underWay = new Set<number>()
  #worker: Worker | undefined
  #calls: Call[] = []
  #brokenOff: { id: number; failure: Failure }[] = []
  #isAsking = false

  constructor(private readonly options: ThreadOptions) {}

  send(call: Call): void {
    this.#underWay.add(call.id)
    this.#calls.push(call)
    this.#askSoon()
  }

  breakOff(id: number, failure: Failure): void {
    this.#brokenOff.push({ id, failure })
    this.#askSoon()
  }

  async close(): Promise<void> {
    this.#ask()
    if (!this.#worker) return
    const worker = this.#worker
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.ref()
    worker.postMessage('close' satisfies AskedOfThread)
    await ended
  }

  #askSoon(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    setImmediate(() => this.#ask())
  }

  #ask(): void {
    this.#isAsking = false
    const [calls, brokenOff] = [this.#calls, this.#brokenOff]
    if (calls.length + brokenOff.length === 0) return
    this.#calls = []
    this.#brokenOff = []
    try {
      this.#worker ??= this.#start()
    } catch (cause) {
      // The system may have no more threads to give.
      this.options.log.error({ err: cause }, 'The thread that calls receivers could not be started; the next call tries again')
      this.#lose()
      return
    }
    this.#worker.postMessage({ calls, brokenOff } satisfies AskedOfThread)
  }

  /** Tells of those that were asked for that they are lost. What was not asked yet is asked of the next thread. */
  #lose(): void {
    const unasked = new Set(this.#calls.map(({ id }) => id))
    for (const id of this.#underWay) {
      if (unasked.has(id)) continue
      this.#underWay.delete(id)
      this.options.hear(failed(id, lost))
    }
  }

  #start(): Worker {
    const { entry, rules, connections, log } = this.options
    const workerData: CallingThreadData = { allowed: rules.allowed.map(nameOfTarget), loopback: rules.loopback, connections }
    const worker = new Worker(entry, { workerData, resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes } })
    worker.unref()
    worker.on('message', (told: ToldByThread) => {
      for (const outcome of told) {
        this.#underWay.delete(outcome.id)
        this.options.hear(outcome)
      }
    })
    worker.on('error', (cause) => log.error({ err: cause }, 'The thread that calls receivers has stopped; the next call starts another'))
    worker.on('exit', () => {
      this.#worker = undefined
      this.#lose()
    })
    return worker
  }
}
