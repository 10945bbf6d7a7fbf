import { NoAnswer } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import { type Actor, authorise, seatOf } from '../access.ts'
import type { Context } from '../context.ts'
import { removingUnread } from '../push/update-badge.ts'
import { ask } from '../webhooks/ask.ts'
import { type Audience, audienceIn, conversationNow, isAsked } from '../webhooks/audience.ts'
import { conversation as conversationParameters, removedConversation, removedParticipant } from '../webhooks/parameters.ts'
import { deliveriesOf } from '../webhooks/tell.ts'
import { lockConversation } from './find-conversation.ts'

/** Deletes a conversation: everybody leaves it, then it is gone with its messages. Doing it twice is an error the second time. */
export async function removeConversation(ctx: Context, actor: Actor, conversation_sid: string): Promise<void> {
  const audience = await audienceIn(ctx, actor, conversation_sid)
  if (isAsked(audience, 'onConversationRemove')) {
    const conversation = await conversationNow(ctx, conversation_sid)
    authorise(actor, await seatOf(ctx.store.read, actor, conversation), 'deleteConversation')
    const parameters = conversationParameters(conversation)
    await ask(ctx, audience, { event: 'onConversationRemove', conversation_sid, parameters, answer: NoAnswer })
  }

  await ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    authorise(actor, await seatOf(tx, actor, conversation), 'deleteConversation')
    ctx.quotas.take(conversation.chat_service_sid)
    await tellRemoval(ctx, tx, audience, conversation)
    const now = ctx.clock.now()
    const remove = async () => tx.conversations.remove(await tx.participants.removeAll(conversation, now), now)
    await removingUnread(ctx, tx, conversation, conversation.next_index, remove)
  })
}

/** Tells that everybody leaves, and that the conversation goes. */
async function tellRemoval(ctx: Context, tx: Writers, audience: Audience | undefined, conversation: ConversationRow): Promise<void> {
  if (!audience || !(audience.after || conversation.webhooks)) return
  const now = ctx.clock.now()
  const leaving = (await tx.participants.all(conversation.sid)).flatMap((participant) =>
    deliveriesOf(ctx, audience, { event: 'onParticipantRemoved', conversation, parameters: () => removedParticipant(participant, now) }),
  )
  const going = deliveriesOf(ctx, audience, {
    event: 'onConversationRemoved',
    conversation,
    parameters: () => removedConversation(conversation, now),
  })
  await tx.deliveries.enqueue([...leaving, ...going])
}
