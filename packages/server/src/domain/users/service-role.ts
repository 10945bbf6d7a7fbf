import { ParleyError, type Permission } from '@parley/protocol'
import { type Actor, permissionsIn } from '../access.ts'
import type { Context } from '../context.ts'

/** What a user's role in the service allows. */
async function servicePermissions(ctx: Context, user_sid: string): Promise<ReadonlySet<Permission>> {
  const user = await ctx.store.read.users.find(user_sid)
  const role = user && (await ctx.store.read.roles.find(user.role_sid))
  return permissionsIn(role?.permissions ?? null)
}

/** Refuses a user whose role in the service allows none of these. Accounts may do everything. */
export async function authoriseInService(ctx: Context, actor: Actor, ...anyOf: Permission[]): Promise<void> {
  if (actor.kind !== 'user') return
  const held = await servicePermissions(ctx, actor.user_sid)
  if (!anyOf.some((permission) => held.has(permission)))
    throw new ParleyError('not-authorised', { details: { permission: anyOf.join(' or ') } })
}
