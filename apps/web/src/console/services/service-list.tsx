import type { ServiceResource } from '@parley/protocol'
import { Layers, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { goTo } from '../../ui/navigation.ts'
import { loadServices, useServices } from '../frame/current-service.ts'
import { tell } from '../frame/notice.tsx'
import { Sid } from '../parts/copyable.tsx'
import { Confirm, FormDialog } from '../parts/dialogs.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Page } from '../parts/page.tsx'
import { RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { post, remove } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'

/** The services of the account. */
export function ServiceList() {
  const list = useList<ServiceResource>('/v1/Services', 'services')
  const { usual } = useServices()
  const [isCreating, setCreating] = useState(false)
  const [deleting, setDeleting] = useState<ServiceResource | null>(null)

  const create = (
    <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
      {texts.services.create}
    </Button>
  )
  return (
    <Page title={texts.services.title} about={texts.services.about} actions={create}>
      <Table
        label={texts.services.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: Layers, title: texts.services.empty }}
        columns={[
          {
            label: texts.services.name,
            always: true,
            show: ({ sid, friendly_name }) => (
              <span className="flex flex-wrap items-center gap-2">
                <RowLink to={paths.conversations(sid)}>{friendly_name}</RowLink>
                {sid === usual && <Badge tone="accent">{texts.services.isDefault}</Badge>}
              </span>
            ),
          },
          { label: texts.sid, show: ({ sid }) => <Sid sid={sid} /> },
          { label: texts.created, show: ({ date_created }) => <Moment at={date_created} /> },
          {
            label: texts.actions,
            isActions: true,
            always: true,
            show: (service) => (
              <IconButton
                small
                icon={Trash2}
                label={texts.services.delete(service.friendly_name)}
                className="relative"
                onClick={() => setDeleting(service)}
              />
            ),
          },
        ]}
      />
      {isCreating && <CreateService onClose={() => setCreating(false)} />}
      {deleting && (
        <Confirm
          title={texts.deleteTitle(deleting.friendly_name)}
          about={texts.services.deleteAbout}
          action={texts.delete}
          typed={deleting.friendly_name}
          onClose={() => setDeleting(null)}
          onSubmit={async () => {
            await remove(`/v1/Services/${deleting.sid}`)
            await loadServices()
            list.reload()
            tell(texts.deleted(deleting.friendly_name))
          }}
        />
      )}
    </Page>
  )
}

function CreateService({ onClose }: { onClose(): void }) {
  const [name, setName] = useState('')
  const create = async () => {
    const { sid } = await post<ServiceResource>('/v1/Services', { friendly_name: name.trim() })
    await loadServices()
    goTo(paths.configuration(sid))
  }
  return (
    <FormDialog title={texts.services.create} action={texts.create} onClose={onClose} onSubmit={create}>
      <TextField label={texts.services.name} required value={name} onChange={(event) => setName(event.target.value)} />
    </FormDialog>
  )
}
