import type { ParticipantResource, RoleResource } from '@parley/protocol'
import { Pencil, Plus, UserMinus, Users } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Link } from '../../ui/link.tsx'
import { tell } from '../frame/notice.tsx'
import { Sid } from '../parts/copyable.tsx'
import { Dash } from '../parts/dash.tsx'
import { Confirm, FormDialog } from '../parts/dialogs.tsx'
import { indented, JsonField, jsonProblem } from '../parts/json.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge } from '../parts/page.tsx'
import { Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { post, remove } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'

const words = texts.participants

/** Who somebody is to the reader: their identity, or the address they are reached at. */
const whoIs = ({ identity, messaging_binding, sid }: ParticipantResource): string =>
  identity ?? messaging_binding?.address ?? messaging_binding?.projected_address ?? sid

/** Who takes part in a conversation. `path` is the conversation's in the REST API. */
export function Participants({ service, path }: { service: string; path: string }) {
  const list = useList<ParticipantResource>(`${path}/Participants`, 'participants')
  const roles = useResource<{ roles: RoleResource[] }>(`/v1/Services/${service}/Roles?PageSize=50`)
  const ofConversations = roles.value?.roles.filter(({ type }) => type === 'conversation') ?? []
  const [asked, setAsked] = useState<{ what: 'add' } | { what: 'edit' | 'remove'; participant: ParticipantResource } | null>(null)
  const close = () => setAsked(null)
  const pathOf = ({ sid }: ParticipantResource) => `${path}/Participants/${sid}`
  return (
    <div className="flex flex-col gap-4">
      <div>
        <Button icon={Plus} onClick={() => setAsked({ what: 'add' })}>
          {words.add}
        </Button>
      </div>
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: Users, title: words.empty }}
        columns={[
          {
            label: words.who,
            always: true,
            show: (one) =>
              one.identity === null ? (
                whoIs(one)
              ) : (
                <Link to={paths.user(service, one.identity)} className="rounded font-medium text-accent hover:underline">
                  {one.identity}
                </Link>
              ),
          },
          {
            label: words.kind,
            always: true,
            show: ({ messaging_binding }) => <Badge>{words.kinds[messaging_binding?.type ?? 'chat'] ?? messaging_binding?.type}</Badge>,
          },
          {
            label: words.proxy,
            show: ({ messaging_binding }) => messaging_binding?.proxy_address ?? <Dash />,
          },
          {
            label: words.role,
            show: ({ role_sid }) => ofConversations.find(({ sid }) => sid === role_sid)?.friendly_name ?? role_sid ?? <Dash />,
          },
          {
            label: words.read,
            show: ({ last_read_message_index, last_read_timestamp }) =>
              last_read_message_index === null ? (
                <Dash />
              ) : (
                <>
                  #{last_read_message_index} <Moment at={last_read_timestamp} />
                </>
              ),
          },
          { label: texts.sid, show: ({ sid }) => <Sid short sid={sid} /> },
          {
            label: texts.actions,
            always: true,
            isActions: true,
            show: (participant) => (
              <>
                <IconButton
                  small
                  icon={Pencil}
                  label={words.edit(whoIs(participant))}
                  onClick={() => setAsked({ what: 'edit', participant })}
                />
                <IconButton
                  small
                  icon={UserMinus}
                  label={words.remove(whoIs(participant))}
                  onClick={() => setAsked({ what: 'remove', participant })}
                />
              </>
            ),
          },
        ]}
      />
      {asked?.what === 'add' && <AddParticipant path={path} roles={ofConversations} onSaved={list.reload} onClose={close} />}
      {asked?.what === 'edit' && (
        <EditParticipant
          path={pathOf(asked.participant)}
          participant={asked.participant}
          roles={ofConversations}
          onSaved={list.reload}
          onClose={close}
        />
      )}
      {asked?.what === 'remove' && (
        <Confirm
          title={words.removeTitle(whoIs(asked.participant))}
          about={words.removeAbout}
          action={words.removeAction}
          onClose={close}
          onSubmit={async () => {
            await remove(pathOf(asked.participant))
            list.reload()
            tell(words.removed(whoIs(asked.participant)))
          }}
        />
      )}
    </div>
  )
}

const roleChoices = (roles: readonly RoleResource[]) => [
  { value: '', label: words.usualRole },
  ...roles.map(({ sid, friendly_name }) => ({ value: sid, label: friendly_name })),
]

interface ParticipantDialog {
  path: string
  roles: readonly RoleResource[]
  onSaved(): void
  onClose(): void
}

function AddParticipant({ path, roles, onSaved, onClose }: ParticipantDialog) {
  const [kind, setKind] = useState<'chat' | 'address'>('chat')
  const [who, setWho] = useState('')
  const [proxy, setProxy] = useState('')
  const [projected, setProjected] = useState('')
  const [role, setRole] = useState('')
  const add = async () => {
    await post(`${path}/Participants`, {
      ...(kind === 'chat'
        ? { identity: who.trim() }
        : {
            messaging_binding: {
              address: who.trim() || undefined,
              proxy_address: proxy.trim() || undefined,
              projected_address: projected.trim() || undefined,
            },
          }),
      role_sid: role || undefined,
    })
    onSaved()
    tell(words.added(who.trim()))
  }
  return (
    <FormDialog title={words.add} action={words.addAction} onClose={onClose} onSubmit={add}>
      <SelectField
        label={words.kind}
        value={kind}
        onChoose={setKind}
        choices={[
          { value: 'chat', label: words.byIdentity },
          { value: 'address', label: words.byAddress },
        ]}
      />
      <TextField
        label={kind === 'chat' ? words.identity : words.address}
        hint={kind === 'chat' ? undefined : words.addressHint}
        required={kind === 'chat'}
        value={who}
        onChange={(event) => setWho(event.target.value)}
      />
      {kind === 'address' && (
        <>
          <TextField label={words.proxy} hint={words.proxyHint} value={proxy} onChange={(event) => setProxy(event.target.value)} />
          <TextField
            label={words.projected}
            hint={words.projectedHint}
            value={projected}
            onChange={(event) => setProjected(event.target.value)}
          />
        </>
      )}
      <SelectField label={words.role} value={role} onChoose={setRole} choices={roleChoices(roles)} />
    </FormDialog>
  )
}

function EditParticipant({ path, participant, roles, onSaved, onClose }: ParticipantDialog & { participant: ParticipantResource }) {
  const before = indented(participant.attributes)
  const [role, setRole] = useState(participant.role_sid ?? '')
  const [attributes, setAttributes] = useState(before)
  const save = async () => {
    await post(path, {
      role_sid: role === (participant.role_sid ?? '') || role === '' ? undefined : role,
      attributes: attributes === before ? undefined : attributes,
    })
    onSaved()
    tell(texts.saved)
  }
  return (
    <FormDialog
      title={words.edit(whoIs(participant))}
      action={texts.save}
      isReady={jsonProblem(attributes) === null}
      onClose={onClose}
      onSubmit={save}
    >
      <SelectField
        label={words.role}
        value={role}
        onChoose={setRole}
        choices={roleChoices(roles).filter(({ value }) => value !== '' || role === '')}
      />
      <JsonField label={texts.attributes} value={attributes} onChange={setAttributes} />
    </FormDialog>
  )
}
