import {
  type AutoCreation,
  type CreateAddressConfiguration,
  isReachableBy,
  ParleyError,
  type UpdateAddressConfiguration,
} from '@parley/protocol'
import type { AddressConfigurationRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import { sameValues } from '../changes.ts'
import type { Context } from '../context.ts'
import { getAddressConfiguration } from './find-address-configuration.ts'

const off: AutoCreation = { enabled: false, type: 'default' }

/** Says how messages to an address of the account are taken. @throws 20409 when the address has a configuration already */
export function configureAddress(ctx: Context, account_sid: string, params: CreateAddressConfiguration): Promise<AddressConfigurationRow> {
  const { type, address, friendly_name = null, address_country } = params
  if (!isReachableBy(type, address)) throw new ParleyError('address-invalid', { details: { field: 'address', type } })
  return ctx.store.write(async (tx) => {
    const twin = await tx.addressConfigurations.findByAddress(account_sid, address)
    if (twin) throw new ParleyError('conflict', { text: `Address ${address} is configured as ${twin.sid}`, details: { sid: twin.sid } })
    const now = ctx.clock.now()
    const configuration: AddressConfigurationRow = {
      sid: ctx.ids.sid('addressConfiguration'),
      account_sid,
      type,
      address,
      friendly_name,
      address_country: address_country?.toUpperCase() ?? null,
      auto_creation: JSON.stringify(await changed(tx, account_sid, off, params.auto_creation)),
      date_created: now,
      date_updated: now,
    }
    await tx.addressConfigurations.insert(configuration)
    return configuration
  })
}

/** Changes the configuration of an address, by SID or address; what is absent stays. */
export function reconfigureAddress(
  ctx: Context,
  account_sid: string,
  sidOrAddress: string,
  params: UpdateAddressConfiguration,
): Promise<AddressConfigurationRow> {
  return ctx.store.write(async (tx) => {
    const before = await getAddressConfiguration(tx, account_sid, sidOrAddress)
    const auto_creation = await changed(tx, account_sid, JSON.parse(before.auto_creation), params.auto_creation)
    const after: AddressConfigurationRow = {
      ...before,
      friendly_name: params.friendly_name === undefined ? before.friendly_name : params.friendly_name,
      auto_creation: JSON.stringify(auto_creation),
    }
    if (sameValues(before, after)) return before
    const saved = { ...after, date_updated: ctx.clock.now() }
    await tx.addressConfigurations.save(saved)
    return saved
  })
}

/** Takes the configuration of an address away: messages to it make no conversation any more. */
export async function removeAddressConfiguration(ctx: Context, account_sid: string, sidOrAddress: string): Promise<void> {
  await ctx.store.write(async (tx) => tx.addressConfigurations.remove(await getAddressConfiguration(tx, account_sid, sidOrAddress)))
}

/** What an update makes of it. Only what its type has is kept, and what its type needs must be there. */
async function changed(
  tx: Writers,
  account_sid: string,
  before: AutoCreation,
  changes: UpdateAddressConfiguration['auto_creation'] = {},
): Promise<AutoCreation> {
  const { enabled, type, conversation_service_sid, ...rest } = { ...before, ...changes }
  if (changes.conversation_service_sid !== undefined) {
    const service = await tx.services.find(changes.conversation_service_sid)
    if (service?.account_sid !== account_sid)
      throw new ParleyError('service-not-found', { details: { field: 'auto_creation.conversation_service_sid' } })
  }
  const common = { enabled, type, ...(conversation_service_sid === undefined ? {} : { conversation_service_sid }) }
  switch (type) {
    case 'default':
      return common
    case 'webhook': {
      const { webhook_url, webhook_method = 'POST', webhook_filters } = rest
      if (webhook_url === undefined)
        throw new ParleyError('conversation-webhook-url-missing', { details: { field: 'auto_creation.webhook_url' } })
      return { ...common, webhook_url, webhook_method, webhook_filters: [...new Set(webhook_filters)] }
    }
    case 'studio': {
      const { studio_flow_sid, studio_retry_count = 0 } = rest
      if (studio_flow_sid === undefined)
        throw new ParleyError('conversation-webhook-flow-invalid', { details: { field: 'auto_creation.studio_flow_sid' } })
      return { ...common, studio_flow_sid, studio_retry_count }
    }
  }
}
