import {
  ConfigurationResource,
  ParleyError,
  ServiceConfigurationResource,
  UpdateConfiguration,
  UpdateServiceConfiguration,
} from '@parley/protocol'
import { configureAccount } from '../domain/accounts/change-accounts.ts'
import type { Context } from '../domain/context.ts'
import { configureService } from '../domain/services/change-services.ts'
import { toConfiguration, toServiceConfiguration } from './resources/services.ts'
import { changing, fetching, ofAccount, ofNamedService } from './routes.ts'

/** The configuration of the account (rest-api §3.12) and, another resource at a like path, that of a service (§3.13). */
export const configurationRoutes = (ctx: Context) => [
  ...ofAccount(
    fetching('/Configuration', ConfigurationResource, async ({ account, scope }) => toConfiguration(account, scope)),

    changing('/Configuration', UpdateConfiguration, ConfigurationResource, async ({ account, scope, params }) =>
      toConfiguration(await configureAccount(ctx, account.sid, params), scope),
    ),
  ),
  ...ofNamedService(
    fetching('/Configuration', ServiceConfigurationResource, async ({ scope }) => {
      const service = await ctx.store.read.services.find(scope.service_sid)
      if (!service) throw new ParleyError('service-not-found')
      return toServiceConfiguration(service, scope)
    }),

    changing('/Configuration', UpdateServiceConfiguration, ServiceConfigurationResource, async ({ scope, params }) =>
      toServiceConfiguration(await configureService(ctx, scope.service_sid, params), scope),
    ),
  ),
]
