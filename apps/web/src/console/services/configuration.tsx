import type { ConfigurationResource, RoleResource, ServiceConfigurationResource, ServiceResource } from '@parley/protocol'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { SelectField, Switch, TextField } from '../../ui/field.tsx'
import { goTo } from '../../ui/navigation.ts'
import { loadServices, useServiceName, useServices } from '../frame/current-service.ts'
import { tell } from '../frame/notice.tsx'
import { Confirm, FormDialog } from '../parts/dialogs.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Card, Facts, Page } from '../parts/page.tsx'
import { Resource } from '../parts/resource.tsx'
import { SaveForm } from '../parts/save-form.tsx'
import { paths } from '../paths.ts'
import { post, remove } from '../rest/rest.ts'
import { useResource } from '../rest/use-resource.ts'
import { rolesOf } from '../roles/role-choices.ts'
import { texts } from '../texts/texts.ts'

/** How a service is configured, what it is called, and its end. */
export function ServiceConfiguration({ service: sid }: { service: string }) {
  const name = useServiceName(sid)
  const { usual } = useServices()
  const service = useResource<ServiceResource>(`/v1/Services/${sid}`)
  const configuration = useResource<ServiceConfigurationResource>(`/v1/Services/${sid}/Configuration`)
  const roles = useResource<{ roles: RoleResource[] }>(`/v1/Services/${sid}/Roles?PageSize=50`)
  const account = useResource<ConfigurationResource>('/v1/Configuration')
  const [asks, setAsks] = useState<'rename' | 'delete' | null>(null)

  const makeDefault = async () => {
    account.replace(await post<ConfigurationResource>('/v1/Configuration', { default_chat_service_sid: sid }))
    await loadServices()
    tell(texts.saved)
  }
  const actions = (
    <>
      <Button onClick={() => setAsks('rename')}>{texts.rename}</Button>
      <Button look="danger" icon={Trash2} onClick={() => setAsks('delete')}>
        {texts.deleteAsks}
      </Button>
    </>
  )
  return (
    <Page title={texts.configuration.title} sid={sid} above={[{ label: name, to: paths.conversations(sid) }]} actions={actions}>
      <Card title={name} actions={usual === sid && <Badge tone="accent">{texts.services.isDefault}</Badge>}>
        <Resource of={service}>
          {({ date_created, date_updated }) => (
            <Facts
              facts={[
                [texts.created, <Moment key="" at={date_created} />],
                [texts.updated, <Moment key="" at={date_updated} />],
              ]}
            />
          )}
        </Resource>
        {usual !== null && usual !== sid && (
          <div className="flex flex-wrap items-center gap-3 pt-4">
            <Button onClick={() => void makeDefault().catch((error: Error) => tell(error.message))}>
              {texts.configuration.makeDefault}
            </Button>
            <p className="text-sm text-muted">{texts.configuration.defaultAbout}</p>
          </div>
        )}
      </Card>
      <Card title={texts.configuration.people} about={texts.configuration.peopleAbout}>
        <Resource of={configuration}>
          {(value) => (
            <Resource of={roles}>
              {({ roles }) => <PeopleForm sid={sid} configuration={value} roles={roles} onSaved={configuration.replace} />}
            </Resource>
          )}
        </Resource>
      </Card>
      <Card title={texts.configuration.timers} about={texts.configuration.timersAbout}>
        <Resource of={account}>
          {(value) => <TimersForm key={value.default_inactive_timer} configuration={value} onSaved={account.replace} />}
        </Resource>
      </Card>
      {asks === 'rename' && <Rename sid={sid} name={name} onClose={() => setAsks(null)} />}
      {asks === 'delete' && (
        <Confirm
          title={texts.deleteTitle(name)}
          about={texts.services.deleteAbout}
          action={texts.delete}
          typed={name}
          onClose={() => setAsks(null)}
          onSubmit={async () => {
            await remove(`/v1/Services/${sid}`)
            await loadServices()
            tell(texts.deleted(name))
            goTo(paths.services)
          }}
        />
      )}
    </Page>
  )
}

function Rename({ sid, name: before, onClose }: { sid: string; name: string; onClose(): void }) {
  const [name, setName] = useState(before)
  const rename = async () => {
    await post(`/v1/Services/${sid}`, { friendly_name: name.trim() })
    await loadServices()
  }
  return (
    <FormDialog title={texts.configuration.rename} action={texts.save} onClose={onClose} onSubmit={rename}>
      <TextField label={texts.services.name} required value={name} onChange={(event) => setName(event.target.value)} />
    </FormDialog>
  )
}

const defaultRoles = ['default_chat_service_role_sid', 'default_conversation_role_sid', 'default_conversation_creator_role_sid'] as const

function PeopleForm({
  sid,
  configuration,
  roles,
  onSaved,
}: {
  sid: string
  configuration: ServiceConfigurationResource
  roles: readonly RoleResource[]
  onSaved(configuration: ServiceConfigurationResource): void
}) {
  const [changes, setChanges] = useState<
    Partial<Pick<ServiceConfigurationResource, (typeof defaultRoles)[number] | 'reachability_enabled'>>
  >({})
  const now = { ...configuration, ...changes }
  const save = async () => {
    onSaved(await post<ServiceConfigurationResource>(`/v1/Services/${sid}/Configuration`, changes))
    setChanges({})
  }
  return (
    <SaveForm isChanged={Object.keys(changes).length > 0} onSave={save}>
      <Switch
        label={texts.configuration.reachability}
        checked={now.reachability_enabled}
        onChange={(reachability_enabled) => setChanges({ ...changes, reachability_enabled })}
      />
      {defaultRoles.map((field) => {
        const type = field === 'default_chat_service_role_sid' ? 'service' : 'conversation'
        return (
          <SelectField
            key={field}
            label={texts.configuration.roles[field]}
            value={now[field]}
            onChoose={(role: string) => setChanges({ ...changes, [field]: role })}
            choices={rolesOf(type, roles, now[field])}
          />
        )
      })}
    </SaveForm>
  )
}

/** Timers of new conversations; they are the account's, and hold in all its services. */
function TimersForm({
  configuration,
  onSaved,
}: {
  configuration: ConfigurationResource
  onSaved(configuration: ConfigurationResource): void
}) {
  const [inactive, setInactive] = useState(configuration.default_inactive_timer ?? '')
  const [closed, setClosed] = useState(configuration.default_closed_timer ?? '')
  const isChanged = inactive !== (configuration.default_inactive_timer ?? '') || closed !== (configuration.default_closed_timer ?? '')
  const save = async () =>
    onSaved(
      await post<ConfigurationResource>('/v1/Configuration', {
        default_inactive_timer: inactive.trim(),
        default_closed_timer: closed.trim(),
      }),
    )
  return (
    <SaveForm isChanged={isChanged} onSave={save}>
      <TextField
        label={texts.configuration.inactive}
        hint={texts.configuration.timerHint}
        value={inactive}
        onChange={(event) => setInactive(event.target.value)}
      />
      <TextField
        label={texts.configuration.closed}
        hint={texts.configuration.timerHint}
        value={closed}
        onChange={(event) => setClosed(event.target.value)}
      />
    </SaveForm>
  )
}
