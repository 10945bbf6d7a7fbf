import { ChannelMetadataResource, canonicalSid, ListMessages, MessageResource, SendMessage, UpdateMessage } from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import { getConversation } from '../domain/conversations/find-conversation.ts'
import { channelMetadataOf, getMessage } from '../domain/messages/find-message.ts'
import { removeMessage } from '../domain/messages/remove-message.ts'
import { sendMessage } from '../domain/messages/send-message.ts'
import { updateMessage } from '../domain/messages/update-message.ts'
import type { Sorting } from './page-tokens.ts'
import { toMessage } from './resources/messages.ts'
import { changing, creating, fetching, listing, ofService, removing } from './routes.ts'

const list = '/Conversations/:conversation/Messages'
const one = '/Conversations/:conversation/Messages/:message'

const byIndex: Record<'asc' | 'desc', Sorting> = {
  asc: { order: 'asc', keys: ['number'] },
  desc: { order: 'desc', keys: ['number'] },
}

/** Messages of a conversation (rest-api §3.3), by SID. */
export const messageRoutes = (ctx: Context) =>
  ofService(
    listing(list, {
      params: ListMessages,
      key: 'messages',
      item: MessageResource,
      largest: 100,
      sorting: ({ order = 'asc' }) => byIndex[order],
      page: async ({ actor, scope, path, params }, request) => {
        const conversation = await getConversation(ctx, actor, scope.service_sid, path.conversation)
        return ctx.store.read.messages.page(conversation, params.order ?? 'asc', request)
      },
      present: (row, { scope }) => toMessage(row, scope),
    }),

    creating(list, SendMessage, MessageResource, async ({ actor, scope, path, params }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toMessage((await sendMessage(ctx, actor, sid, params)).message, scope)
    }),

    fetching(one, MessageResource, async ({ actor, scope, path }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toMessage(await getMessage(ctx, sid, path.message), scope)
    }),

    changing(one, UpdateMessage, MessageResource, async ({ actor, scope, path, params }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toMessage(await updateMessage(ctx, actor, sid, canonicalSid(path.message), params), scope)
    }),

    fetching(`${one}/ChannelMetadata`, ChannelMetadataResource, async ({ actor, scope, path }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return channelMetadataOf(await getMessage(ctx, sid, path.message))
    }),

    removing(one, async ({ actor, scope, path }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      await removeMessage(ctx, actor, sid, canonicalSid(path.message))
    }),
  )
