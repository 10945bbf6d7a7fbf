import { CreateRole, canonicalSid, ParleyError, RoleResource, UpdateRole } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { createRole, removeRole, updateRole } from '../domain/roles/change-roles.ts'
import { toRole } from './resources/roles.ts'
import { changing, creating, fetching, listing, ofService, removing } from './routes.ts'
import type { Scope } from './scope.ts'

/** Roles of a service (rest-api §3.10), by SID. */
export const roleRoutes = (ctx: Context) => {
  const getRole = async (scope: Scope, sid: string) => {
    const role = await ctx.store.read.roles.find(canonicalSid(sid))
    if (role?.chat_service_sid !== scope.service_sid) throw new ParleyError('role-not-found')
    return role
  }

  return ofService(
    listing('/Roles', {
      params: Type.Object({}),
      key: 'roles',
      item: RoleResource,
      largest: 50,
      page: ({ scope }, request) => ctx.store.read.roles.page(scope.service_sid, request),
      present: (row, { scope }) => toRole(row, scope),
    }),

    creating('/Roles', CreateRole, RoleResource, async ({ scope, params }) =>
      toRole(await createRole(ctx, { sid: scope.service_sid, account_sid: scope.account_sid }, params), scope),
    ),

    fetching('/Roles/:role', RoleResource, async ({ scope, path }) => toRole(await getRole(scope, path.role), scope)),

    changing('/Roles/:role', UpdateRole, RoleResource, async ({ scope, path, params }) => {
      const { sid } = await getRole(scope, path.role)
      return toRole(await updateRole(ctx, sid, params), scope)
    }),

    removing('/Roles/:role', async ({ scope, path }) => {
      const { sid } = await getRole(scope, path.role)
      await removeRole(ctx, sid)
    }),
  )
}
