import { canonicalSid, JobResource, ListJobs } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { discardJob, getJob, runJobAgain } from '../domain/jobs/run-jobs-again.ts'
import { toJob } from './resources/jobs.ts'
import { asking, fetching, listing, ofAccount, removing } from './routes.ts'

/** Work after a commit: what waits, and what was given up. The original has nothing like it. */
export const jobRoutes = (ctx: Context) =>
  ofAccount(
    listing('/Jobs', {
      params: ListJobs,
      key: 'jobs',
      item: JobResource,
      largest: 100,
      page: ({ scope, params: { state = 'dead' } }, request) =>
        ctx.store.read.jobs.page({ account_sid: scope.account_sid, state }, request),
      present: (row, { scope }) => toJob(row, scope),
    }),

    fetching('/Jobs/:job', JobResource, async ({ scope, path }) =>
      toJob(await getJob(ctx.store.read, scope.account_sid, canonicalSid(path.job)), scope),
    ),

    asking('/Jobs/:job/Run', Type.Object({}), JobResource, async ({ scope, path }) =>
      toJob(await runJobAgain(ctx, scope.account_sid, canonicalSid(path.job)), scope),
    ),

    removing('/Jobs/:job', ({ scope, path }) => discardJob(ctx, scope.account_sid, canonicalSid(path.job))),
  )
