import { CreateUser, UpdateUser, UserResource } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { createUser } from '../domain/users/create-user.ts'
import { getUser } from '../domain/users/find-user.ts'
import { removeUser } from '../domain/users/remove-user.ts'
import { updateUser } from '../domain/users/update-user.ts'
import type { UserRow } from '../storage/schema.ts'
import { toUser } from './resources/users.ts'
import { changing, creating, fetching, listing, ofService, removing } from './routes.ts'
import type { Scope } from './scope.ts'

/** Users of a service (rest-api §3.8), by SID or identity. */
export const userRoutes = (ctx: Context) => {
  const present = async (user: UserRow, scope: Scope): Promise<UserResource> => {
    const service = await ctx.store.read.services.find(user.chat_service_sid)
    return toUser(user, scope, service?.reachability_enabled === 1)
  }

  return ofService(
    listing('/Users', {
      params: Type.Object({}),
      key: 'users',
      item: UserResource,
      largest: 50,
      page: ({ scope }, request) => ctx.store.read.users.page(scope.service_sid, request),
      present: (row, { scope }) => toUser(row, scope, false),
    }),

    creating('/Users', CreateUser, UserResource, async ({ actor, scope, params }) =>
      present(await createUser(ctx, actor, scope.service_sid, params), scope),
    ),

    fetching('/Users/:user', UserResource, async ({ scope, path }) =>
      present(await getUser(ctx.store.read, scope.service_sid, path.user), scope),
    ),

    changing('/Users/:user', UpdateUser, UserResource, async ({ actor, scope, path, params }) => {
      const { sid } = await getUser(ctx.store.read, scope.service_sid, path.user)
      return present(await updateUser(ctx, actor, sid, params), scope)
    }),

    removing('/Users/:user', async ({ actor, scope, path }) => {
      const { sid } = await getUser(ctx.store.read, scope.service_sid, path.user)
      await removeUser(ctx, actor, scope.service_sid, sid)
    }),
  )
}
