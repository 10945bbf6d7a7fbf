import { type CreateUser, ParleyError } from '@parley/protocol'
import type { UserRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Actor } from '../access.ts'
import type { Context } from '../context.ts'
import { audienceInService } from '../webhooks/audience.ts'
import { addedUser } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'
import { assertNotErasing, newUser } from './ensure-user.ts'

/** Makes a user by REST. @throws 50201 when the identity is taken in the service */
export async function createUser(ctx: Context, actor: Actor, chat_service_sid: string, params: CreateUser): Promise<UserRow> {
  ctx.quotas.take(chat_service_sid)
  const audience = await audienceInService(ctx, actor, chat_service_sid)
  return ctx.store.write(async (tx) => {
    const service = await tx.services.find(chat_service_sid)
    if (!service) throw new ParleyError('service-not-found')
    if (await tx.users.findByIdentity(chat_service_sid, params.identity)) throw new ParleyError('user-exists')
    await assertNotErasing(tx, chat_service_sid, params.identity)
    if (params.role_sid !== undefined) await assertServiceRole(tx, chat_service_sid, params.role_sid)
    const user: UserRow = {
      ...newUser(ctx, service.account_sid, chat_service_sid, params.identity, params.role_sid ?? service.default_chat_service_role_sid),
      friendly_name: params.friendly_name ?? null,
      attributes: params.attributes ?? '{}',
    }
    await tx.users.insert(user)
    await tell(ctx, tx, audience, { event: 'onUserAdded', parameters: () => addedUser(user) })
    return user
  })
}

/** Refuses a role that is not a service role of this service. */
export async function assertServiceRole(tx: Writers, chat_service_sid: string, role_sid: string): Promise<void> {
  const role = await tx.roles.find(role_sid)
  if (role?.chat_service_sid !== chat_service_sid || role.type !== 'service')
    throw new ParleyError('role-not-found', { details: { field: 'role_sid' } })
}
