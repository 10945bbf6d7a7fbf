import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { WebhookAttemptRow, WebhookDeliveryRow } from '../storage/schema.ts'
import type { Store } from '../storage/store.ts'

/** A call that was made, and how it went. */
interface Call {
  delivery: WebhookDeliveryRow
  attempt: WebhookAttemptRow
}

/** How long the first that is to be written waits for others, in milliseconds. */
const gathering = 100
/** Calls written in one transaction, so that nobody waits long for its end; and calls that may wait for one: the log is not worth more memory. */
const portion = 25
const mostWaiting = 10_000

/** Writes down calls that nobody waits for, many together. */
export class CallLog {
  #waiting: Call[] = []
  #running: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(
    private readonly store: Store,
    private readonly pacing: Clock,
    private readonly log: Log,
  ) {}

  add(call: Call): void {
    if (this.#waiting.length === mostWaiting) {
      this.log.warn({ event_type: call.delivery.event_type }, 'A pre-action webhook is missing in the log: too many wait to be written')
      return
    }
    this.#waiting.push(call)
    if (!this.#running) this.#timer ??= this.pacing.after(gathering, () => this.#start())
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    this.#start()
    await this.#running
  }

  #start(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const calls = this.#waiting.splice(0, portion)
      await this.store
        .write(async (tx) => {
          await tx.deliveries.insert(calls.map(({ delivery }) => delivery))
          for (const { attempt } of calls) await tx.deliveries.insertAttempt(attempt)
        })
        .catch((cause) => this.log.error({ err: cause }, 'Pre-action webhooks could not be written to the log'))
    }
    this.#running = undefined
  }
}
