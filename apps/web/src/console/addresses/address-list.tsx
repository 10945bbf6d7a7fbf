import { type AddressConfigurationResource, channelTypes } from '@parley/protocol'
import { AtSign, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { tell } from '../frame/notice.tsx'
import { Sid } from '../parts/copyable.tsx'
import { Dash } from '../parts/dash.tsx'
import { Confirm } from '../parts/dialogs.tsx'
import { ChoiceFilter, Filters } from '../parts/filters.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Page } from '../parts/page.tsx'
import { Table } from '../parts/table.tsx'
import { remove } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'
import { AddressForm } from './address-form.tsx'

const words = texts.addresses

/** What happens to messages that arrive at addresses of the account. */
export function AddressList() {
  const list = useList<AddressConfigurationResource>('/v1/Configuration/Addresses', 'address_configurations', ['type'])
  const [asks, setAsks] = useState<{ what: 'create' } | { what: 'edit' | 'delete'; address: AddressConfigurationResource } | null>(null)
  const close = () => setAsks(null)
  const create = (
    <Button look="primary" icon={Plus} onClick={() => setAsks({ what: 'create' })}>
      {words.create}
    </Button>
  )
  return (
    <Page title={words.title} about={words.about} actions={create}>
      <Filters>
        <ChoiceFilter name="type" label={words.type} choices={channelTypes.map((type) => [type, texts.participants.kinds[type] ?? type])} />
      </Filters>
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: AtSign, title: words.empty, about: words.emptyAbout }}
        columns={[
          { label: words.address, always: true, show: ({ address }) => <span className="font-medium">{address}</span> },
          { label: words.type, always: true, show: ({ type }) => <Badge>{texts.participants.kinds[type] ?? type}</Badge> },
          { label: words.name, show: ({ friendly_name }) => friendly_name ?? <Dash /> },
          {
            label: words.creation,
            show: ({ auto_creation: { enabled, type } }) => (
              <Badge tone={enabled ? 'ok' : 'plain'}>{enabled ? words.creations[type] : words.off}</Badge>
            ),
          },
          { label: texts.updated, show: ({ date_updated }) => <Moment at={date_updated} /> },
          { label: texts.sid, show: ({ sid }) => <Sid short sid={sid} /> },
          {
            label: texts.actions,
            always: true,
            isActions: true,
            show: (address) => (
              <>
                <IconButton small icon={Pencil} label={words.edit(address.address)} onClick={() => setAsks({ what: 'edit', address })} />
                <IconButton
                  small
                  icon={Trash2}
                  label={words.delete(address.address)}
                  onClick={() => setAsks({ what: 'delete', address })}
                />
              </>
            ),
          },
        ]}
      />
      {asks?.what === 'create' && <AddressForm onSaved={list.reload} onClose={close} />}
      {asks?.what === 'edit' && <AddressForm before={asks.address} onSaved={list.reload} onClose={close} />}
      {asks?.what === 'delete' && (
        <Confirm
          title={texts.deleteTitle(asks.address.address)}
          about={words.deleteAbout}
          action={texts.delete}
          onClose={close}
          onSubmit={async () => {
            await remove(`/v1/Configuration/Addresses/${asks.address.sid}`)
            list.reload()
            tell(texts.deleted(asks.address.address))
          }}
        />
      )}
    </Page>
  )
}
