import { ParleyError, type Permission } from '@parley/protocol'
import { type Actor, assertInside, authorise, seatOf } from '../access.ts'
import type { Context } from '../context.ts'
import { assertOpen, lockConversation } from '../conversations/find-conversation.ts'

/** Deletes a message. Its index stays empty; the conversation's last message is then the one before. */
export async function removeMessage(ctx: Context, actor: Actor, conversation_sid: string, message_sid: string): Promise<void> {
  await ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const seat = await seatOf(tx, actor, conversation)
    assertInside(actor, seat)
    const message = await tx.messages.find(conversation_sid, message_sid)
    if (!message) throw new ParleyError('message-not-found')
    const own: Permission[] = actor.kind === 'user' && message.author === actor.identity ? ['deleteOwnMessage'] : []
    authorise(actor, seat, ...own, 'deleteAnyMessage')
    ctx.quotas.take(conversation_sid)
    assertOpen(conversation)
    const counted = await tx.messages.remove(conversation, message, ctx.clock.now())
    if (counted.last_message_index !== conversation.last_message_index) await tx.conversations.saveDocument(counted)
  })
}
