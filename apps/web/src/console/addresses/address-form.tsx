import {
  type AddressConfigurationResource,
  type AutoCreationType,
  autoCreationEvents,
  autoCreationTypes,
  type ChannelType,
  channelTypes,
} from '@parley/protocol'
import { useState } from 'react'
import { SelectField, Switch, TextField } from '../../ui/field.tsx'
import { useServices } from '../frame/current-service.ts'
import { tell } from '../frame/notice.tsx'
import { Checks } from '../parts/checks.tsx'
import { FormDialog } from '../parts/dialogs.tsx'
import { post } from '../rest/rest.ts'
import { texts } from '../texts/texts.ts'

const words = texts.addresses
const path = '/v1/Configuration/Addresses'

type Event = (typeof autoCreationEvents)[number]

/** Configures an address, or changes how one is configured: its type and itself stay then. */
export function AddressForm({ before, onSaved, onClose }: { before?: AddressConfigurationResource; onSaved(): void; onClose(): void }) {
  const { services, usual } = useServices()
  const [type, setType] = useState<ChannelType>(before?.type ?? 'sms')
  const [address, setAddress] = useState(before?.address ?? '')
  const [country, setCountry] = useState('')
  const [name, setName] = useState(before?.friendly_name ?? '')
  const [auto, setAuto] = useState<AddressConfigurationResource['auto_creation']>(
    before?.auto_creation ?? { enabled: true, type: 'default' },
  )
  const service = auto.conversation_service_sid ?? usual ?? ''

  const save = async () => {
    await post(before ? `${path}/${before.sid}` : path, {
      ...(before ? {} : { type, address: address.trim(), address_country: country.trim() || undefined }),
      friendly_name: name.trim(),
      auto_creation: {
        enabled: auto.enabled,
        type: auto.type,
        conversation_service_sid: service || undefined,
        ...(auto.type === 'webhook' && {
          webhook_url: auto.webhook_url?.trim(),
          webhook_method: auto.webhook_method ?? 'POST',
          webhook_filters: auto.webhook_filters ?? [],
        }),
        ...(auto.type === 'studio' && { studio_flow_sid: auto.studio_flow_sid?.trim(), studio_retry_count: auto.studio_retry_count }),
      },
    })
    onSaved()
    tell(texts.saved)
  }
  return (
    <FormDialog
      wide={auto.type === 'webhook'}
      title={before ? words.edit(before.address) : words.create}
      action={before ? texts.save : texts.create}
      onClose={onClose}
      onSubmit={save}
    >
      {!before && (
        <>
          <SelectField
            label={words.type}
            value={type}
            onChoose={setType}
            choices={channelTypes.map((value) => ({ value, label: texts.participants.kinds[value] ?? value }))}
          />
          <TextField
            label={words.address}
            hint={words.addressHint}
            required
            value={address}
            onChange={(event) => setAddress(event.target.value)}
          />
          <TextField
            label={words.country}
            hint={words.countryHint}
            maxLength={2}
            value={country}
            onChange={(event) => setCountry(event.target.value)}
          />
        </>
      )}
      <TextField label={words.name} value={name} onChange={(event) => setName(event.target.value)} />
      <Switch label={words.creationOn} checked={auto.enabled} onChange={(enabled) => setAuto({ ...auto, enabled })} />
      <SelectField
        label={words.creation}
        value={auto.type}
        onChoose={(type: AutoCreationType) => setAuto({ ...auto, type })}
        choices={autoCreationTypes.map((value) => ({ value, label: words.creations[value] }))}
      />
      <SelectField
        label={words.service}
        value={service}
        onChoose={(conversation_service_sid: string) => setAuto({ ...auto, conversation_service_sid })}
        choices={serviceChoices(services, service)}
      />
      {auto.type === 'webhook' && (
        <>
          <TextField
            label={texts.webhooks.url}
            required
            type="url"
            placeholder="https://"
            value={auto.webhook_url ?? ''}
            onChange={(event) => setAuto({ ...auto, webhook_url: event.target.value })}
          />
          <SelectField
            label={texts.webhooks.method}
            value={auto.webhook_method ?? 'POST'}
            onChoose={(webhook_method: 'GET' | 'POST') => setAuto({ ...auto, webhook_method })}
            choices={(['POST', 'GET'] as const).map((value) => ({ value, label: value }))}
          />
          <Checks<Event>
            label={texts.webhooks.postEvents}
            all={autoCreationEvents}
            chosen={(auto.webhook_filters ?? []) as Event[]}
            onChange={(webhook_filters) => setAuto({ ...auto, webhook_filters })}
          />
        </>
      )}
      {auto.type === 'studio' && (
        <TextField
          label={texts.webhooks.flow}
          required
          placeholder="FW…"
          value={auto.studio_flow_sid ?? ''}
          onChange={(event) => setAuto({ ...auto, studio_flow_sid: event.target.value })}
        />
      )}
    </FormDialog>
  )
}

function serviceChoices(services: readonly { sid: string; friendly_name: string }[], current: string) {
  const choices = services.map(({ sid, friendly_name }) => ({ value: sid, label: friendly_name }))
  return choices.some(({ value }) => value === current) ? choices : [{ value: current, label: current }, ...choices]
}
