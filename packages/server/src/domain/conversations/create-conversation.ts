import { ConversationAnswer, type CreateConversation, ParleyError } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Readers, Writers } from '../../storage/store.ts'
import { type Actor, assertOnly, nameOf } from '../access.ts'
import type { Context } from '../context.ts'
import { authoriseInService } from '../users/service-role.ts'
import { ask } from '../webhooks/ask.ts'
import { type Audience, audienceInService, isAsked } from '../webhooks/audience.ts'
import { conversation as conversationParameters, newConversation } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'
import { armTimers } from './timers.ts'

/** Makes a conversation. Whoever makes it does not take part yet. @throws 50353 when the unique name is taken */
export async function createConversation(
  ctx: Context,
  actor: Actor,
  chat_service_sid: string,
  requested: CreateConversation,
): Promise<ConversationRow> {
  await authoriseInService(ctx, actor, 'createConversation')
  assertOnly(actor, requested, 'friendly_name', 'unique_name', 'attributes')
  if (requested.state === 'closed') throw new ParleyError('initial-state-closed')
  ctx.quotas.take(chat_service_sid)
  const audience = await audienceInService(ctx, actor, chat_service_sid)
  const changes = isAsked(audience, 'onConversationAdd') ? await askToAdd(ctx, audience, actor, chat_service_sid, requested) : undefined
  const params: CreateConversation = changes ? { ...requested, ...changes } : requested

  return ctx.store.write(async (tx) => {
    await assertNameFree(tx, chat_service_sid, params.unique_name ?? null)
    const conversation = await draftConversation(ctx, tx, actor, chat_service_sid, params)
    await tx.conversations.insert(conversation)
    await tellAdded(ctx, tx, audience, conversation)
    return conversation
  })
}

/** Tells that a conversation was made. */
export const tellAdded = (ctx: Context, tx: Writers, audience: Audience | undefined, conversation: ConversationRow): Promise<void> =>
  tell(ctx, tx, audience, { event: 'onConversationAdded', conversation, parameters: () => conversationParameters(conversation) })

/** Asks before a conversation is made. @returns what the answer puts in place of what was asked for */
export async function askToAdd(
  ctx: Context,
  audience: Audience,
  actor: Actor,
  chat_service_sid: string,
  requested: CreateConversation,
): Promise<ConversationAnswer> {
  const { read } = ctx.store
  await assertNameFree(read, chat_service_sid, requested.unique_name ?? null)
  const parameters = newConversation(await draftConversation(ctx, read, actor, chat_service_sid, requested))
  return ask(ctx, audience, { event: 'onConversationAdd', parameters, answer: ConversationAnswer })
}

/** Refuses a unique name that another conversation of the service has. */
export async function assertNameFree(
  tx: Pick<Readers, 'conversations'>,
  chat_service_sid: string,
  unique_name: string | null,
): Promise<void> {
  if (unique_name !== null && (await tx.conversations.findByUniqueName(chat_service_sid, unique_name)))
    throw new ParleyError('unique-name-exists')
}

/** A conversation that is not written yet. */
export async function draftConversation(
  ctx: Context,
  tx: Pick<Readers, 'services' | 'accounts'>,
  actor: Actor,
  chat_service_sid: string,
  params: CreateConversation,
): Promise<ConversationRow> {
  const service = await tx.services.find(chat_service_sid)
  const account = service && (await tx.accounts.find(service.account_sid))
  if (!account) throw new ParleyError('service-not-found')
  const now = ctx.clock.now()
  const { inactive, closed } = params.timers ?? {}
  const timed = {
    state: params.state ?? 'active',
    timer_inactive: inactive === undefined ? account.default_inactive_timer : inactive,
    timer_closed: closed === undefined ? account.default_closed_timer : closed,
  }
  return {
    sid: ctx.ids.sid('conversation'),
    account_sid: account.sid,
    chat_service_sid,
    messaging_service_sid: params.messaging_service_sid ?? account.default_messaging_service_sid,
    friendly_name: params.friendly_name ?? null,
    unique_name: params.unique_name ?? null,
    attributes: params.attributes ?? '{}',
    state_updated: now,
    created_by: nameOf(actor),
    ...timed,
    ...armTimers(timed, now),
    group_addresses: null,
    email_address: params.bindings?.email?.address ?? null,
    email_name: params.bindings?.email?.name ?? null,
    document_event_id: 0,
    messages_event_id: 0,
    roster_event_id: 0,
    next_index: 0,
    last_message_index: null,
    last_message_date: null,
    messages_count: 0,
    participants_count: 0,
    webhooks: null,
    date_created: params.date_created ?? now,
    date_updated: params.date_updated ?? params.date_created ?? now,
  }
}
