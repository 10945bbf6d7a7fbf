import { type AddParticipant, limitExceeded, NoAnswer, ParleyError } from '@parley/protocol'
import type { Membership } from '../../storage/participants.ts'
import type { ConversationRow, ParticipantRow } from '../../storage/schema.ts'
import type { Readers, Writers } from '../../storage/store.ts'
import { type Actor, assertOnly, authorise, seatOf } from '../access.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'
import { assertOpen, lockConversation } from '../conversations/find-conversation.ts'
import { activity } from '../conversations/timers.ts'
import { askForPushOfMembership } from '../push/ask-for-push.ts'
import { ensureUser } from '../users/ensure-user.ts'
import { ask } from '../webhooks/ask.ts'
import { type Audience, audienceIn, conversationNow, isAsked } from '../webhooks/audience.ts'
import { addedParticipant, newParticipant } from '../webhooks/parameters.ts'
import { tell, tellState } from '../webhooks/tell.ts'
import { assertFits, assertPairFree, type Binding, readBinding } from './bindings.ts'
import { joinGroup } from './groups.ts'
import { roleInConversation } from './roles.ts'

/**
 * Lets somebody take part: a chat user by identity, anybody else by address. A user who is new to the service comes into being. An inactive
 * conversation wakes.
 */
export async function addParticipant(ctx: Context, actor: Actor, conversation_sid: string, params: AddParticipant): Promise<Membership> {
  const binding = readBinding(ctx, params)
  const audience = await audienceIn(ctx, actor, conversation_sid)
  if (isAsked(audience, 'onParticipantAdd')) await asked(ctx, audience, actor, conversation_sid, params, binding)

  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    await authoriseAdding(tx, actor, conversation, params)
    ctx.quotas.take(conversation_sid)
    assertOpen(conversation)
    const added = await insertParticipant(ctx, tx, actor, audience, conversation, params, binding)
    const awake = await wake(ctx, tx, added.conversation)
    await tellState(ctx, tx, audience, conversation.state, awake, 'EVENT')
    return { ...added, conversation: awake }
  })
}

/** Writes a new participant of a locked conversation, and tells it. @throws what the conversation as a whole cannot take */
export async function insertParticipant(
  ctx: Context,
  tx: Writers,
  actor: Actor,
  audience: Audience | undefined,
  conversation: ConversationRow,
  params: AddParticipant,
  binding: Binding,
): Promise<Membership> {
  await assertRoom(ctx, tx, conversation, binding)
  const identity = params.identity ?? null
  if (identity !== null && (await tx.participants.findByIdentity(conversation.sid, identity))) throw new ParleyError('participant-exists')
  await assertFits(tx, conversation, binding)
  await assertPairFree(tx, actor, conversation.account_sid, binding)
  const grouped = await joinGroup(ctx, tx, conversation, binding)
  const added = await tx.participants.insert(grouped, await draftParticipant(ctx, tx, audience, grouped, params, binding))
  const { participant } = added
  await tell(ctx, tx, audience, { event: 'onParticipantAdded', conversation, parameters: () => addedParticipant(participant) })
  await askForPushOfMembership(ctx, tx, actor, 'added_to_conversation', participant)
  return added
}

/** Asks before somebody is added who may be added, as far as can be seen now. */
async function asked(
  ctx: Context,
  audience: Audience,
  actor: Actor,
  conversation_sid: string,
  params: AddParticipant,
  binding: Binding,
): Promise<void> {
  const { read } = ctx.store
  const conversation = await conversationNow(ctx, conversation_sid)
  await authoriseAdding(read, actor, conversation, params)
  assertOpen(conversation)
  const { identity = null, attributes = '{}' } = params
  const role_sid = await roleInConversation(read, conversation, identity, params.role_sid)
  const parameters = newParticipant({ ...binding, conversation_sid, identity, attributes, role_sid })
  await ask(ctx, audience, { event: 'onParticipantAdd', conversation_sid, parameters, answer: NoAnswer })
}

async function authoriseAdding(
  tx: Pick<Readers, 'seats' | 'participants' | 'services' | 'roles'>,
  actor: Actor,
  conversation: ConversationRow,
  params: AddParticipant,
): Promise<void> {
  if (actor.kind !== 'user') return
  const seat = await seatOf(tx, actor, conversation)
  if (params.identity === undefined) authorise(actor, seat, 'addNonChatParticipant')
  else if (params.identity === actor.identity) authorise(actor, seat, 'joinConversation', 'addParticipant')
  else authorise(actor, seat, 'addParticipant')
  assertOnly(actor, params, 'identity', 'messaging_binding', 'attributes')
}

async function assertRoom(ctx: Context, tx: Writers, conversation: ConversationRow, binding: Binding): Promise<void> {
  const { participantsPerConversation, nonChatParticipantsPerConversation } = ctx.limits
  if (conversation.participants_count >= participantsPerConversation)
    throw limitExceeded('participants-exceeded', 'participantsPerConversation', participantsPerConversation)
  if (binding.address !== null && (await tx.participants.countNonChat(conversation.sid)) >= nonChatParticipantsPerConversation)
    throw limitExceeded('non-chat-participants-exceeded', 'nonChatParticipantsPerConversation', nonChatParticipantsPerConversation)
}

async function draftParticipant(
  ctx: Context,
  tx: Writers,
  audience: Audience | undefined,
  conversation: ConversationRow,
  params: AddParticipant,
  binding: Binding,
): Promise<Parameters<Writers['participants']['insert']>[1]> {
  const identity = params.identity ?? null
  const user = identity === null ? undefined : await ensureUser(ctx, tx, audience, conversation.chat_service_sid, identity)
  if (user && Number.isFinite(ctx.limits.conversationsPerIdentity)) {
    const taken = await tx.participants.countOpenOfUser(user.sid)
    if (taken >= ctx.limits.conversationsPerIdentity)
      throw limitExceeded('user-conversations-exceeded', 'conversationsPerIdentity', ctx.limits.conversationsPerIdentity)
  }
  const now = ctx.clock.now()
  return {
    sid: ctx.ids.sid('participant'),
    account_sid: conversation.account_sid,
    chat_service_sid: conversation.chat_service_sid,
    conversation_sid: conversation.sid,
    identity,
    user_sid: user?.sid ?? null,
    ...binding,
    attributes: params.attributes ?? '{}',
    role_sid: await roleInConversation(tx, conversation, identity, params.role_sid),
    last_read_message_index: null,
    last_read_timestamp: null,
    notification_level: 'default',
    date_created: params.date_created ?? now,
    date_updated: params.date_updated ?? params.date_created ?? now,
  } satisfies Partial<ParticipantRow>
}

/** A new participant is activity: the timers start again, and clients hear of it only when the state changes. */
async function wake(ctx: Context, tx: Writers, conversation: ConversationRow): Promise<ConversationRow> {
  const awake = { ...conversation, ...activity(conversation, ctx.clock.now()) }
  if (awake.state !== conversation.state) return tx.conversations.saveDocument({ ...awake, date_updated: ctx.clock.now() })
  if (!sameValues(conversation, awake)) await tx.conversations.save(awake)
  return awake
}
