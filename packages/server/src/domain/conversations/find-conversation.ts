import { canonicalSid, isSid, ParleyError } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import { type Actor, seatOf, sightOf } from '../access.ts'
import type { Context } from '../context.ts'

/** A conversation of a service by SID or unique name (rest-api §1.4), or `undefined`. */
export async function findConversation(
  read: Pick<Readers, 'conversations'>,
  chat_service_sid: string,
  address: string,
): Promise<ConversationRow | undefined> {
  if (!isSid('conversation', address)) return read.conversations.findByUniqueName(chat_service_sid, address)
  const conversation = await read.conversations.find(canonicalSid(address))
  return conversation?.chat_service_sid === chat_service_sid ? conversation : undefined
}

/** A conversation that the actor may see. @throws 50350 when there is none, 50430 for users who have no business there */
export async function getConversation(ctx: Context, actor: Actor, chat_service_sid: string, address: string): Promise<ConversationRow> {
  const conversation = await findConversation(ctx.store.read, chat_service_sid, address)
  if (!conversation) throw new ParleyError('conversation-not-found')
  if (actor.kind === 'user' && sightOf(actor, conversation, await seatOf(ctx.store.read, actor, conversation)) === 'nothing')
    throw new ParleyError('not-a-participant')
  return conversation
}

/** The conversation, locked for change in this transaction. @throws 50350 when it has gone meanwhile */
export async function lockConversation(
  tx: { conversations: { lock(sid: string): Promise<ConversationRow | undefined> } },
  sid: string,
): Promise<ConversationRow> {
  const conversation = await tx.conversations.lock(sid)
  if (!conversation) throw new ParleyError('conversation-not-found')
  return conversation
}

/** Refuses changes of a closed conversation, and of one that is still being built (rest-api §4.1). */
export function assertOpen(conversation: ConversationRow): void {
  if (conversation.state === 'closed') throw new ParleyError('conversation-closed')
  if (conversation.state === 'initializing') throw new ParleyError('conversation-initializing')
}
