import type { ConversationResource } from '@parley/protocol'
import { MessagesSquare, Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { goTo } from '../../ui/navigation.ts'
import { useServiceName } from '../frame/current-service.ts'
import { Sid } from '../parts/copyable.tsx'
import { Dash } from '../parts/dash.tsx'
import { FormDialog } from '../parts/dialogs.tsx'
import { ChoiceFilter, DayFilter, Filters, Find } from '../parts/filters.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { post, read } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'
import { nameOf, State } from './state.tsx'

const states = ['active', 'inactive', 'closed'] as const
/** Any filter puts the newest first; one that lets everything through does too. */
const newestFirst = { start_date: '1970-01-01' }

/** The conversations of a service, the newest first. */
export function ConversationList({ service }: { service: string }) {
  const name = useServiceName(service)
  const path = `/v1/Services/${service}/Conversations`
  const list = useList<ConversationResource>(path, 'conversations', ['state', 'start_date', 'end_date'], newestFirst)
  const [isCreating, setCreating] = useState(false)

  const create = (
    <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
      {texts.conversations.create}
    </Button>
  )
  return (
    <Page title={texts.conversations.title} about={name} actions={create}>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <Filters>
          <ChoiceFilter
            name="state"
            label={texts.conversations.state}
            choices={states.map((state) => [state, texts.conversations.states[state]])}
          />
          <DayFilter name="start_date" label={texts.filters.from} />
          <DayFilter name="end_date" label={texts.filters.to} />
        </Filters>
        <Find
          label={texts.conversations.find}
          placeholder="CH…"
          find={async (text) => paths.conversation(service, (await read<ConversationResource>(`${path}/${encodeURIComponent(text)}`)).sid)}
        />
      </div>
      <Table
        label={texts.conversations.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: MessagesSquare, title: texts.conversations.empty, about: texts.conversations.emptyAbout }}
        columns={[
          {
            label: texts.conversations.name,
            always: true,
            show: (one) => <RowLink to={paths.conversation(service, one.sid)}>{nameOf(one)}</RowLink>,
          },
          { label: texts.conversations.state, always: true, show: ({ state }) => <State state={state} /> },
          { label: texts.conversations.uniqueName, show: ({ unique_name }) => unique_name ?? <Dash /> },
          { label: texts.created, show: ({ date_created }) => <Moment at={date_created} /> },
          { label: texts.sid, show: ({ sid }) => <Sid short sid={sid} /> },
        ]}
      />
      {isCreating && <CreateConversation service={service} onClose={() => setCreating(false)} />}
    </Page>
  )
}

function CreateConversation({ service, onClose }: { service: string; onClose(): void }) {
  const [name, setName] = useState('')
  const [uniqueName, setUniqueName] = useState('')
  const create = async () => {
    const { sid } = await post<ConversationResource>(`/v1/Services/${service}/Conversations`, {
      friendly_name: name.trim() || undefined,
      unique_name: uniqueName.trim() || undefined,
    })
    goTo(paths.conversation(service, sid))
  }
  return (
    <FormDialog title={texts.conversations.create} action={texts.create} onClose={onClose} onSubmit={create}>
      <TextField label={texts.conversations.name} value={name} onChange={(event) => setName(event.target.value)} />
      <TextField
        label={texts.conversations.uniqueName}
        hint={texts.conversations.uniqueNameHint}
        spellCheck={false}
        value={uniqueName}
        onChange={(event) => setUniqueName(event.target.value)}
      />
    </FormDialog>
  )
}
