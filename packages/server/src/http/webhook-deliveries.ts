import {
  canonicalSid,
  ListWebhookDeliveries,
  ReplayWebhookDeliveries,
  WebhookDeliveryResource,
  WebhookDeliveryWithAttempts,
  WebhookReplayResource,
} from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { getDelivery, replayDeliveries, replayDelivery } from '../domain/webhooks/replay-deliveries.ts'
import { newestFirst } from './page-tokens.ts'
import { toWebhookAttempt, toWebhookDelivery } from './resources/webhook-deliveries.ts'
import { asking, fetching, listing, ofService } from './routes.ts'

/** The log of webhooks, and how to send them again. The original has nothing like it. */
export const webhookDeliveryRoutes = (ctx: Context) =>
  ofService(
    listing('/Webhooks/Deliveries', {
      params: ListWebhookDeliveries,
      key: 'deliveries',
      item: WebhookDeliveryResource,
      largest: 100,
      sorting: () => newestFirst,
      page: ({ scope, params }, request) => ctx.store.read.deliveries.newest({ chat_service_sid: scope.service_sid, ...params }, request),
      present: (row, { scope }) => toWebhookDelivery(row, scope),
    }),

    fetching('/Webhooks/Deliveries/:delivery', WebhookDeliveryWithAttempts, async ({ scope, path }) => {
      const row = await getDelivery(ctx.store.read, scope.service_sid, canonicalSid(path.delivery))
      const attempts = await ctx.store.read.deliveries.attemptsOf(row.sid)
      return { ...toWebhookDelivery(row, scope), attempt_log: attempts.map(toWebhookAttempt) }
    }),

    asking('/Webhooks/Deliveries/Replay', ReplayWebhookDeliveries, WebhookReplayResource, async ({ scope, params }) => {
      const { replayed, after_sid } = await replayDeliveries(ctx, scope.service_sid, params)
      return { replayed, more: after_sid !== null, after_sid }
    }),

    asking('/Webhooks/Deliveries/:delivery/Replay', Type.Object({}), WebhookDeliveryResource, async ({ scope, path }) =>
      toWebhookDelivery(await replayDelivery(ctx, scope.service_sid, canonicalSid(path.delivery)), scope),
    ),
  )
