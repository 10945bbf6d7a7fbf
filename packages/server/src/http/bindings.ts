import { ListBindings, PushBindingResource } from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import { getBinding, removeBinding } from '../domain/push/change-bindings.ts'
import { toBinding } from './resources/push.ts'
import { fetching, listing, ofNamedService, removing } from './routes.ts'

/** Devices of a service that get pushes (rest-api §3.16). Client SDKs register them; here they are seen and taken away. */
export const bindingRoutes = (ctx: Context) =>
  ofNamedService(
    listing('/Bindings', {
      params: ListBindings,
      key: 'bindings',
      item: PushBindingResource,
      largest: 100,
      page: ({ scope, params }, request) =>
        ctx.store.read.pushBindings.page(scope.service_sid, { types: params.binding_type, identities: params.identity }, request),
      present: (row, { scope }) => toBinding(row, scope),
    }),

    fetching('/Bindings/:binding', PushBindingResource, async ({ scope, path }) =>
      toBinding(await getBinding(ctx.store.read, scope.service_sid, path.binding), scope),
    ),

    removing('/Bindings/:binding', ({ scope, path }) => removeBinding(ctx, scope.service_sid, path.binding)),
  )
