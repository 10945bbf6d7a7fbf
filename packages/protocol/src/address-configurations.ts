import { type Static, Type } from '@sinclair/typebox'
import { channelTypes } from './addresses.ts'
import { ParleyError } from './errors.ts'
import { clearableText, custom, filledText, flag, listOf, refined, sid, word } from './fields.ts'

/** What happens to a conversation that a message to an address makes: nothing more, or a webhook of its own is put on it (rest-api §3.18). */
export const autoCreationTypes = ['default', 'webhook', 'studio'] as const
export type AutoCreationType = (typeof autoCreationTypes)[number]

/** The events that the webhook of such a conversation may ask for. */
export const autoCreationEvents = [
  'onMessageAdded',
  'onMessageUpdated',
  'onMessageRemoved',
  'onConversationUpdated',
  'onConversationStateUpdated',
  'onConversationRemoved',
  'onParticipantAdded',
  'onParticipantUpdated',
  'onParticipantRemoved',
  'onDeliveryUpdated',
] as const

const country = refined(clearableText(), (code, at) => {
  if (code !== null && !/^[A-Za-z]{2}$/.test(code))
    throw new ParleyError('parameter-invalid', {
      text: `Invalid parameter ${at.field}: a country code of two letters is expected`,
      details: { field: at.field },
    })
})

const mostRetries = 3

const retryCount = custom<number>(Type.Integer({ minimum: 0, maximum: mostRetries }), (raw, at) => {
  const count = typeof raw === 'string' && /^\d$/.test(raw) ? Number(raw) : raw
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= mostRetries) return count
  throw new ParleyError('parameter-invalid', {
    text: `Invalid parameter ${at.field}: a whole number from 0 to ${mostRetries} is expected`,
    details: { field: at.field },
  })
})

const webhookUrl = refined(
  filledText({ limit: 'webhookUrlLength', tooLong: 'conversation-webhook-url-too-long', empty: 'conversation-webhook-url-missing' }),
  (url, at) => {
    const { protocol } = URL.canParse(url) ? new URL(url) : { protocol: '' }
    if (protocol !== 'http:' && protocol !== 'https:')
      throw new ParleyError('webhook-format-invalid', { details: { field: at.field, expected: 'an http or https URL' } })
  },
)

const changeable = {
  friendly_name: Type.Optional(clearableText({ limit: 'friendlyNameLength', tooLong: 'friendly-name-too-long' })),
  auto_creation: Type.Optional(
    Type.Object({
      enabled: Type.Optional(flag()),
      type: Type.Optional(word(autoCreationTypes)),
      conversation_service_sid: Type.Optional(sid('service', 'service-not-found')),
      webhook_url: Type.Optional(webhookUrl),
      webhook_method: Type.Optional(word(['GET', 'POST'], 'webhook-method-invalid')),
      webhook_filters: Type.Optional(listOf(word(autoCreationEvents, 'conversation-webhook-filter-invalid'))),
      studio_flow_sid: Type.Optional(sid('flow', 'conversation-webhook-flow-invalid')),
      studio_retry_count: Type.Optional(retryCount),
    }),
  ),
}

/** Parameters of configuring an address (rest-api §3.18). */
export const CreateAddressConfiguration = Type.Object({
  type: word(channelTypes),
  address: filledText({ limit: 'addressLength', tooLong: 'address-invalid', empty: 'address-empty' }),
  address_country: Type.Optional(country),
  ...changeable,
})
export type CreateAddressConfiguration = Static<typeof CreateAddressConfiguration>

/** Parameters of changing the configuration of an address: absent means unchanged. */
export const UpdateAddressConfiguration = Type.Object(changeable)
export type UpdateAddressConfiguration = Static<typeof UpdateAddressConfiguration>

/** Filter of the list of configured addresses. */
export const ListAddressConfigurations = Type.Object({ type: Type.Optional(word(channelTypes)) })
export type ListAddressConfigurations = Static<typeof ListAddressConfigurations>
