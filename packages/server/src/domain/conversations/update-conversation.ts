import type { UpdateConversation } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import { type Actor, assertInside, assertOnly, authorise, seatOf } from '../access.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'
import { assertNameFree } from './create-conversation.ts'
import { assertOpen, lockConversation } from './find-conversation.ts'
import { armTimers } from './timers.ts'

/** Changes a conversation; what is absent stays. A change that changes nothing is heard by nobody. */
export async function updateConversation(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  params: UpdateConversation,
): Promise<ConversationRow> {
  return ctx.store.write(async (tx) => {
    const before = await lockConversation(tx, conversation_sid)
    if (actor.kind === 'user') {
      const seat = await seatOf(tx, actor, before)
      assertInside(actor, seat)
      const { friendly_name, unique_name, attributes } = params
      if (friendly_name !== undefined || unique_name !== undefined) authorise(actor, seat, 'editConversationName')
      if (attributes !== undefined) authorise(actor, seat, 'editConversationAttributes')
      assertOnly(actor, params, 'friendly_name', 'unique_name', 'attributes')
    }
    ctx.quotas.take(conversation_sid)
    assertOpen(before)
    if (params.unique_name !== undefined && params.unique_name !== before.unique_name)
      await assertNameFree(tx, before.chat_service_sid, params.unique_name)

    const after = changed(before, params, ctx.clock.now())
    if (sameValues(before, after)) return before
    if (after.state === 'closed') await tx.participants.releaseBindings(conversation_sid)
    return tx.conversations.saveDocument({ ...after, date_updated: params.date_updated ?? ctx.clock.now() })
  })
}

function changed(before: ConversationRow, params: UpdateConversation, now: number): ConversationRow {
  const email = params.bindings?.email
  const merged: ConversationRow = {
    ...before,
    friendly_name: params.friendly_name === undefined ? before.friendly_name : params.friendly_name,
    unique_name: params.unique_name === undefined ? before.unique_name : params.unique_name,
    attributes: params.attributes ?? before.attributes,
    messaging_service_sid: params.messaging_service_sid ?? before.messaging_service_sid,
    state: params.state ?? before.state,
    timer_inactive: params.timers?.inactive === undefined ? before.timer_inactive : params.timers.inactive,
    timer_closed: params.timers?.closed === undefined ? before.timer_closed : params.timers.closed,
    email_address: email?.address === undefined ? before.email_address : email.address,
    email_name: email?.name === undefined ? before.email_name : email.name,
    date_created: params.date_created ?? before.date_created,
    date_updated: params.date_updated ?? before.date_updated,
  }
  const timersTouched = params.timers?.inactive !== undefined || params.timers?.closed !== undefined
  if (merged.state === before.state && !timersTouched) return merged
  const group_addresses = merged.state === 'closed' ? null : merged.group_addresses
  return {
    ...merged,
    group_addresses,
    ...armTimers(merged, now),
    state_updated: merged.state === before.state ? before.state_updated : now,
  }
}
