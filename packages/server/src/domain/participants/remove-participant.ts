import { NoAnswer, type Permission } from '@parley/protocol'
import type { ConversationRow, ParticipantRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import { type Actor, assertInside, authorise, seatOf } from '../access.ts'
import type { Context } from '../context.ts'
import { lockConversation } from '../conversations/find-conversation.ts'
import { askForPushOfMembership } from '../push/ask-for-push.ts'
import { askForBadgeOfLeaver } from '../push/update-badge.ts'
import { ask } from '../webhooks/ask.ts'
import { audienceIn, conversationNow, isAsked } from '../webhooks/audience.ts'
import { participant as participantParameters, removedParticipant } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'
import { getParticipant } from './find-participant.ts'
import { regroup } from './groups.ts'

/** Takes somebody out of a conversation, by SID or identity. Their messages stay. */
export async function removeParticipant(ctx: Context, actor: Actor, conversation_sid: string, address: string): Promise<void> {
  const audience = await audienceIn(ctx, actor, conversation_sid)
  if (isAsked(audience, 'onParticipantRemove')) {
    const conversation = await conversationNow(ctx, conversation_sid)
    const parameters = participantParameters(await getRemovable(ctx.store.read, actor, conversation, address))
    await ask(ctx, audience, { event: 'onParticipantRemove', conversation_sid, parameters, answer: NoAnswer })
  }

  await ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const participant = await getRemovable(tx, actor, conversation, address)
    ctx.quotas.take(conversation_sid)
    const now = ctx.clock.now()
    const left = await tx.participants.remove(conversation, participant, now)
    if (conversation.group_addresses !== null) await regroup(tx, left)
    await askForPushOfMembership(ctx, tx, actor, 'removed_from_conversation', participant)
    await askForBadgeOfLeaver(ctx, tx, conversation, participant)
    await tell(ctx, tx, audience, {
      event: 'onParticipantRemoved',
      conversation,
      parameters: () => removedParticipant(participant, now),
    })
  })
}

/** The participant, if the actor may take them out: users may leave. @throws 50432, 50107 */
async function getRemovable(
  read: Pick<Readers, 'participants' | 'seats' | 'services' | 'roles'>,
  actor: Actor,
  conversation: ConversationRow,
  address: string,
): Promise<ParticipantRow> {
  const seat = await seatOf(read, actor, conversation)
  assertInside(actor, seat)
  const participant = await getParticipant(read, conversation.sid, address)
  const leaving: Permission[] = actor.kind === 'user' && participant.user_sid === actor.user_sid ? ['leaveConversation'] : []
  authorise(actor, seat, ...leaving, 'removeParticipant')
  return participant
}
