import { type Permission, permissions, type RoleResource, type RoleType, roleTypes } from '@parley/protocol'
import { Plus, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { goTo } from '../../ui/navigation.ts'
import { useServiceName } from '../frame/current-service.ts'
import { Checks } from '../parts/checks.tsx'
import { Sid } from '../parts/copyable.tsx'
import { FormDialog } from '../parts/dialogs.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Page } from '../parts/page.tsx'
import { RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { post } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'

const words = texts.roles

/** The roles of a service. */
export function RoleList({ service }: { service: string }) {
  const name = useServiceName(service)
  const list = useList<RoleResource>(`/v1/Services/${service}/Roles`, 'roles')
  const [isCreating, setCreating] = useState(false)
  const create = (
    <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
      {words.create}
    </Button>
  )
  return (
    <Page title={words.title} about={words.about(name)} actions={create}>
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: ShieldCheck, title: words.empty }}
        columns={[
          {
            label: words.name,
            always: true,
            show: ({ sid, friendly_name }) => <RowLink to={paths.role(service, sid)}>{friendly_name}</RowLink>,
          },
          { label: words.type, always: true, show: ({ type }) => <Badge>{words.types[type]}</Badge> },
          { label: words.permissions, isFigure: true, always: true, show: (role) => role.permissions.length },
          { label: texts.updated, show: ({ date_updated }) => <Moment at={date_updated} /> },
          { label: texts.sid, show: ({ sid }) => <Sid short sid={sid} /> },
        ]}
      />
      {isCreating && <CreateRole service={service} onClose={() => setCreating(false)} />}
    </Page>
  )
}

function CreateRole({ service, onClose }: { service: string; onClose(): void }) {
  const [name, setName] = useState('')
  const [type, setType] = useState<RoleType>('conversation')
  const [chosen, setChosen] = useState<Permission[]>([])
  const create = async () => {
    const { sid } = await post<RoleResource>(`/v1/Services/${service}/Roles`, { friendly_name: name.trim(), type, permission: chosen })
    goTo(paths.role(service, sid))
  }
  return (
    <FormDialog wide title={words.create} action={texts.create} isReady={chosen.length > 0} onClose={onClose} onSubmit={create}>
      <TextField label={words.name} required value={name} onChange={(event) => setName(event.target.value)} />
      <SelectField
        label={words.type}
        hint={words.typeHint}
        value={type}
        onChoose={setType}
        choices={roleTypes.map((value) => ({ value, label: words.types[value] }))}
      />
      <Checks label={words.permissions} all={permissions} chosen={chosen} onChange={setChosen} />
    </FormDialog>
  )
}
