import { decodeJson, ParleyError, UpdateUserConversation } from '@parley/protocol'
import { findConversation } from '../../domain/conversations/find-conversation.ts'
import { countUnread } from '../../domain/user-conversations/count-unread.ts'
import { updateUserConversation } from '../../domain/user-conversations/update-user-conversation.ts'
import type { Membership } from '../../storage/participants.ts'
import { type Command, upstreamRoute } from '../upstream.ts'
import { assertOwnUser } from './access.ts'
import { bySidOf, pageMeta, pageRequest } from './paging.ts'
import { myConversationResource } from './resources.ts'

const mine = '/Client/v2/Services/:service/Users/:user/Conversations'
const one = `${mine}/:conversation`

async function list(command: Command) {
  assertOwnUser(command)
  const { ctx, session, query } = command
  const request = pageRequest(query, bySidOf('conversation'))
  const page = await ctx.store.read.participants.pageOfUser(session.actor.user_sid, request)
  const conversations = []
  for (const membership of page.rows) conversations.push(await present(command, membership))
  return { conversations, meta: pageMeta(page, request) }
}

async function present({ ctx, session }: Command, membership: Membership) {
  return myConversationResource(membership, session.actor.identity, await countUnread(ctx, membership))
}

/** By SID or by unique name; only conversations the user takes part in. */
async function membershipInPath(command: Command): Promise<Membership> {
  assertOwnUser(command)
  const { ctx, session, params } = command
  const conversation = await findConversation(ctx.store.read, session.actor.chat_service_sid, params['conversation'] as string)
  if (!conversation) throw new ParleyError('conversation-not-found')
  const membership = await ctx.store.read.participants.findMembership(session.actor.user_sid, conversation.sid)
  if (!membership) throw new ParleyError('not-a-participant')
  return membership
}

async function fetch(command: Command) {
  return present(command, await membershipInPath(command))
}

async function update(command: Command) {
  const { ctx, session, body } = command
  const { conversation } = await membershipInPath(command)
  const params = decodeJson(UpdateUserConversation, body, ctx.limits)
  return present(command, await updateUserConversation(ctx, session.actor, session.actor.user_sid, conversation.sid, params))
}

export const myConversationRoutes = [upstreamRoute('GET', mine, list), upstreamRoute('GET', one, fetch), upstreamRoute('POST', one, update)]
