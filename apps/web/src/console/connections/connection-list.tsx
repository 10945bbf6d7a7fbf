import type { ConnectionResource } from '@parley/protocol'
import { PlugZap, Unplug } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { Filters, TextFilter } from '../parts/filters.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'
import { EndConnection } from './end-connection.tsx'
import { NodeName } from './node-name.tsx'
import { sdkOf } from './sdk.ts'
import { useFresh } from './use-fresh.ts'

const words = texts.connections

/** Who is connected to the node that answers. */
export function ConnectionList() {
  const list = useList<ConnectionResource>('/v1/Connections', 'connections', ['identity'])
  const [ending, setEnding] = useState<ConnectionResource | null>(null)
  useFresh(list.reload)
  return (
    <Page title={words.title} about={words.about}>
      <Filters>
        <TextFilter name="identity" label={words.identity} />
      </Filters>
      <Table
        label={words.title}
        // Being asked again is how this list always is.
        list={{ ...list, isLoading: false }}
        keyOf={({ sid }) => sid}
        empty={{ icon: PlugZap, title: words.empty, about: words.emptyAbout }}
        columns={[
          { label: words.identity, always: true, show: ({ sid, identity }) => <RowLink to={paths.connection(sid)}>{identity}</RowLink> },
          { label: words.sdk, show: (connection) => sdkOf(connection) },
          { label: words.since, show: ({ date_created }) => <Moment at={date_created} /> },
          { label: words.active, always: true, show: ({ date_active }) => <Moment at={date_active} /> },
          { label: words.watches, isFigure: true, show: ({ subscriptions }) => words.objects(subscriptions) },
          { label: words.waiting, isFigure: true, show: ({ bytes_waiting }) => words.bytes(bytes_waiting) },
          { label: words.node, show: ({ node_sid }) => <NodeName sid={node_sid} /> },
          { label: words.address, show: ({ address }) => <span className="font-mono text-xs">{address}</span> },
          {
            label: texts.actions,
            isActions: true,
            always: true,
            show: (connection) => (
              <IconButton
                small
                icon={Unplug}
                label={words.endOne(connection.identity)}
                className="relative"
                onClick={() => setEnding(connection)}
              />
            ),
          },
        ]}
      />
      {ending && <EndConnection connection={ending} onEnded={list.reload} onClose={() => setEnding(null)} />}
    </Page>
  )
}
