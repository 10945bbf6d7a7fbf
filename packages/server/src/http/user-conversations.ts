import { ParleyError, UpdateUserConversation, UserConversationResource } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { findConversation } from '../domain/conversations/find-conversation.ts'
import { removeParticipant } from '../domain/participants/remove-participant.ts'
import { countUnread } from '../domain/user-conversations/count-unread.ts'
import { updateUserConversation } from '../domain/user-conversations/update-user-conversation.ts'
import { getUser } from '../domain/users/find-user.ts'
import type { Membership } from '../storage/participants.ts'
import { toUserConversation } from './resources/users.ts'
import { changing, fetching, listing, ofService, removing } from './routes.ts'
import type { Scope } from './scope.ts'

const list = '/Users/:user/Conversations'
const one = '/Users/:user/Conversations/:conversation'

/** Conversations as one user has them (rest-api §3.9): the user by SID or identity, the conversation by SID or unique name. */
export const userConversationRoutes = (ctx: Context) => {
  const present = async (membership: Membership, scope: Scope): Promise<UserConversationResource> =>
    toUserConversation(membership, membership.participant.user_sid as string, await countUnread(ctx, membership), scope)

  const getMembership = async (scope: Scope, path: { user: string; conversation: string }): Promise<Membership> => {
    const user = await getUser(ctx.store.read, scope.service_sid, path.user)
    const conversation = await findConversation(ctx.store.read, scope.service_sid, path.conversation)
    const membership = conversation && (await ctx.store.read.participants.findMembership(user.sid, conversation.sid))
    if (!membership) throw new ParleyError('not-a-participant')
    return membership
  }

  return ofService(
    listing(list, {
      params: Type.Object({}),
      key: 'conversations',
      item: UserConversationResource,
      largest: 50,
      page: async ({ scope, path }, request) => {
        const { sid } = await getUser(ctx.store.read, scope.service_sid, path.user)
        return ctx.store.read.participants.pageOfUser(sid, request)
      },
      present: (membership, { scope }) => present(membership, scope),
    }),

    fetching(one, UserConversationResource, async ({ scope, path }) => present(await getMembership(scope, path), scope)),

    changing(one, UpdateUserConversation, UserConversationResource, async ({ actor, scope, path, params }) => {
      const { participant } = await getMembership(scope, path)
      const changed = await updateUserConversation(ctx, actor, participant.user_sid as string, participant.conversation_sid, params)
      return present(changed, scope)
    }),

    removing(one, async ({ actor, scope, path }) => {
      const { participant } = await getMembership(scope, path)
      await removeParticipant(ctx, actor, participant.conversation_sid, participant.sid)
    }),
  )
}
