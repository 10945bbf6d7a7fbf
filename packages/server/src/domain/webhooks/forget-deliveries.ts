import type { Context } from '../context.ts'

/** Deliveries that are forgotten in one transaction. */
const portion = 500

/**
 * Takes away what has been in the log of webhooks for too long, and gives up what could not be delivered by then.
 * @returns whether there may be more to do
 */
export async function forgetDeliveries(
  { store, clock }: Pick<Context, 'store' | 'clock'>,
  retentionMilliseconds: number,
): Promise<boolean> {
  const before = clock.now() - retentionMilliseconds
  if (!(await store.read.deliveries.hasOlder(before))) return false
  return store.write((tx) => tx.deliveries.forget(before, portion))
}
