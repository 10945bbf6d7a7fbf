import type { PushResource } from '@parley/protocol'
import { BellRing, Code } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { useServiceName } from '../frame/current-service.ts'
import { Dash } from '../parts/dash.tsx'
import { Filters, TextFilter } from '../parts/filters.tsx'
import { Json } from '../parts/json.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Page, type Tone } from '../parts/page.tsx'
import { Table } from '../parts/table.tsx'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'

const words = texts.pushes
const tones: Record<PushResource['state'], Tone> = { waiting: 'accent', sent: 'ok', skipped: 'plain', failed: 'danger' }

/** What became of the pushes of a service, the newest first. */
export function PushList({ service }: { service: string }) {
  const name = useServiceName(service)
  const list = useList<PushResource>(`/v1/Services/${service}/Pushes`, 'pushes', ['identity', 'message_sid'])
  const [shown, setShown] = useState<PushResource | null>(null)
  return (
    <Page title={words.title} about={words.about(name)}>
      <Filters>
        <TextFilter name="identity" label={texts.users.identity} />
        <TextFilter name="message_sid" label={words.message} placeholder="IM…" />
      </Filters>
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: BellRing, title: words.empty, about: words.emptyAbout }}
        columns={[
          { label: texts.users.identity, always: true, show: ({ identity }) => identity },
          { label: words.state, always: true, show: ({ state }) => <Badge tone={tones[state]}>{words.states[state]}</Badge> },
          { label: words.reason, show: ({ reason }) => reason ?? <Dash /> },
          { label: words.type, show: ({ binding_type, message_type }) => `${binding_type} · ${message_type}` },
          { label: words.answer, isFigure: true, show: ({ provider_status }) => provider_status ?? <Dash /> },
          { label: texts.created, show: ({ date_created }) => <Moment at={date_created} /> },
          {
            label: texts.actions,
            always: true,
            isActions: true,
            show: (push) => <IconButton small icon={Code} label={words.details(push.identity)} onClick={() => setShown(push)} />,
          },
        ]}
      />
      {shown && (
        <Dialog wide title={words.details(shown.identity)} closeLabel={texts.close} onClose={() => setShown(null)}>
          <Json label={words.details(shown.identity)} text={JSON.stringify(shown)} />
        </Dialog>
      )}
    </Page>
  )
}
