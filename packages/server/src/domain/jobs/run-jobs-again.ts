import { ParleyError } from '@parley/protocol'
import type { JobRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { endReplay } from '../webhooks/replay-messages.ts'

/** The job of an account. @throws 20404 */
export async function getJob(read: Pick<Readers, 'jobs'>, account_sid: string, sid: string): Promise<JobRow> {
  const job = await read.jobs.find(sid)
  if (job?.account_sid !== account_sid) throw new ParleyError('resource-not-found')
  return job
}

/** Has a dead job done after all, with all its attempts before it; one that waits is tried at once. */
export async function runJobAgain(ctx: Context, account_sid: string, sid: string): Promise<JobRow> {
  return ctx.store.write(async (tx) => {
    const job = await getJob(tx, account_sid, sid)
    const now = ctx.clock.now()
    return tx.jobs.revive({ ...job, state: 'waiting', attempts: 0, run_at: now, date_updated: now })
  })
}

/** Gives a job up for good. What is under way comes to its end. */
export async function discardJob(ctx: Context, account_sid: string, sid: string): Promise<void> {
  await ctx.store.write(async (tx) => {
    const job = await getJob(tx, account_sid, sid)
    await endReplay(tx, job)
    await tx.jobs.withdraw([job.sid])
    await tx.deliveries.giveUp(job.sid, ctx.clock.now())
  })
}
