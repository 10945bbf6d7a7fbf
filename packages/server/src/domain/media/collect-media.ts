import type { Context } from '../context.ts'

/** Media that are looked after in one go. */
const portion = 50

/**
 * Takes away some media whose time is over: files that were uploaded and never sent, what is left of uploads that broke off, and files of deleted
 * messages, conversations and services.
 *
 * Each is first closed, so that nobody sends it any more, then its bytes are removed, then its row: wherever this stops, the row that leads to
 * the rest is still there, and the next run goes on. Several nodes may do it at once.
 *
 * @returns whether there may be more to do
 */
export async function collectMedia(ctx: Context): Promise<boolean> {
  const now = ctx.clock.now()
  const due = await ctx.store.read.media.due(now, portion)
  let failures = 0
  for (const { sid, blob_key } of due) {
    try {
      if (!(await ctx.store.write((tx) => tx.media.close(sid, now)))) continue
      await ctx.media.blobs.remove(blob_key)
      await ctx.store.write((tx) => tx.media.remove(sid))
    } catch (cause) {
      failures++
      ctx.log.warn({ err: cause, media_sid: sid }, 'A media could not be removed; it is tried again')
    }
  }
  return due.length === portion && failures === 0
}
