import {
  type ConversationWebhookResource,
  type ConversationWebhookTarget,
  conversationWebhookTargets,
  type PostActionEvent,
  postActionEvents,
  type WebhookMethod,
  webhookMethods,
} from '@parley/protocol'
import { Pencil, Plus, Trash2, Webhook } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { SelectField, TextArea, TextField } from '../../ui/field.tsx'
import { tell } from '../frame/notice.tsx'
import { Checks } from '../parts/checks.tsx'
import { Sid } from '../parts/copyable.tsx'
import { Confirm, FormDialog } from '../parts/dialogs.tsx'
import { Badge } from '../parts/page.tsx'
import { Table } from '../parts/table.tsx'
import { post, remove } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'

const words = texts.webhooks

/** The webhooks of one conversation. `path` is the conversation's in the REST API. */
export function ConversationWebhooks({ path }: { path: string }) {
  const list = useList<ConversationWebhookResource>(`${path}/Webhooks`, 'webhooks')
  const [asks, setAsks] = useState<{ what: 'create' } | { what: 'edit' | 'delete'; webhook: ConversationWebhookResource } | null>(null)
  const close = () => setAsks(null)
  return (
    <div className="flex flex-col gap-4">
      <div>
        <Button icon={Plus} onClick={() => setAsks({ what: 'create' })}>
          {words.create}
        </Button>
      </div>
      <Table
        label={words.title}
        list={list}
        keyOf={({ sid }) => sid}
        empty={{ icon: Webhook, title: words.empty, about: words.emptyAbout }}
        columns={[
          { label: words.target, always: true, show: ({ target }) => <Badge>{words.targets[target]}</Badge> },
          { label: words.called, always: true, show: (webhook) => <code className="font-mono text-xs">{calledBy(webhook)}</code> },
          { label: words.when, show: (webhook) => <span className="text-xs">{waitsFor(webhook).join(', ')}</span> },
          { label: texts.sid, show: ({ sid }) => <Sid short sid={sid} /> },
          {
            label: texts.actions,
            always: true,
            isActions: true,
            show: (webhook) => (
              <>
                <IconButton small icon={Pencil} label={words.edit(calledBy(webhook))} onClick={() => setAsks({ what: 'edit', webhook })} />
                <IconButton
                  small
                  icon={Trash2}
                  label={words.delete(calledBy(webhook))}
                  onClick={() => setAsks({ what: 'delete', webhook })}
                />
              </>
            ),
          },
        ]}
      />
      {asks?.what === 'create' && <EditWebhook path={`${path}/Webhooks`} onSaved={list.reload} onClose={close} />}
      {asks?.what === 'edit' && (
        <EditWebhook path={`${path}/Webhooks/${asks.webhook.sid}`} webhook={asks.webhook} onSaved={list.reload} onClose={close} />
      )}
      {asks?.what === 'delete' && (
        <Confirm
          title={words.deleteTitle}
          about={words.deleteAbout(calledBy(asks.webhook))}
          action={texts.delete}
          onClose={close}
          onSubmit={async () => {
            await remove(`${path}/Webhooks/${asks.webhook.sid}`)
            list.reload()
            tell(texts.deleted(calledBy(asks.webhook)))
          }}
        />
      )}
    </div>
  )
}

const calledBy = ({ configuration }: ConversationWebhookResource): string =>
  'flow_sid' in configuration ? configuration.flow_sid : configuration.url

const waitsFor = ({ configuration }: ConversationWebhookResource): readonly string[] =>
  'flow_sid' in configuration ? [] : (configuration.triggers ?? configuration.filters)

function EditWebhook({
  path,
  webhook,
  onSaved,
  onClose,
}: {
  path: string
  webhook?: ConversationWebhookResource
  onSaved(): void
  onClose(): void
}) {
  const before = webhook && !('flow_sid' in webhook.configuration) ? webhook.configuration : undefined
  const [target, setTarget] = useState<ConversationWebhookTarget>(webhook?.target ?? 'webhook')
  const [url, setUrl] = useState(before?.url ?? '')
  const [method, setMethod] = useState<WebhookMethod>(before?.method ?? 'POST')
  const [filters, setFilters] = useState<PostActionEvent[]>((before?.filters as PostActionEvent[] | undefined) ?? ['onMessageAdded'])
  const [triggers, setTriggers] = useState(before?.triggers?.join('\n') ?? '')
  const [flow, setFlow] = useState(webhook && 'flow_sid' in webhook.configuration ? webhook.configuration.flow_sid : '')

  const save = async () => {
    const configuration =
      target === 'studio'
        ? { flow_sid: flow.trim() }
        : {
            url: url.trim(),
            method,
            ...(target === 'webhook' ? { filters } : { triggers: triggers.split('\n').filter((word) => word.trim() !== '') }),
          }
    await post(path, { target: webhook ? undefined : target, configuration })
    onSaved()
    tell(texts.saved)
  }
  return (
    <FormDialog
      wide
      title={webhook ? words.editTitle : words.create}
      action={webhook ? texts.save : texts.create}
      onClose={onClose}
      onSubmit={save}
    >
      {!webhook && (
        <SelectField
          label={words.target}
          value={target}
          onChoose={setTarget}
          choices={conversationWebhookTargets.map((value) => ({ value, label: words.targets[value] }))}
        />
      )}
      {target === 'studio' ? (
        <TextField label={words.flow} required placeholder="FW…" value={flow} onChange={(event) => setFlow(event.target.value)} />
      ) : (
        <>
          <TextField
            label={words.url}
            required
            type="url"
            placeholder="https://"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
          <SelectField
            label={words.method}
            value={method}
            onChoose={setMethod}
            choices={webhookMethods.map((value) => ({ value, label: value }))}
          />
          {target === 'webhook' ? (
            <Checks label={words.postEvents} all={postActionEvents} chosen={filters} onChange={setFilters} />
          ) : (
            <TextArea
              label={words.triggers}
              hint={words.triggersHint}
              required
              value={triggers}
              onChange={(event) => setTriggers(event.target.value)}
            />
          )}
        </>
      )}
    </FormDialog>
  )
}
