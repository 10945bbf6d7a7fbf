import { NotificationsResource, ParleyError, UpdateNotifications } from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import { configureNotifications, notificationsOf } from '../domain/push/configure-notifications.ts'
import { toNotifications } from './resources/push.ts'
import { changing, fetching, ofNamedService } from './routes.ts'

/** What a service tells by push (rest-api §3.15). */
export const notificationRoutes = (ctx: Context) =>
  ofNamedService(
    fetching('/Configuration/Notifications', NotificationsResource, async ({ scope }) => {
      const service = await ctx.store.read.services.find(scope.service_sid)
      if (!service) throw new ParleyError('service-not-found')
      return toNotifications(await notificationsOf(ctx.store.read, service), scope)
    }),

    changing('/Configuration/Notifications', UpdateNotifications, NotificationsResource, async ({ scope, params }) =>
      toNotifications(await configureNotifications(ctx, scope.service_sid, params), scope),
    ),
  )
