import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'

/** Work that is done again and again. */
export interface Repeated {
  /** Lets a run that is under way end, and starts no other. */
  close(): Promise<void>
}

interface Repetition {
  clock: Clock
  log: Log
  /** What is done, for the log: "Media could not be collected". */
  failed: string
  /** Between two runs, in milliseconds. */
  every: number
  /** Does a portion. @returns whether there is more to do at once */
  run(): Promise<boolean>
}

/** Runs `run` at the start and then regularly; never twice at a time. A failure is logged, and the next run tries again. */
export function repeat({ clock, log, failed, every, run }: Repetition): Repeated {
  let closed = false
  let running = Promise.resolve()
  let timer = clock.after(0, () => wake())

  const wake = () => {
    running = round()
      .catch((cause) => log.error({ err: cause }, failed))
      .then(() => {
        if (!closed) timer = clock.round(every, wake)
      })
  }

  async function round(): Promise<void> {
    while (!closed && (await run()));
  }

  return {
    async close() {
      closed = true
      timer.cancel()
      await running
    },
  }
}
