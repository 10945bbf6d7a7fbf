import { NoAnswer, ParleyError, type Permission, type UpdateUser } from '@parley/protocol'
import type { UserInfoKey } from '../../storage/changes.ts'
import type { UserRow } from '../../storage/schema.ts'
import type { Actor } from '../access.ts'
import type { Context } from '../context.ts'
import { ask } from '../webhooks/ask.ts'
import { audienceOf, isAsked } from '../webhooks/audience.ts'
import { updatedUser, user as userParameters } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'
import { assertServiceRole } from './create-user.ts'
import { authoriseInService } from './service-role.ts'

/** Changes a user; what is absent stays. A change that changes nothing is heard by nobody. */
export async function updateUser(ctx: Context, actor: Actor, user_sid: string, params: UpdateUser): Promise<UserRow> {
  if (actor.kind === 'user') {
    const own: Permission[] = actor.user_sid === user_sid ? ['editOwnUserInfo'] : []
    await authoriseInService(ctx, actor, ...own, 'editAnyUserInfo')
    if (params.role_sid !== undefined) throw new ParleyError('not-authorised', { details: { field: 'role_sid' } })
  }
  const user = await ctx.store.read.users.find(user_sid)
  if (!user) throw new ParleyError('user-not-found')
  const audience = await audienceOf(ctx, actor, user)
  if (isAsked(audience, 'onUserUpdate')) {
    const parameters = userParameters(changed(user, params))
    await ask(ctx, audience, { event: 'onUserUpdate', parameters, answer: NoAnswer })
  }

  return ctx.store.write(async (tx) => {
    const before = await tx.users.lock(user_sid)
    if (!before) throw new ParleyError('user-not-found')
    ctx.quotas.take(before.chat_service_sid)
    if (params.role_sid !== undefined) await assertServiceRole(tx, before.chat_service_sid, params.role_sid)
    const after = changed(before, params)
    const keys: UserInfoKey[] = []
    if (after.friendly_name !== before.friendly_name) keys.push('friendlyName')
    if (after.attributes !== before.attributes) keys.push('attributes')
    if (keys.length === 0 && after.role_sid === before.role_sid) return before
    if (after.role_sid !== before.role_sid) tx.emit({ object: 'access', sid: before.chat_service_sid, kind: 'roles-changed' })
    const saved = await tx.users.save({ ...after, date_updated: ctx.clock.now() }, keys)
    await tell(ctx, tx, audience, { event: 'onUserUpdated', parameters: () => updatedUser(saved) })
    return saved
  })
}

const changed = (before: UserRow, params: UpdateUser): UserRow => ({
  ...before,
  friendly_name: params.friendly_name === undefined ? before.friendly_name : params.friendly_name,
  attributes: params.attributes ?? before.attributes,
  role_sid: params.role_sid ?? before.role_sid,
})
