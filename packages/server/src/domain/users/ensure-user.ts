import { ParleyError } from '@parley/protocol'
import type { UserRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import type { Audience } from '../webhooks/audience.ts'
import { addedUser } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'

/** The user with this identity, who comes into being when they are new to the service (rest-api §3.8). */
export async function ensureUser(
  ctx: Context,
  tx: Writers,
  audience: Audience | undefined,
  chat_service_sid: string,
  identity: string,
  role_sid?: string,
): Promise<UserRow> {
  const known = await tx.users.findByIdentity(chat_service_sid, identity)
  if (known) return known
  await assertNotErasing(tx, chat_service_sid, identity)
  const service = await tx.services.find(chat_service_sid)
  if (!service) throw new ParleyError('service-not-found')
  const asked = role_sid === undefined ? undefined : await tx.roles.find(role_sid)
  const role = asked?.chat_service_sid === chat_service_sid && asked.type === 'service' ? asked.sid : service.default_chat_service_role_sid
  const user = newUser(ctx, service.account_sid, chat_service_sid, identity, role)
  await tx.users.insert(user)
  await tell(ctx, tx, audience, { event: 'onUserAdded', parameters: () => addedUser(user) })
  return user
}

/** A user who has done nothing yet. */
export function newUser(ctx: Context, account_sid: string, chat_service_sid: string, identity: string, role_sid: string): UserRow {
  const now = ctx.clock.now()
  return {
    sid: ctx.ids.sid('user'),
    account_sid,
    chat_service_sid,
    identity,
    friendly_name: null,
    attributes: '{}',
    role_sid,
    is_online: 0,
    is_notifiable: 0,
    conversations_event_id: 0,
    info_event_id: 0,
    friendly_name_event_id: 0,
    attributes_event_id: 0,
    reachability_event_id: 0,
    date_created: now,
    date_updated: now,
  }
}

/** Refuses an identity that is being erased: who comes under its name begins when nothing is left of it. @throws 50201 */
export async function assertNotErasing(tx: Writers, chat_service_sid: string, identity: string): Promise<void> {
  if (await tx.erasures.findRunning(chat_service_sid, identity))
    throw new ParleyError('user-exists', { text: 'The user is being erased: the identity is free when that is completed' })
}
