import { CreateService, canonicalSid, ParleyError, RenameService, ServiceResource } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { createService, removeService, renameService } from '../domain/services/change-services.ts'
import { toService } from './resources/services.ts'
import { changing, creating, fetching, listing, ofAccount, removing } from './routes.ts'
import type { Scope } from './scope.ts'

/** Services of the account (rest-api §3.11). Those of the original are made and deleted, and never called otherwise. */
export const serviceRoutes = (ctx: Context) => {
  const getService = async (scope: Scope, sid: string) => {
    const service = await ctx.store.read.services.find(canonicalSid(sid))
    if (service?.account_sid !== scope.account_sid) throw new ParleyError('service-not-found')
    return service
  }

  return ofAccount(
    listing('/Services', {
      params: Type.Object({}),
      key: 'services',
      item: ServiceResource,
      largest: 100,
      page: ({ scope }, request) => ctx.store.read.services.page(scope.account_sid, request),
      present: (row, { scope }) => toService(row, scope),
    }),

    creating('/Services', CreateService, ServiceResource, async ({ scope, params }) =>
      toService(await createService(ctx, scope.account_sid, params), scope),
    ),

    fetching('/Services/:service', ServiceResource, async ({ scope, path }) => toService(await getService(scope, path.service), scope)),

    // An extension of Parley.
    changing('/Services/:service', RenameService, ServiceResource, async ({ scope, path, params }) => {
      const { sid } = await getService(scope, path.service)
      return toService(await renameService(ctx, sid, params), scope)
    }),

    removing('/Services/:service', async ({ scope, path }) => {
      const { sid } = await getService(scope, path.service)
      await removeService(ctx, sid)
    }),
  )
}
