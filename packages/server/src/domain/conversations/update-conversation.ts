import { ConversationAnswer, type UpdateConversation } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import { type Actor, assertInside, assertOnly, authorise, seatOf } from '../access.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'
import { ask } from '../webhooks/ask.ts'
import { type Audience, audienceIn, conversationNow, isAsked } from '../webhooks/audience.ts'
import { conversation as conversationParameters } from '../webhooks/parameters.ts'
import { tell, tellState } from '../webhooks/tell.ts'
import { assertNameFree } from './create-conversation.ts'
import { assertOpen, lockConversation } from './find-conversation.ts'
import { armTimers } from './timers.ts'

/** Changes a conversation; what is absent stays. A change that changes nothing is heard by nobody. */
export async function updateConversation(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  requested: UpdateConversation,
): Promise<ConversationRow> {
  const audience = await audienceIn(ctx, actor, conversation_sid)
  const changes = isAsked(audience, 'onConversationUpdate') ? await asked(ctx, audience, actor, conversation_sid, requested) : undefined
  const params: UpdateConversation = changes ? { ...requested, ...changes } : requested

  return ctx.store.write(async (tx) => {
    const before = await lockConversation(tx, conversation_sid)
    await authoriseChange(tx, actor, before, requested)
    ctx.quotas.take(conversation_sid)
    assertOpen(before)
    if (params.unique_name !== undefined && params.unique_name !== before.unique_name)
      await assertNameFree(tx, before.chat_service_sid, params.unique_name)

    const after = changed(before, params, ctx.clock.now())
    if (sameValues(before, after)) return before
    if (after.state === 'closed') await tx.participants.releaseBindings(conversation_sid)
    const saved = await tx.conversations.saveDocument({ ...after, date_updated: params.date_updated ?? ctx.clock.now() })
    await tell(ctx, tx, audience, { event: 'onConversationUpdated', conversation: saved, parameters: () => conversationParameters(saved) })
    await tellState(ctx, tx, audience, before.state, saved, 'API')
    return saved
  })
}

type Reading = Pick<Readers, 'seats' | 'participants' | 'services' | 'roles'>

async function authoriseChange(read: Reading, actor: Actor, conversation: ConversationRow, params: UpdateConversation): Promise<void> {
  if (actor.kind !== 'user') return
  const seat = await seatOf(read, actor, conversation)
  assertInside(actor, seat)
  const { friendly_name, unique_name, attributes } = params
  if (friendly_name !== undefined || unique_name !== undefined) authorise(actor, seat, 'editConversationName')
  if (attributes !== undefined) authorise(actor, seat, 'editConversationAttributes')
  assertOnly(actor, params, 'friendly_name', 'unique_name', 'attributes')
}

/** Asks before a conversation is changed that may be changed, as far as can be seen now. @returns what the answer puts in place */
async function asked(
  ctx: Context,
  audience: Audience,
  actor: Actor,
  conversation_sid: string,
  requested: UpdateConversation,
): Promise<ConversationAnswer> {
  const before = await conversationNow(ctx, conversation_sid)
  await authoriseChange(ctx.store.read, actor, before, requested)
  assertOpen(before)
  const parameters = conversationParameters(changed(before, requested, ctx.clock.now()))
  return ask(ctx, audience, { event: 'onConversationUpdate', conversation_sid, parameters, answer: ConversationAnswer })
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
