import { type Static, Type } from '@sinclair/typebox'
import { autoCreationTypes } from '../address-configurations.ts'
import { channelTypes } from '../addresses.ts'
import { DateTime, nullable, SidOf, Url, Word } from './values.ts'

/** What a message to the address does when no conversation waits for it: only the members that its type has. */
export const AutoCreation = Type.Object({
  enabled: Type.Boolean(),
  type: Word(autoCreationTypes),
  conversation_service_sid: Type.Optional(SidOf('service')),
  webhook_url: Type.Optional(Url),
  webhook_method: Type.Optional(Word(['GET', 'POST'])),
  webhook_filters: Type.Optional(Type.Array(Type.String())),
  studio_flow_sid: Type.Optional(SidOf('flow')),
  studio_retry_count: Type.Optional(Type.Integer()),
})
export type AutoCreation = Static<typeof AutoCreation>

/** How messages to an address of ours are taken (rest-api §3.18). */
export const AddressConfigurationResource = Type.Object({
  sid: SidOf('addressConfiguration'),
  account_sid: SidOf('account'),
  type: Word(channelTypes),
  address: Type.String(),
  friendly_name: nullable(Type.String()),
  address_country: nullable(Type.String()),
  auto_creation: AutoCreation,
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
})
export type AddressConfigurationResource = Static<typeof AddressConfigurationResource>
