import { type CreateRole, defaultRoles, ParleyError, type UpdateRole } from '@parley/protocol'
import type { RoleRow, ServiceRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'

type Named = Pick<RoleRow, 'friendly_name' | 'type'> & { permissions: readonly string[] }

function newRole(ctx: Context, service: Pick<ServiceRow, 'sid' | 'account_sid'>, { friendly_name, type, permissions }: Named): RoleRow {
  const now = ctx.clock.now()
  return {
    sid: ctx.ids.sid('role'),
    account_sid: service.account_sid,
    chat_service_sid: service.sid,
    friendly_name,
    type,
    permissions: JSON.stringify([...new Set(permissions)]),
    date_created: now,
    date_updated: now,
  }
}

/** Makes a role of a service. */
export function createRole(
  ctx: Context,
  service: Pick<ServiceRow, 'sid' | 'account_sid'>,
  { friendly_name, type, permission }: CreateRole,
): Promise<RoleRow> {
  ctx.quotas.take(service.sid)
  return ctx.store.write(async (tx) => {
    const role = newRole(ctx, service, { friendly_name, type, permissions: permission })
    await tx.roles.insert(role)
    return role
  })
}

/** Replaces a role's permissions; who holds the role is bound by the new ones from the next command on. */
export function updateRole(ctx: Context, role_sid: string, { permission }: UpdateRole): Promise<RoleRow> {
  return ctx.store.write(async (tx) => {
    const before = await tx.roles.find(role_sid)
    if (!before) throw new ParleyError('role-not-found')
    ctx.quotas.take(before.chat_service_sid)
    const permissions = JSON.stringify([...new Set(permission)])
    if (permissions === before.permissions) return before
    const role = { ...before, permissions, date_updated: ctx.clock.now() }
    await tx.roles.save(role)
    return role
  })
}

/** Deletes a role that nobody needs. @throws 20409 while it is a default of the service, or somebody holds it */
export async function removeRole(ctx: Context, role_sid: string): Promise<void> {
  await ctx.store.write(async (tx) => {
    const role = await tx.roles.find(role_sid)
    if (!role) throw new ParleyError('role-not-found')
    ctx.quotas.take(role.chat_service_sid)
    const service = await tx.services.find(role.chat_service_sid)
    const defaults = [
      service?.default_chat_service_role_sid,
      service?.default_conversation_creator_role_sid,
      service?.default_conversation_role_sid,
    ]
    const inUse = defaults.includes(role.sid) || (await tx.users.isRoleInUse(role.sid)) || (await tx.participants.isRoleInUse(role.sid))
    if (inUse) throw new ParleyError('conflict', { text: `Role ${role.sid} is in use` })
    await tx.roles.remove(role)
  })
}

/** The four roles of a new service (rest-api §5). @returns which of them is the default for what */
export async function insertDefaultRoles(ctx: Context, tx: Writers, service: Pick<ServiceRow, 'sid' | 'account_sid'>) {
  const insert = async (named: Named) => {
    const role = newRole(ctx, service, named)
    await tx.roles.insert(role)
    return role.sid
  }
  await insert(defaultRoles.serviceAdmin)
  return {
    default_chat_service_role_sid: await insert(defaultRoles.serviceUser),
    default_conversation_creator_role_sid: await insert(defaultRoles.channelAdmin),
    default_conversation_role_sid: await insert(defaultRoles.channelUser),
  }
}
