import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Store } from '../storage/store.ts'
import { type Repeated, repeat } from './repeat.ts'

/** Rows that are removed in one transaction, and the pause between two: the database belongs to others most of the time. */
const portion = 200
const pauseMilliseconds = 20
/** How often this looks for deletions, in milliseconds. Nobody waits for it: what was deleted is out of sight already. */
const every = 10_000

/**
 * Takes away, by and by, what was in deleted conversations and services (storage/purges.ts): of this process, of others, and of those before.
 * Several nodes may do it at once.
 */
export function runPurge({ store, clock, log }: { store: Store; clock: Clock; log: Log }): Repeated {
  return repeat({
    clock,
    log,
    failed: 'Deleted rows could not be taken away',
    every,
    async run() {
      if (!(await store.read.purges.oldest())) return false
      const done = await store.write((tx) => tx.purges.portion(portion))
      await new Promise<void>((resolve) => clock.after(pauseMilliseconds, resolve))
      return done
    },
  })
}
