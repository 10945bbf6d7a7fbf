import { NoAnswer, ParleyError, type Permission } from '@parley/protocol'
import type { ConversationRow, MessageRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import { type Actor, assertInside, authorise, seatOf } from '../access.ts'
import type { Context } from '../context.ts'
import { assertOpen, lockConversation } from '../conversations/find-conversation.ts'
import { removingUnread } from '../push/update-badge.ts'
import { ask } from '../webhooks/ask.ts'
import { audienceIn, conversationNow, isAsked } from '../webhooks/audience.ts'
import { message as messageParameters, removedMessage } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'

/** Deletes a message. Its index stays empty; the conversation's last message is then the one before. */
export async function removeMessage(ctx: Context, actor: Actor, conversation_sid: string, message_sid: string): Promise<void> {
  const audience = await audienceIn(ctx, actor, conversation_sid)
  if (isAsked(audience, 'onMessageRemove')) {
    const conversation = await conversationNow(ctx, conversation_sid)
    const message = await getRemovable(ctx.store.read, actor, conversation, message_sid)
    assertOpen(conversation)
    const parameters = messageParameters(message)
    await ask(ctx, audience, { event: 'onMessageRemove', conversation_sid, parameters, answer: NoAnswer })
  }

  await ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const message = await getRemovable(tx, actor, conversation, message_sid)
    ctx.quotas.take(conversation_sid)
    assertOpen(conversation)
    const now = ctx.clock.now()
    const remove = () => tx.messages.remove(conversation, message, now)
    const counted = await removingUnread(ctx, tx, conversation, message.position + 1, remove)
    if (counted.last_message_index !== conversation.last_message_index) await tx.conversations.saveDocument(counted)
    await tell(ctx, tx, audience, { event: 'onMessageRemoved', conversation, parameters: () => removedMessage(message, now) })
  })
}

/** The message, if the actor may delete it. @throws 50500, 50107 */
async function getRemovable(
  read: Pick<Readers, 'messages' | 'seats' | 'participants' | 'services' | 'roles'>,
  actor: Actor,
  conversation: ConversationRow,
  message_sid: string,
): Promise<MessageRow> {
  const seat = await seatOf(read, actor, conversation)
  assertInside(actor, seat)
  const message = await read.messages.find(conversation.sid, message_sid)
  if (!message) throw new ParleyError('message-not-found')
  const own: Permission[] = actor.kind === 'user' && message.author === actor.identity ? ['deleteOwnMessage'] : []
  authorise(actor, seat, ...own, 'deleteAnyMessage')
  return message
}
