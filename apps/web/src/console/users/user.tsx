import type { ErasureResource, RoleResource, UserConversationResource, UserResource } from '@parley/protocol'
import { Download, Eraser, MessagesSquare, Pencil, Smartphone, Trash2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Link } from '../../ui/link.tsx'
import { goTo } from '../../ui/navigation.ts'
import { nameOf, State } from '../conversations/state.tsx'
import { useServiceName } from '../frame/current-service.ts'
import { tell } from '../frame/notice.tsx'
import { Dash } from '../parts/dash.tsx'
import { Confirm, FormDialog } from '../parts/dialogs.tsx'
import { indented, Json, JsonField, jsonProblem, Raw } from '../parts/json.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Card, Facts, Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { LoadingRows, RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { download } from '../rest/download.ts'
import { post, Refusal, remove } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { useResource } from '../rest/use-resource.ts'
import { rolesOf } from '../roles/role-choices.ts'
import { texts } from '../texts/texts.ts'

const words = texts.users

/** One user: who they are, whether they are there, what they take part in. After an erasure only its account is left. */
export function User({ service, sid }: { service: string; sid: string }) {
  const path = `/v1/Services/${service}/Users/${encodeURIComponent(sid)}`
  const user = useResource<UserResource>(path)
  const serviceName = useServiceName(service)
  const above = [
    { label: serviceName, to: paths.conversations(service) },
    { label: words.title, to: paths.users(service) },
  ]
  const [isErased, setErased] = useState(false)
  const isGone = isErased || (user.error instanceof Refusal && user.error.status === 404)

  if (isGone)
    return (
      <Page title={words.erased} above={above}>
        <Erasure path={path} />
      </Page>
    )
  if (!user.value)
    return (
      <Page title={words.one} above={above}>
        {user.error ? <Problem error={user.error} onRetry={user.reload} /> : <LoadingRows />}
      </Page>
    )
  return <UserPage service={service} path={path} user={user.value} above={above} onSaved={user.replace} onErased={() => setErased(true)} />
}

interface UserPageProps {
  service: string
  path: string
  user: UserResource
  above: { label: string; to: string }[]
  onSaved(user: UserResource): void
  onErased(): void
}

function UserPage({ service, path, user, above, onSaved, onErased }: UserPageProps) {
  const roles = useResource<{ roles: RoleResource[] }>(`/v1/Services/${service}/Roles?PageSize=50`)
  const conversations = useList<UserConversationResource>(`${path}/Conversations`, 'conversations')
  const [asks, setAsks] = useState<'edit' | 'erase' | 'delete' | null>(null)
  const close = () => setAsks(null)
  const role = roles.value?.roles.find(({ sid }) => sid === user.role_sid)

  const actions = (
    <>
      <Button icon={Pencil} onClick={() => setAsks('edit')}>
        {texts.edit}
      </Button>
      <Button
        icon={Download}
        onClick={() => void download(`${path}/Export`, `${user.sid}.ndjson`).catch((error: Error) => tell(texts.notDone(error.message)))}
      >
        {texts.export}
      </Button>
      <Button look="danger" icon={Eraser} onClick={() => setAsks('erase')}>
        {words.erase}
      </Button>
      <Button look="danger" icon={Trash2} onClick={() => setAsks('delete')}>
        {texts.deleteAsks}
      </Button>
    </>
  )
  return (
    <Page title={user.identity} sid={user.sid} above={above} actions={actions}>
      <Card title={words.about}>
        <Facts
          facts={[
            [words.name, user.friendly_name],
            [words.presence, <Presence key="" user={user} />],
            [words.role, role?.friendly_name ?? user.role_sid],
            [texts.created, <Moment key="" at={user.date_created} />],
            [texts.updated, <Moment key="" at={user.date_updated} />],
          ]}
        />
        {user.attributes !== '{}' && (
          <div className="pt-4">
            <Json label={texts.attributes} text={user.attributes} />
          </div>
        )}
      </Card>
      <p>
        <Link
          to={`${paths.bindings(service)}?identity=${encodeURIComponent(user.identity)}`}
          className="inline-flex items-center gap-2 rounded text-accent hover:underline"
        >
          <Smartphone size={16} aria-hidden />
          {texts.bindings.of}
        </Link>
      </p>
      <h2 className="-mb-2 text-lg font-semibold">{texts.conversations.title}</h2>
      <Table
        label={texts.conversations.title}
        list={conversations}
        keyOf={({ conversation_sid }) => conversation_sid}
        empty={{ icon: MessagesSquare, title: words.inNone }}
        columns={[
          {
            label: texts.conversations.name,
            always: true,
            show: (one) => <RowLink to={paths.conversation(service, one.conversation_sid)}>{nameOf(one)}</RowLink>,
          },
          { label: texts.conversations.state, always: true, show: ({ conversation_state }) => <State state={conversation_state} /> },
          {
            label: words.unread,
            isFigure: true,
            always: true,
            show: ({ unread_messages_count }) => unread_messages_count ?? <Dash />,
          },
          { label: words.notifications, show: ({ notification_level }) => words.levels[notification_level] },
        ]}
      />
      <Raw value={user} />
      {asks === 'edit' && <EditUser path={path} user={user} roles={roles.value?.roles ?? []} onSaved={onSaved} onClose={close} />}
      {asks === 'erase' && (
        <Confirm
          title={words.eraseTitle(user.identity)}
          about={words.eraseAbout}
          action={words.eraseAction}
          typed={user.identity}
          onClose={close}
          onSubmit={async () => {
            await post(`${path}/Erasure`)
            onErased()
          }}
        />
      )}
      {asks === 'delete' && (
        <Confirm
          title={texts.deleteTitle(user.identity)}
          about={words.deleteAbout}
          action={texts.delete}
          onClose={close}
          onSubmit={async () => {
            await remove(path)
            tell(texts.deleted(user.identity))
            goTo(paths.users(service))
          }}
        />
      )}
    </Page>
  )
}

/** Whether they are there: only said while the service watches it. */
function Presence({ user: { is_online, is_notifiable } }: { user: UserResource }) {
  if (is_online === null) return <span className="text-muted">{words.presenceOff}</span>
  return (
    <span className="flex flex-wrap gap-1.5">
      <Badge tone={is_online ? 'ok' : 'plain'}>{is_online ? words.online : words.offline}</Badge>
      {is_notifiable && <Badge>{words.notifiable}</Badge>}
    </span>
  )
}

function EditUser({
  path,
  user,
  roles,
  onSaved,
  onClose,
}: {
  path: string
  user: UserResource
  roles: readonly RoleResource[]
  onSaved(user: UserResource): void
  onClose(): void
}) {
  const before = indented(user.attributes)
  const [name, setName] = useState(user.friendly_name ?? '')
  const [role, setRole] = useState(user.role_sid)
  const [attributes, setAttributes] = useState(before)
  const save = async () => {
    onSaved(
      await post<UserResource>(path, {
        friendly_name: name === (user.friendly_name ?? '') ? undefined : name.trim(),
        role_sid: role === user.role_sid ? undefined : role,
        attributes: attributes === before ? undefined : attributes,
      }),
    )
    tell(texts.saved)
  }
  return (
    <FormDialog title={words.edit} action={texts.save} isReady={jsonProblem(attributes) === null} onClose={onClose} onSubmit={save}>
      <TextField label={words.name} value={name} onChange={(event) => setName(event.target.value)} />
      <SelectField label={words.role} value={role} onChoose={setRole} choices={rolesOf('service', roles, role)} />
      <JsonField label={texts.attributes} value={attributes} onChange={setAttributes} />
    </FormDialog>
  )
}

/** How often is looked how far an erasure is, in milliseconds. */
const pace = 2_000

/** How far the erasure of a user is; asked for again until it is over. */
function Erasure({ path }: { path: string }) {
  const erasure = useResource<ErasureResource>(`${path}/Erasure`)
  const { value, error, reload } = erasure
  const isRunning = value?.status === 'running'
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(reload, pace)
    return () => clearInterval(timer)
  }, [isRunning, reload])
  if (error) return <Problem error={error} onRetry={reload} />
  if (!value) return <LoadingRows />
  return (
    <Card title={words.erasure} actions={<Badge tone={isRunning ? 'accent' : 'ok'}>{words.erasureStates[value.status]}</Badge>}>
      <Facts
        facts={[
          [
            texts.sid,
            <code key="" className="font-mono text-xs">
              {value.user_sid}
            </code>,
          ],
          [words.conversationsLeft, value.conversations_left],
          [words.messagesErased, value.messages_erased],
          [words.mediaErased, value.media_erased],
          [words.asked, <Moment key="" at={value.date_created} />],
          [words.completed, <Moment key="" at={value.date_completed} />],
        ]}
      />
    </Card>
  )
}
