import {
  AddressConfigurationResource,
  CreateAddressConfiguration,
  ListAddressConfigurations,
  UpdateAddressConfiguration,
} from '@parley/protocol'
import { configureAddress, reconfigureAddress, removeAddressConfiguration } from '../domain/addresses/configure-address.ts'
import { getAddressConfiguration } from '../domain/addresses/find-address-configuration.ts'
import type { Context } from '../domain/context.ts'
import { toAddressConfiguration } from './resources/address-configurations.ts'
import { changing, creating, fetching, listing, ofAccount, removing } from './routes.ts'

const list = '/Configuration/Addresses'
const one = `${list}/:address_configuration` as const

/** How messages to addresses of the account are taken (rest-api §3.18), by SID or address. */
export const addressConfigurationRoutes = (ctx: Context) =>
  ofAccount(
    listing(list, {
      params: ListAddressConfigurations,
      key: 'address_configurations',
      item: AddressConfigurationResource,
      largest: 50,
      page: ({ scope, params }, request) =>
        ctx.store.read.addressConfigurations.page({ account_sid: scope.account_sid, type: params.type }, request),
      present: (row, { scope }) => toAddressConfiguration(row, scope),
    }),

    creating(list, CreateAddressConfiguration, AddressConfigurationResource, async ({ scope, params }) =>
      toAddressConfiguration(await configureAddress(ctx, scope.account_sid, params), scope),
    ),

    fetching(one, AddressConfigurationResource, async ({ scope, path }) =>
      toAddressConfiguration(await getAddressConfiguration(ctx.store.read, scope.account_sid, path.address_configuration), scope),
    ),

    changing(one, UpdateAddressConfiguration, AddressConfigurationResource, async ({ scope, path, params }) =>
      toAddressConfiguration(await reconfigureAddress(ctx, scope.account_sid, path.address_configuration, params), scope),
    ),

    removing(one, ({ scope, path }) => removeAddressConfiguration(ctx, scope.account_sid, path.address_configuration)),
  )
