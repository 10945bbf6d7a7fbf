import { type WebhookDeliveryResource, webhookDeliveryStates, webhookEventTypes } from '@parley/protocol'
import { RotateCcw, Webhook } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { useServiceName } from '../frame/current-service.ts'
import { Dash } from '../parts/dash.tsx'
import { ChoiceFilter, DayFilter, Filters, TextFilter } from '../parts/filters.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'
import { ReplayDeliveries } from './replay-deliveries.tsx'
import { DeliveryState } from './state.tsx'

const words = texts.deliveries

/** The log of the webhooks of a service, the newest first. */
export function DeliveryList({ service }: { service: string }) {
  const name = useServiceName(service)
  const list = useList<WebhookDeliveryResource>(`/v1/Services/${service}/Webhooks/Deliveries`, 'deliveries', [
    'state',
    'event_type',
    'conversation_sid',
    'start_date',
    'end_date',
  ])
  const [isReplaying, setReplaying] = useState(false)
  const actions = (
    <>
      <Button icon={RotateCcw} onClick={list.reload}>
        {texts.refresh}
      </Button>
      <Button look="primary" onClick={() => setReplaying(true)}>
        {words.replayMany}
      </Button>
    </>
  )
  return (
    <Page title={words.title} about={words.about(name)} actions={actions}>
      <Filters>
        <ChoiceFilter name="state" label={words.state} choices={webhookDeliveryStates.map((state) => [state, words.states[state]])} />
        <ChoiceFilter name="event_type" label={words.event} choices={webhookEventTypes.map((event) => [event, event])} />
        <TextFilter name="conversation_sid" label={texts.conversations.one} placeholder="CH…" />
        <DayFilter name="start_date" label={texts.filters.from} />
        <DayFilter name="end_date" label={texts.filters.to} />
      </Filters>
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: Webhook, title: words.empty, about: words.emptyAbout }}
        columns={[
          {
            label: words.event,
            always: true,
            show: ({ sid, event_type }) => <RowLink to={paths.delivery(service, sid)}>{event_type}</RowLink>,
          },
          { label: words.state, always: true, show: ({ state }) => <DeliveryState state={state} /> },
          {
            label: words.status,
            always: true,
            isFigure: true,
            show: ({ last_status }) => last_status ?? <Dash />,
          },
          { label: words.attempts, isFigure: true, show: ({ attempts }) => attempts },
          {
            label: words.receiver,
            show: ({ target_url }) => <span className="line-clamp-1 max-w-72 font-mono text-xs">{target_url}</span>,
          },
          { label: texts.created, show: ({ date_created }) => <Moment at={date_created} /> },
        ]}
      />
      {isReplaying && <ReplayDeliveries service={service} onDone={list.reload} onClose={() => setReplaying(false)} />}
    </Page>
  )
}
