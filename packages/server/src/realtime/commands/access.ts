import { canonicalSid, ParleyError } from '@parley/protocol'
import { getConversation } from '../../domain/conversations/find-conversation.ts'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Command } from '../upstream.ts'

/** Refuses a service in the path that is not the one of the token: as far as this user can see, there is no other. */
export function assertOwnService({ session, params }: Command): void {
  if (params['service'] !== session.actor.chat_service_sid) throw new ParleyError('service-not-found')
}

/** Refuses another user's name in the path of something that is one's own. */
export function assertOwnUser(command: Command): void {
  assertOwnService(command)
  const { session, params } = command
  if (params['user'] !== session.actor.identity && params['user'] !== session.actor.user_sid) throw new ParleyError('not-authorised')
}

/** The conversation in the path, when the user may see it. @throws 50350, 50430 */
export function conversationInPath(command: Command): Promise<ConversationRow> {
  assertOwnService(command)
  const { ctx, session, params } = command
  return getConversation(ctx, session.actor, session.actor.chat_service_sid, params['conversation'] as string)
}

/**
 * The SID in the path for a change, whose own transaction checks what the user may do: looking twice would only cost time.
 */
export async function conversationSidInPath(command: Command): Promise<string> {
  assertOwnService(command)
  const { ctx, session, params } = command
  const conversation = await ctx.store.read.conversations.find(canonicalSid(params['conversation'] as string))
  if (conversation?.chat_service_sid !== session.actor.chat_service_sid) throw new ParleyError('conversation-not-found')
  return conversation.sid
}
