import type { Permission } from '@parley/protocol'
import { type Actor, assertInside, authorise, seatOf } from '../access.ts'
import type { Context } from '../context.ts'
import { lockConversation } from '../conversations/find-conversation.ts'
import { askForPushOfMembership } from '../push/ask-for-push.ts'
import { getParticipant } from './find-participant.ts'
import { regroup } from './groups.ts'

/** Takes somebody out of a conversation, by SID or identity. Their messages stay. */
export async function removeParticipant(ctx: Context, actor: Actor, conversation_sid: string, address: string): Promise<void> {
  await ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const seat = await seatOf(tx, actor, conversation)
    assertInside(actor, seat)
    const participant = await getParticipant(tx, conversation_sid, address)
    const leaving: Permission[] = actor.kind === 'user' && participant.user_sid === actor.user_sid ? ['leaveConversation'] : []
    authorise(actor, seat, ...leaving, 'removeParticipant')
    ctx.quotas.take(conversation_sid)
    const left = await tx.participants.remove(conversation, participant, ctx.clock.now())
    if (conversation.group_addresses !== null) await regroup(tx, left)
    await askForPushOfMembership(ctx, tx, actor, 'removed_from_conversation', participant)
  })
}
