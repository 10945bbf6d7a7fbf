import { NoAnswer, ParleyError, type Permission, type UpdateParticipant } from '@parley/protocol'
import type { Membership } from '../../storage/participants.ts'
import type { ConversationRow, ParticipantRow } from '../../storage/schema.ts'
import type { Readers, Writers } from '../../storage/store.ts'
import { type Actor, assertInside, assertOnly, authorise, seatOf } from '../access.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'
import { assertOpen, lockConversation } from '../conversations/find-conversation.ts'
import { askForBadgeOfReader } from '../push/update-badge.ts'
import { ensureUser } from '../users/ensure-user.ts'
import { ask } from '../webhooks/ask.ts'
import { type Audience, audienceIn, conversationNow, isAsked } from '../webhooks/audience.ts'
import { participant as participantParameters, updatedParticipant } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'
import { changeBinding } from './bindings.ts'
import { getParticipant } from './find-participant.ts'
import { regroup } from './groups.ts'
import { roleInConversation } from './roles.ts'

/** Changes a participant, by SID or identity; what is absent stays. */
export async function updateParticipant(
  ctx: Context,
  actor: Actor,
  conversation_sid: string,
  address: string,
  params: UpdateParticipant,
): Promise<Membership> {
  const audience = await audienceIn(ctx, actor, conversation_sid)
  if (isAsked(audience, 'onParticipantUpdate')) await asked(ctx, audience, actor, conversation_sid, address, params)

  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const before = await getChangeable(tx, actor, conversation, address, params)
    ctx.quotas.take(conversation_sid)
    assertOpen(conversation)

    const after = await withIdentity(ctx, tx, audience, before, await changed(ctx, tx, actor, conversation, before, params), params)
    if (sameValues(before, after)) return { participant: before, conversation }
    const mine = after.user_sid !== before.user_sid || after.last_read_message_index !== before.last_read_message_index
    const saved = await tx.participants.save(
      conversation,
      { ...after, date_updated: params.date_updated ?? ctx.clock.now() },
      { roster: true, mine: mine && after.user_sid !== null },
    )
    const { participant } = saved
    await askForBadgeOfReader(ctx, tx, conversation, before, participant)
    await tell(ctx, tx, audience, { event: 'onParticipantUpdated', conversation, parameters: () => updatedParticipant(participant) })
    return params.messaging_binding ? { ...saved, conversation: await regroup(tx, saved.conversation) } : saved
  })
}

type Reading = Pick<Readers, 'participants' | 'seats' | 'services' | 'roles'>

/** The participant, if the actor may change them like this. @throws 50432, 50107 */
async function getChangeable(
  read: Reading,
  actor: Actor,
  conversation: ConversationRow,
  address: string,
  params: UpdateParticipant,
): Promise<ParticipantRow> {
  const seat = await seatOf(read, actor, conversation)
  assertInside(actor, seat)
  const participant = await getParticipant(read, conversation.sid, address)
  if (actor.kind !== 'user') return participant
  const own: Permission[] = participant.user_sid === actor.user_sid ? ['editOwnParticipantAttributes'] : []
  authorise(actor, seat, ...own, 'editAnyParticipantAttributes')
  assertOnly(actor, params, 'attributes')
  return participant
}

/** Asks before a participant is changed who may be changed, as far as can be seen now. */
async function asked(
  ctx: Context,
  audience: Audience,
  actor: Actor,
  conversation_sid: string,
  address: string,
  params: UpdateParticipant,
): Promise<void> {
  const { read } = ctx.store
  const conversation = await conversationNow(ctx, conversation_sid)
  const before = await getChangeable(read, actor, conversation, address, params)
  assertOpen(conversation)
  const after = await changed(ctx, read, actor, conversation, before, params)
  const parameters = participantParameters({ ...after, identity: params.identity ?? before.identity })
  await ask(ctx, audience, { event: 'onParticipantUpdate', conversation_sid, parameters, answer: NoAnswer })
}

async function changed(
  ctx: Context,
  read: Reading,
  actor: Actor,
  conversation: ConversationRow,
  before: ParticipantRow,
  params: UpdateParticipant,
): Promise<ParticipantRow> {
  const index = params.last_read_message_index
  const moved = index !== undefined && index !== before.last_read_message_index
  return {
    ...before,
    attributes: params.attributes ?? before.attributes,
    role_sid:
      params.role_sid === undefined ? before.role_sid : await roleInConversation(read, conversation, before.identity, params.role_sid),
    ...(params.messaging_binding && (await changeBinding(ctx, read, actor, before, params.messaging_binding))),
    last_read_message_index: index === undefined ? before.last_read_message_index : index,
    last_read_timestamp:
      params.last_read_timestamp !== undefined
        ? params.last_read_timestamp
        : moved
          ? index === null
            ? null
            : ctx.clock.now()
          : before.last_read_timestamp,
    date_created: params.date_created ?? before.date_created,
    date_updated: params.date_updated ?? before.date_updated,
  }
}

/** Gives an identity to somebody who stood for themselves by a projected address alone (rest-api §3.5). */
async function withIdentity(
  ctx: Context,
  tx: Writers,
  audience: Audience | undefined,
  before: ParticipantRow,
  after: ParticipantRow,
  { identity }: UpdateParticipant,
): Promise<ParticipantRow> {
  if (identity === undefined || identity === before.identity) return after
  if (before.identity !== null || before.projected_address === null) throw new ParleyError('identity-not-addable')
  if (await tx.participants.findByIdentity(before.conversation_sid, identity)) throw new ParleyError('participant-exists')
  const user = await ensureUser(ctx, tx, audience, before.chat_service_sid, identity)
  return { ...after, identity, user_sid: user.sid }
}
