import type { MessageResource, ReceiptResource } from '@parley/protocol'
import { CheckCheck, Code, MessageSquare, Paperclip, Pencil, Send, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextArea, TextField } from '../../ui/field.tsx'
import { tell } from '../frame/notice.tsx'
import { CopyButton } from '../parts/copyable.tsx'
import { Confirm, FormDialog } from '../parts/dialogs.tsx'
import { ChoiceFilter, Filters } from '../parts/filters.tsx'
import { indented, Json, JsonField, jsonProblem } from '../parts/json.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, type Tone } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { Resource } from '../parts/resource.tsx'
import { Listed, Rows } from '../parts/table.tsx'
import { post, read, remove } from '../rest/rest.ts'
import { useList } from '../rest/use-list.ts'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'

const words = texts.messages

/** What was said in a conversation, the newest first unless asked otherwise. `path` is the conversation's in the REST API. */
export function Messages({ path }: { path: string }) {
  const list = useList<MessageResource>(`${path}/Messages`, 'messages', ['order'], { order: 'desc' })
  const [asked, setAsked] = useState<{ what: 'edit' | 'delete' | 'receipts' | 'raw'; message: MessageResource } | null>(null)
  const ask = (what: 'edit' | 'delete' | 'receipts' | 'raw', message: MessageResource) => setAsked({ what, message })
  const close = () => setAsked(null)
  const pathOf = ({ sid }: MessageResource) => `${path}/Messages/${sid}`
  return (
    <div className="flex flex-col gap-4">
      <SendMessage path={path} onSent={list.reload} />
      <Filters>
        <ChoiceFilter name="order" label={words.order} all={words.newestFirst} choices={[['asc', words.oldestFirst]]} />
      </Filters>
      <Listed list={{ ...list, isFiltered: false }} empty={{ icon: MessageSquare, title: words.empty }}>
        {(rows) => (
          <ol aria-label={words.title} className="divide-y divide-line rounded-xl border border-line bg-raised">
            {rows.map((message) => (
              <li key={message.sid}>
                <Message message={message} onAsk={(what) => ask(what, message)} />
              </li>
            ))}
          </ol>
        )}
      </Listed>
      {asked?.what === 'edit' && <EditMessage path={pathOf(asked.message)} message={asked.message} onSaved={list.reload} onClose={close} />}
      {asked?.what === 'receipts' && <Receipts path={pathOf(asked.message)} onClose={close} />}
      {asked?.what === 'raw' && (
        <Dialog wide title={words.raw(asked.message.index)} closeLabel={texts.close} onClose={close}>
          <Json label={words.raw(asked.message.index)} text={JSON.stringify(asked.message)} />
        </Dialog>
      )}
      {asked?.what === 'delete' && (
        <Confirm
          title={words.deleteTitle(asked.message.index)}
          about={words.deleteAbout}
          action={texts.delete}
          onClose={close}
          onSubmit={async () => {
            await remove(pathOf(asked.message))
            list.reload()
            tell(texts.deleted(words.name(asked.message.index)))
          }}
        />
      )}
    </div>
  )
}

function Message({ message, onAsk }: { message: MessageResource; onAsk(what: 'edit' | 'delete' | 'receipts' | 'raw'): void }) {
  const { index, author, body, media, attributes, delivery, date_created, date_updated } = message
  return (
    <article aria-label={words.name(index)} className="flex flex-col gap-1.5 px-4 py-3">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <span className="font-mono text-xs text-muted">#{index}</span>
        <span className="min-w-0 font-medium">{author}</span>
        <span className="text-muted">
          <Moment at={date_created} />
        </span>
        {date_updated !== date_created && <Badge>{words.edited}</Badge>}
        {delivery && <Delivery delivery={delivery} />}
        <span className="ms-auto flex">
          <IconButton small icon={CheckCheck} label={words.receiptsOf(index)} onClick={() => onAsk('receipts')} />
          <IconButton small icon={Code} label={words.raw(index)} onClick={() => onAsk('raw')} />
          <IconButton small icon={Pencil} label={words.editOne(index)} onClick={() => onAsk('edit')} />
          <IconButton small icon={Trash2} label={words.deleteOne(index)} onClick={() => onAsk('delete')} />
        </span>
      </header>
      {body === null || body === '' ? null : <p className="whitespace-pre-wrap">{body}</p>}
      {media?.map((file) => (
        <Media key={file.sid} service={message.chat_service_sid ?? ''} {...file} />
      ))}
      {attributes !== '{}' && (
        <details>
          <summary className="w-fit rounded text-sm text-accent">{texts.attributes}</summary>
          <div className="pt-1.5">
            <Json label={texts.attributes} text={attributes} />
          </div>
        </details>
      )}
    </article>
  )
}

/** The worst that is to be said of a delivery. */
function Delivery({ delivery }: { delivery: NonNullable<MessageResource['delivery']> }) {
  const shown: ['failed' | 'undelivered' | 'read' | 'delivered' | 'sent', Tone][] = [
    ['failed', 'danger'],
    ['undelivered', 'danger'],
    ['read', 'ok'],
    ['delivered', 'ok'],
    ['sent', 'plain'],
  ]
  const [what, tone] = shown.find(([name]) => delivery[name] !== 'none') ?? (['waiting', 'plain'] as const)
  return (
    <Badge tone={tone}>{what !== 'waiting' && delivery[what] === 'some' ? words.partly(words.delivery[what]) : words.delivery[what]}</Badge>
  )
}

/** A file. Its address is asked for when it is wanted: it does not last. */
function Media({
  service,
  sid,
  filename,
  content_type,
  size,
}: {
  service: string
  sid: string
  filename: string | null
  content_type: string
  size: number
}) {
  const open = async () => {
    const { links } = await read<{ links: { content_direct_temporary: string } }>(`/v1/Services/${service}/Media/${sid}`)
    window.open(links.content_direct_temporary, '_blank', 'noopener')
  }
  return (
    <p className="flex flex-wrap items-center gap-2 text-sm">
      <Paperclip size={14} aria-hidden className="text-muted" />
      <button
        type="button"
        className="rounded text-accent hover:underline"
        onClick={() => void open().catch((error: Error) => tell(texts.notDone(error.message)))}
      >
        {filename ?? sid}
      </button>
      <span className="text-muted">{words.file(content_type, size)}</span>
      <CopyButton text={sid} what={sid} />
    </p>
  )
}

function SendMessage({ path, onSent }: { path: string; onSent(): void }) {
  const [author, setAuthor] = useState('')
  const [body, setBody] = useState('')
  const [problem, setProblem] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      await post(`${path}/Messages`, { body, author: author.trim() || undefined })
      setBody('')
      onSent()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <details className="rounded-xl border border-line bg-raised px-4 py-2.5">
      <summary className="w-fit rounded font-medium text-accent">{words.send}</summary>
      <form onSubmit={submit} className="flex max-w-2xl flex-col gap-3 pt-3">
        <TextField label={words.author} hint={words.authorHint} value={author} onChange={(event) => setAuthor(event.target.value)} />
        <TextArea label={words.body} required rows={3} value={body} onChange={(event) => setBody(event.target.value)} />
        {problem !== null && <Problem error={problem} />}
        <div>
          <Button type="submit" look="primary" icon={Send} disabled={isBusy || body.trim() === ''}>
            {words.sendAction}
          </Button>
        </div>
      </form>
    </details>
  )
}

function EditMessage({ path, message, onSaved, onClose }: { path: string; message: MessageResource; onSaved(): void; onClose(): void }) {
  const before = indented(message.attributes)
  const [body, setBody] = useState(message.body ?? '')
  const [author, setAuthor] = useState(message.author)
  const [attributes, setAttributes] = useState(before)
  const save = async () => {
    await post(path, {
      body: body === (message.body ?? '') ? undefined : body,
      author: author === message.author ? undefined : author,
      attributes: attributes === before ? undefined : attributes,
    })
    onSaved()
    tell(texts.saved)
  }
  return (
    <FormDialog
      title={words.editOne(message.index)}
      action={texts.save}
      isReady={jsonProblem(attributes) === null}
      onClose={onClose}
      onSubmit={save}
    >
      <TextField label={words.author} value={author} onChange={(event) => setAuthor(event.target.value)} />
      <TextArea label={words.body} value={body} onChange={(event) => setBody(event.target.value)} />
      <JsonField label={texts.attributes} value={attributes} onChange={setAttributes} />
    </FormDialog>
  )
}

const receiptTones: Record<string, Tone> = { read: 'ok', delivered: 'ok', failed: 'danger', undelivered: 'danger' }

function Receipts({ path, onClose }: { path: string; onClose(): void }) {
  const receipts = useResource<{ delivery_receipts: ReceiptResource[] }>(`${path}/Receipts?PageSize=100`)
  return (
    <Dialog wide title={words.receipts} closeLabel={texts.close} onClose={onClose}>
      <Resource of={receipts}>
        {({ delivery_receipts }) =>
          delivery_receipts.length === 0 ? (
            <p className="text-muted">{words.noReceipts}</p>
          ) : (
            <Rows
              label={words.receipts}
              rows={delivery_receipts}
              keyOf={({ sid }) => sid}
              columns={[
                {
                  label: words.participant,
                  always: true,
                  show: ({ participant_sid }) => <code className="font-mono text-xs">{participant_sid}</code>,
                },
                {
                  label: words.status,
                  always: true,
                  show: ({ status, error_code }) => (
                    <span className="flex flex-wrap gap-1.5">
                      <Badge tone={receiptTones[status ?? ''] ?? 'plain'}>{status ?? words.delivery.waiting}</Badge>
                      {error_code !== 0 && <code className="font-mono text-xs text-danger">{error_code}</code>}
                    </span>
                  ),
                },
                { label: texts.updated, show: ({ date_updated }) => <Moment at={date_updated} /> },
              ]}
            />
          )
        }
      </Resource>
    </Dialog>
  )
}
