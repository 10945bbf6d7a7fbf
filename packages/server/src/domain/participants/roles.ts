import { ParleyError } from '@parley/protocol'
import type { ConversationRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'

/** The role a participant gets: the one asked for, else the service's default for creators or for everybody else; none without identity. */
export async function roleInConversation(
  tx: Pick<Readers, 'roles' | 'services'>,
  conversation: ConversationRow,
  identity: string | null,
  asked: string | undefined,
): Promise<string | null> {
  if (asked !== undefined) {
    const role = await tx.roles.find(asked)
    if (role?.chat_service_sid !== conversation.chat_service_sid || role.type !== 'conversation')
      throw new ParleyError('conversation-role-not-found', { details: { field: 'role_sid' } })
    return role.sid
  }
  const service = await tx.services.find(conversation.chat_service_sid)
  if (!service || identity === null) return service?.default_conversation_role_sid ?? null
  return identity === conversation.created_by ? service.default_conversation_creator_role_sid : service.default_conversation_role_sid
}
