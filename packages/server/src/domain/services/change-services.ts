import { type CreateService, ParleyError, type RenameService, type UpdateServiceConfiguration } from '@parley/protocol'
import type { ServiceRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { insertDefaultRoles } from '../roles/change-roles.ts'

/** Makes a service with its four default roles. */
export function createService(ctx: Context, account_sid: string, { friendly_name }: CreateService): Promise<ServiceRow> {
  return ctx.store.write((tx) => insertService(ctx, tx, { sid: ctx.ids.sid('service'), account_sid, friendly_name }))
}

export async function insertService(
  ctx: Context,
  tx: Writers,
  named: Pick<ServiceRow, 'sid' | 'account_sid' | 'friendly_name'>,
): Promise<ServiceRow> {
  const now = ctx.clock.now()
  const roles = await insertDefaultRoles(ctx, tx, named)
  const service: ServiceRow = { ...named, ...roles, reachability_enabled: 0, date_created: now, date_updated: now }
  await tx.services.insert(service)
  return service
}

/** Calls a service otherwise. */
export function renameService(ctx: Context, service_sid: string, { friendly_name }: RenameService): Promise<ServiceRow> {
  return ctx.store.write(async (tx) => {
    const before = await tx.services.find(service_sid)
    if (!before) throw new ParleyError('service-not-found')
    const service = { ...before, friendly_name, date_updated: ctx.clock.now() }
    await tx.services.rename(service)
    return service
  })
}

/** Deletes a service and everything in it. @throws 20409 for the account's default service */
export async function removeService(ctx: Context, service_sid: string): Promise<void> {
  await ctx.store.write(async (tx) => {
    const service = await tx.services.find(service_sid)
    if (!service) throw new ParleyError('service-not-found')
    const account = await tx.accounts.find(service.account_sid)
    if (account?.default_chat_service_sid === service.sid)
      throw new ParleyError('conflict', { text: 'The default service of the account cannot be deleted: choose another default first' })
    await tx.services.remove(service, ctx.clock.now())
  })
}

const defaultRoleTypes = {
  default_conversation_creator_role_sid: 'conversation',
  default_conversation_role_sid: 'conversation',
  default_chat_service_role_sid: 'service',
} as const

/** Changes a service's configuration; what is absent stays (rest-api §3.13). */
export function configureService(ctx: Context, service_sid: string, params: UpdateServiceConfiguration): Promise<ServiceRow> {
  return ctx.store.write(async (tx) => {
    const before = await tx.services.find(service_sid)
    if (!before) throw new ParleyError('service-not-found')
    const service = { ...before, date_updated: ctx.clock.now() }
    for (const [field, type] of Object.entries(defaultRoleTypes) as [keyof typeof defaultRoleTypes, 'conversation' | 'service'][]) {
      const role_sid = params[field]
      if (role_sid === undefined) continue
      const role = await tx.roles.find(role_sid)
      if (role?.chat_service_sid !== service_sid || role.type !== type) throw new ParleyError('role-not-found', { details: { field } })
      service[field] = role_sid
    }
    if (params.reachability_enabled !== undefined) service.reachability_enabled = params.reachability_enabled ? 1 : 0
    await tx.services.save(service)
    return service
  })
}
