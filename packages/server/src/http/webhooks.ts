import {
  AccountWebhooksResource,
  ConversationWebhookResource,
  CreateConversationWebhook,
  ServiceWebhooksResource,
  UpdateAccountWebhooks,
  UpdateConversationWebhook,
  UpdateServiceWebhooks,
} from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { getConversation } from '../domain/conversations/find-conversation.ts'
import { configureWebhooks } from '../domain/webhooks/configure-webhooks.ts'
import {
  createConversationWebhook,
  getConversationWebhook,
  removeConversationWebhook,
  updateConversationWebhook,
} from '../domain/webhooks/conversation-webhooks.ts'
import { pageOfWebhooks } from '../storage/conversation-webhooks.ts'
import { toAccountWebhooks, toConversationWebhook, toServiceWebhooks } from './resources/webhooks.ts'
import { changing, creating, fetching, listing, ofAccount, ofNamedService, ofService, removing } from './routes.ts'

const configuration = '/Configuration/Webhooks'
const list = '/Conversations/:conversation/Webhooks'
const one = '/Conversations/:conversation/Webhooks/:webhook'

/** Where webhooks are configured: for the account, for a service (rest-api §3.14), and for one conversation (§3.7). */
export const webhookRoutes = (ctx: Context) => [
  ...ofAccount(
    fetching(configuration, AccountWebhooksResource, async ({ scope }) =>
      toAccountWebhooks(await ctx.store.read.webhooks.find(scope.account_sid), scope),
    ),

    changing(configuration, UpdateAccountWebhooks, AccountWebhooksResource, async ({ scope, params }) =>
      toAccountWebhooks(await configureWebhooks(ctx, { account_sid: scope.account_sid, chat_service_sid: null }, params), scope),
    ),
  ),
  ...ofNamedService(
    fetching(configuration, ServiceWebhooksResource, async ({ scope }) =>
      toServiceWebhooks(await ctx.store.read.webhooks.find(scope.service_sid), scope),
    ),

    changing(configuration, UpdateServiceWebhooks, ServiceWebhooksResource, async ({ scope, params }) => {
      const owner = { account_sid: scope.account_sid, chat_service_sid: scope.service_sid }
      return toServiceWebhooks(await configureWebhooks(ctx, owner, params), scope)
    }),
  ),
  ...ofService(
    listing(list, {
      params: Type.Object({}),
      key: 'webhooks',
      item: ConversationWebhookResource,
      largest: 5,
      page: async ({ actor, scope, path }, request) => {
        const conversation = await getConversation(ctx, actor, scope.service_sid, path.conversation)
        const page = pageOfWebhooks(conversation, request)
        return { ...page, rows: page.rows.map((webhook) => ({ webhook, conversation })) }
      },
      present: ({ webhook, conversation }, { scope }) => toConversationWebhook(webhook, conversation, scope),
    }),

    creating(list, CreateConversationWebhook, ConversationWebhookResource, async ({ actor, scope, path, params }) => {
      const conversation = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toConversationWebhook(await createConversationWebhook(ctx, conversation.sid, params), conversation, scope)
    }),

    fetching(one, ConversationWebhookResource, async ({ actor, scope, path }) => {
      const conversation = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toConversationWebhook(getConversationWebhook(conversation, path.webhook), conversation, scope)
    }),

    changing(one, UpdateConversationWebhook, ConversationWebhookResource, async ({ actor, scope, path, params }) => {
      const conversation = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      return toConversationWebhook(await updateConversationWebhook(ctx, conversation.sid, path.webhook, params), conversation, scope)
    }),

    removing(one, async ({ actor, scope, path }) => {
      const { sid } = await getConversation(ctx, actor, scope.service_sid, path.conversation)
      await removeConversationWebhook(ctx, sid, path.webhook)
    }),
  ),
]
