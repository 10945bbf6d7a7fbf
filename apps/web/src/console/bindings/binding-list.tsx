import type { PushBindingResource } from '@parley/protocol'
import { Smartphone, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { useServiceName } from '../frame/current-service.ts'
import { tell } from '../frame/notice.tsx'
import { CopyButton } from '../parts/copyable.tsx'
import { Confirm } from '../parts/dialogs.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../parts/filters.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Page } from '../parts/page.tsx'
import { RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { remove } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'

const words = texts.bindings
/** Those that a device can be of here. */
const types = (['apn', 'fcm', 'gcm', 'webpush'] as const).map((type) => [type, words.types[type]] as const)

/** Devices that get the pushes of a service's users, and a way to take one away. */
export function BindingList({ service }: { service: string }) {
  const name = useServiceName(service)
  const path = `/v1/Services/${service}/Bindings`
  const list = useList<PushBindingResource>(path, 'bindings', ['identity', 'binding_type'])
  const [removing, setRemoving] = useState<PushBindingResource | null>(null)
  return (
    <Page title={words.title} about={words.about(name)}>
      <Filters>
        <TextFilter name="identity" label={texts.users.identity} />
        <ChoiceFilter name="binding_type" label={words.type} choices={types} />
      </Filters>
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: Smartphone, title: words.empty, about: words.emptyAbout }}
        columns={[
          {
            label: texts.users.identity,
            always: true,
            show: ({ identity }) => <RowLink to={paths.user(service, identity)}>{identity}</RowLink>,
          },
          { label: words.type, always: true, show: ({ binding_type }) => words.types[binding_type] },
          { label: words.endpoint, show: ({ endpoint }) => <Endpoint text={endpoint} /> },
          {
            label: words.occasions,
            show: ({ message_types }) => (
              <span className="flex flex-wrap gap-1">
                {message_types.map((one) => (
                  <Badge key={one}>{words.messageTypes[one]}</Badge>
                ))}
              </span>
            ),
          },
          { label: texts.created, show: ({ date_created }) => <Moment at={date_created} /> },
          {
            label: texts.actions,
            always: true,
            isActions: true,
            show: (binding) => (
              <IconButton
                small
                icon={Trash2}
                label={words.remove(binding.identity)}
                className="relative"
                onClick={() => setRemoving(binding)}
              />
            ),
          },
        ]}
      />
      {removing && (
        <Confirm
          title={words.removeTitle(removing.identity)}
          about={words.removeAbout}
          action={words.removeAction}
          onClose={() => setRemoving(null)}
          onSubmit={async () => {
            await remove(`${path}/${removing.sid}`)
            tell(words.removed(removing.identity))
            list.reload()
          }}
        />
      )}
    </Page>
  )
}

/** Tokens of devices are as long as a paragraph: their beginning tells them apart. */
const Endpoint = ({ text }: { text: string }) => (
  <span className="inline-flex max-w-56 items-center gap-0.5">
    <code className="truncate font-mono text-xs" title={text}>
      {text}
    </code>
    <CopyButton text={text} what={words.endpoint} />
  </span>
)
