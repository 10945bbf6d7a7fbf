import type { Context } from '../context.ts'

/** Rows that are removed in one transaction. */
const portion = 500

/** Takes pushes out of the log that are older than so many days. @returns whether there may be more */
export async function forgetPushes(ctx: Context, days: number): Promise<boolean> {
  const before = ctx.clock.now() - days * 86_400_000
  return (await ctx.store.write((tx) => tx.pushes.removeOld(before, portion))) === portion
}
