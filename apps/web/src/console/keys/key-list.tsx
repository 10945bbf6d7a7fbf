import type { ApiKeyResource } from '@parley/protocol'
import { Ban, KeyRound, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { tell } from '../frame/notice.tsx'
import { CopyButton, Sid } from '../parts/copyable.tsx'
import { Dash } from '../parts/dash.tsx'
import { Confirm, FormDialog } from '../parts/dialogs.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Page } from '../parts/page.tsx'
import { Table } from '../parts/table.tsx'
import { post, remove } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'

const words = texts.keys

const nameOf = ({ friendly_name, sid }: ApiKeyResource): string => friendly_name || sid

/** The API keys of the account. The secret of a new one is shown once, and then never again. */
export function KeyList() {
  const { session } = useSession()
  const list = useList<ApiKeyResource>('/v1/Keys', 'keys', [], { account_sid: session?.account_sid })
  const [asks, setAsks] = useState<{ what: 'create' } | { what: 'rename' | 'revoke'; key: ApiKeyResource } | null>(null)
  const [made, setMade] = useState<ApiKeyResource | null>(null)
  const close = () => setAsks(null)
  const create = (
    <Button look="primary" icon={Plus} onClick={() => setAsks({ what: 'create' })}>
      {words.create}
    </Button>
  )
  return (
    <Page title={words.title} about={words.about} actions={create}>
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: KeyRound, title: words.empty, about: words.emptyAbout }}
        columns={[
          {
            label: words.name,
            always: true,
            show: (key) => (
              <span className="flex flex-wrap items-center gap-2">
                {key.friendly_name || <Dash />}
                {key.sid === session?.key_sid && <Badge tone="accent">{words.mine}</Badge>}
              </span>
            ),
          },
          { label: texts.sid, always: true, show: ({ sid }) => <Sid short sid={sid} /> },
          { label: texts.created, show: ({ date_created }) => <Moment at={new Date(date_created).toISOString()} /> },
          {
            label: texts.actions,
            always: true,
            isActions: true,
            show: (key) => (
              <>
                <IconButton small icon={Pencil} label={words.rename(nameOf(key))} onClick={() => setAsks({ what: 'rename', key })} />
                <IconButton small icon={Ban} label={words.revoke(nameOf(key))} onClick={() => setAsks({ what: 'revoke', key })} />
              </>
            ),
          },
        ]}
      />
      {asks?.what === 'create' && (
        <NameKey
          title={words.create}
          action={texts.create}
          onClose={close}
          onSubmit={async (friendly_name) => {
            setMade(await post<ApiKeyResource>('/v1/Keys', { account_sid: session?.account_sid, friendly_name }))
            list.reload()
          }}
        />
      )}
      {made && <Secret made={made} onClose={() => setMade(null)} />}
      {asks?.what === 'rename' && (
        <NameKey
          title={words.rename(nameOf(asks.key))}
          action={texts.save}
          before={asks.key.friendly_name}
          onClose={close}
          onSubmit={async (friendly_name) => {
            await post(`/v1/Keys/${asks.key.sid}`, { friendly_name })
            list.reload()
          }}
        />
      )}
      {asks?.what === 'revoke' && (
        <Confirm
          title={words.revokeTitle(nameOf(asks.key))}
          about={asks.key.sid === session?.key_sid ? words.revokeMine : words.revokeAbout}
          action={words.revokeAction}
          onClose={close}
          onSubmit={async () => {
            await remove(`/v1/Keys/${asks.key.sid}`)
            list.reload()
            tell(words.revoked(nameOf(asks.key)))
          }}
        />
      )}
    </Page>
  )
}

interface NameKeyProps {
  title: string
  action: string
  before?: string
  onClose(): void
  onSubmit(name: string): Promise<void>
}

function NameKey({ before = '', onSubmit, ...dialog }: NameKeyProps) {
  const [name, setName] = useState(before)
  return (
    <FormDialog {...dialog} onSubmit={() => onSubmit(name.trim())}>
      <TextField label={words.name} hint={words.nameHint} value={name} onChange={(event) => setName(event.target.value)} />
    </FormDialog>
  )
}

/** The only time that a secret is seen. */
function Secret({ made, onClose }: { made: ApiKeyResource; onClose(): void }) {
  return (
    <Dialog title={words.madeTitle} closeLabel={texts.close} onClose={onClose}>
      <p className="rounded-control bg-warning-soft px-3 py-2 text-sm text-warning">{words.madeAbout}</p>
      <dl className="flex flex-col gap-3">
        {(
          [
            [texts.sid, made.sid],
            [words.secret, made.secret ?? ''],
          ] as const
        ).map(([name, value]) => (
          <div key={name}>
            <dt className="text-sm text-muted">{name}</dt>
            <dd className="flex items-center gap-1">
              <code className="min-w-0 rounded-control bg-surface px-2 py-1 font-mono text-sm">{value}</code>
              <CopyButton text={value} what={name} />
            </dd>
          </div>
        ))}
      </dl>
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          {words.kept}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
