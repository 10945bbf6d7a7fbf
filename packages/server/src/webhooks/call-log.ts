import type { Log } from '../base/log.ts'
import type { WebhookAttemptRow, WebhookDeliveryRow } from '../storage/schema.ts'
import type { Store } from '../storage/store.ts'

/** A call that was made, and how it went. */
interface Call {
  delivery: WebhookDeliveryRow
  attempt: WebhookAttemptRow
}

/** Calls written in one transaction, and calls that may wait for one: the log is not worth more memory. */
const portion = 25
const mostWaiting = 10_000

/** Writes down calls that nobody waits for, many together. */
export class CallLog {
  #waiting: Call[] = []
  #running: Promise<void> | undefined

  constructor(
    private readonly store: Store,
    private readonly log: Log,
  ) {}

  add(call: Call): void {
    if (this.#waiting.length === mostWaiting) {
      this.log.warn({ event_type: call.delivery.event_type }, 'A pre-action webhook is missing in the log: too many wait to be written')
      return
    }
    this.#waiting.push(call)
    this.#running ??= this.#run()
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await this.#running
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
