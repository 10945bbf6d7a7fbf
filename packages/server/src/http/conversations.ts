import {
  ConversationResource,
  ConversationWithParticipantsResource,
  CreateConversation,
  CreateConversationWithParticipants,
  ListConversations,
  UpdateConversation,
} from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import { createConversation } from '../domain/conversations/create-conversation.ts'
import { createConversationWithParticipants } from '../domain/conversations/create-with-participants.ts'
import { getConversation } from '../domain/conversations/find-conversation.ts'
import { removeConversation } from '../domain/conversations/remove-conversation.ts'
import { updateConversation } from '../domain/conversations/update-conversation.ts'
import { bySid, type Sorting } from './page-tokens.ts'
import { toConversation, toConversationWithParticipants } from './resources/conversations.ts'
import { changing, creating, creatingByAndBy, fetching, listing, ofService, removing } from './routes.ts'

const newestFirst: Sorting = { order: 'desc', keys: ['number', 'text'] }
const isFiltered = (filters: ListConversations) => Object.keys(filters).length > 0

/** Conversations (rest-api §3.1), by SID or unique name. */
export const conversationRoutes = (ctx: Context) =>
  ofService(
    listing('/Conversations', {
      params: ListConversations,
      key: 'conversations',
      item: ConversationResource,
      largest: 100,
      sorting: (filters) => (isFiltered(filters) ? newestFirst : bySid),
      page: ({ scope, params }, request) => ctx.store.read.conversations.page({ chat_service_sid: scope.service_sid, ...params }, request),
      present: (row, { scope }) => toConversation(row, scope),
    }),

    creating('/Conversations', CreateConversation, ConversationResource, async ({ actor, scope, params }) =>
      toConversation(await createConversation(ctx, actor, scope.service_sid, params), scope),
    ),

    creatingByAndBy(
      '/ConversationWithParticipants',
      CreateConversationWithParticipants,
      ConversationWithParticipantsResource,
      async ({ actor, scope, params }) => {
        const row = await createConversationWithParticipants(ctx, actor, scope.service_sid, params)
        return { ready: row.state !== 'initializing', resource: toConversationWithParticipants(row, scope) }
      },
    ),

    fetching('/Conversations/:conversation', ConversationResource, async ({ actor, scope, path }) =>
      toConversation(await getConversation(ctx, actor, scope.service_sid, path.conversation), scope),
    ),

    changing('/Conversations/:conversation', UpdateConversation, ConversationResource, async ({ actor, scope, path, params }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toConversation(await updateConversation(ctx, actor, sid, params), scope)
    }),

    removing('/Conversations/:conversation', async ({ actor, scope, path }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      await removeConversation(ctx, actor, sid)
    }),
  )
