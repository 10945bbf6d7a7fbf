import { type Permission, permissions, type RoleResource } from '@parley/protocol'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { goTo } from '../../ui/navigation.ts'
import { useServiceName } from '../frame/current-service.ts'
import { tell } from '../frame/notice.tsx'
import { Checks } from '../parts/checks.tsx'
import { Confirm } from '../parts/dialogs.tsx'
import { Badge, Card, Page } from '../parts/page.tsx'
import { Resource } from '../parts/resource.tsx'
import { SaveForm } from '../parts/save-form.tsx'
import { paths } from '../paths.ts'
import { post, remove } from '../rest/rest.ts'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'

const words = texts.roles

/** One role: what those who have it may do. Its name and type never change. */
export function Role({ service, sid }: { service: string; sid: string }) {
  const path = `/v1/Services/${service}/Roles/${sid}`
  const role = useResource<RoleResource>(path)
  const serviceName = useServiceName(service)
  const [isDeleting, setDeleting] = useState(false)
  const { value } = role
  const name = value?.friendly_name ?? words.one
  const above = [
    { label: serviceName, to: paths.conversations(service) },
    { label: words.title, to: paths.roles(service) },
  ]
  const actions = value && (
    <Button look="danger" icon={Trash2} onClick={() => setDeleting(true)}>
      {texts.deleteAsks}
    </Button>
  )
  return (
    <Page title={name} sid={value?.sid} about={value && <Badge>{words.types[value.type]}</Badge>} above={above} actions={actions}>
      <Resource of={role}>
        {(value) => (
          <Card title={words.permissions} about={words.permissionsAbout}>
            <PermissionForm key={value.permissions.join()} path={path} role={value} onSaved={role.replace} />
          </Card>
        )}
      </Resource>
      {isDeleting && (
        <Confirm
          title={texts.deleteTitle(name)}
          about={words.deleteAbout}
          action={texts.delete}
          onClose={() => setDeleting(false)}
          onSubmit={async () => {
            await remove(path)
            tell(texts.deleted(name))
            goTo(paths.roles(service))
          }}
        />
      )}
    </Page>
  )
}

function PermissionForm({ path, role, onSaved }: { path: string; role: RoleResource; onSaved(role: RoleResource): void }) {
  const [chosen, setChosen] = useState<Permission[]>(role.permissions)
  const isChanged = permissions.some((permission) => chosen.includes(permission) !== role.permissions.includes(permission))
  const save = async () => onSaved(await post<RoleResource>(path, { permission: chosen }))
  return (
    <SaveForm isChanged={isChanged && chosen.length > 0} onSave={save}>
      <Checks label={words.may} all={permissions} chosen={chosen} onChange={setChosen} />
    </SaveForm>
  )
}
