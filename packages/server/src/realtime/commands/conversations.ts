import { CreateConversation, decodeJson, UpdateConversation } from '@parley/protocol'
import { createConversation } from '../../domain/conversations/create-conversation.ts'
import { removeConversation } from '../../domain/conversations/remove-conversation.ts'
import { updateConversation } from '../../domain/conversations/update-conversation.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { assertOwnService, conversationInPath, conversationSidInPath } from './access.ts'
import { conversationResource, membershipStatus } from './resources.ts'

const conversations = '/Client/v2/Services/:service/Conversations'
const one = `${conversations}/:conversation`

async function create(command: Command) {
  assertOwnService(command)
  const { ctx, session, body } = command
  return conversationResource(
    await createConversation(ctx, session.actor, session.actor.chat_service_sid, decodeJson(CreateConversation, body, ctx.limits)),
  )
}

/** Looked up by SID or unique name. The caller's own status goes with it, since the client overwrites what it knows with this. */
async function fetch(command: Command) {
  const { ctx, session } = command
  const conversation = await conversationInPath(command)
  const participant = await ctx.store.read.participants.findByIdentity(conversation.sid, session.actor.identity)
  return { ...conversationResource(conversation), ...membershipStatus(participant) }
}

async function update(command: Command) {
  const { ctx, session, body } = command
  const sid = await conversationSidInPath(command)
  return conversationResource(await updateConversation(ctx, session.actor, sid, decodeJson(UpdateConversation, body, ctx.limits)))
}

async function remove(command: Command) {
  await removeConversation(command.ctx, command.session.actor, await conversationSidInPath(command))
}

export const conversationRoutes = [
  upstreamRoute('POST', conversations, create, 201),
  upstreamRoute('GET', one, fetch),
  upstreamRoute('POST', one, update),
  upstreamRoute('DELETE', one, remove, 204),
]
