import { ParleyError } from '@parley/protocol'
import { type Actor, authorise, seatOf } from '../access.ts'
import type { Context } from '../context.ts'

/** Deletes a conversation: everybody leaves it, then it is gone with its messages. Doing it twice is an error the second time. */
export async function removeConversation(ctx: Context, actor: Actor, conversation_sid: string): Promise<void> {
  await ctx.store.write(async (tx) => {
    const conversation = await tx.conversations.lock(conversation_sid)
    if (!conversation) throw new ParleyError('conversation-not-found')
    authorise(actor, await seatOf(tx, actor, conversation), 'deleteConversation')
    ctx.quotas.take(conversation.chat_service_sid)
    const now = ctx.clock.now()
    await tx.conversations.remove(await tx.participants.removeAll(conversation, now), now)
  })
}
