import { ExplainPush, ListPushes, ParleyError, PushExplanationResource, PushResource, TestPush, TestPushResource } from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import { getBinding } from '../domain/push/change-bindings.ts'
import { explainPush } from '../domain/push/explain-push.ts'
import { testPush } from '../domain/push/test-push.ts'
import type { Sorting } from './page-tokens.ts'
import { toExplanation, toPush, toTested } from './resources/push.ts'
import { creating, fetching, listing, ofNamedService, querying } from './routes.ts'

const latestFirst: Sorting = { order: 'desc', keys: ['text'] }

/** What became of pushes, and why there were none: beyond the original. */
export const pushRoutes = (ctx: Context) =>
  ofNamedService(
    listing('/Pushes', {
      params: ListPushes,
      key: 'pushes',
      item: PushResource,
      largest: 100,
      sorting: () => latestFirst,
      page: ({ scope, params }, request) => ctx.store.read.pushes.page(scope.service_sid, params, request),
      present: (row, { scope }) => toPush(row, scope),
    }),

    querying('/Pushes/Explanation', ExplainPush, PushExplanationResource, async ({ scope, params }) => {
      const service = await ctx.store.read.services.find(scope.service_sid)
      if (!service) throw new ParleyError('service-not-found')
      return toExplanation(params, await explainPush(ctx, service, params), scope)
    }),

    fetching('/Pushes/:push', PushResource, async ({ scope, path }) => {
      const push = await ctx.store.read.pushes.find(path.push)
      if (push?.chat_service_sid !== scope.service_sid) throw new ParleyError('resource-not-found')
      return toPush(push, scope)
    }),

    creating('/Bindings/:binding/Test', TestPush, TestPushResource, async ({ scope, path, params }) => {
      const binding = await getBinding(ctx.store.read, scope.service_sid, path.binding)
      return toTested(binding, await testPush(ctx, binding, params.body))
    }),
  )
