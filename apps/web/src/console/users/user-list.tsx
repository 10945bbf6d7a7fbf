import type { UserResource } from '@parley/protocol'
import { Plus, Users } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { goTo } from '../../ui/navigation.ts'
import { useServiceName } from '../frame/current-service.ts'
import { Sid } from '../parts/copyable.tsx'
import { Dash } from '../parts/dash.tsx'
import { FormDialog } from '../parts/dialogs.tsx'
import { Find } from '../parts/filters.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { post, read } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'

const words = texts.users

/** The users of a service. */
export function UserList({ service }: { service: string }) {
  const name = useServiceName(service)
  const path = `/v1/Services/${service}/Users`
  const list = useList<UserResource>(path, 'users')
  const [isCreating, setCreating] = useState(false)
  const create = (
    <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
      {words.create}
    </Button>
  )
  return (
    <Page title={words.title} about={name} actions={create}>
      <Find
        label={words.find}
        placeholder="US…"
        find={async (text) => paths.user(service, (await read<UserResource>(`${path}/${encodeURIComponent(text)}`)).sid)}
      />
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: Users, title: words.empty, about: words.emptyAbout }}
        columns={[
          { label: words.identity, always: true, show: ({ sid, identity }) => <RowLink to={paths.user(service, sid)}>{identity}</RowLink> },
          { label: words.name, always: true, show: ({ friendly_name }) => friendly_name ?? <Dash /> },
          { label: texts.created, show: ({ date_created }) => <Moment at={date_created} /> },
          { label: texts.sid, show: ({ sid }) => <Sid short sid={sid} /> },
        ]}
      />
      {isCreating && <CreateUser service={service} onClose={() => setCreating(false)} />}
    </Page>
  )
}

function CreateUser({ service, onClose }: { service: string; onClose(): void }) {
  const [identity, setIdentity] = useState('')
  const [name, setName] = useState('')
  const create = async () => {
    const { sid } = await post<UserResource>(`/v1/Services/${service}/Users`, { identity, friendly_name: name.trim() || undefined })
    goTo(paths.user(service, sid))
  }
  return (
    <FormDialog title={words.create} action={texts.create} onClose={onClose} onSubmit={create}>
      <TextField
        label={words.identity}
        hint={words.identityHint}
        required
        value={identity}
        onChange={(event) => setIdentity(event.target.value)}
      />
      <TextField label={words.name} value={name} onChange={(event) => setName(event.target.value)} />
    </FormDialog>
  )
}
