import {
  type AccountWebhooksResource,
  type PostActionEvent,
  type PreActionEvent,
  postActionEvents,
  preActionEvents,
  type ServiceWebhooksResource,
  type WebhookMethod,
  webhookMethods,
} from '@parley/protocol'
import { useState } from 'react'
import { SelectField, TextField } from '../../ui/field.tsx'
import { Link } from '../../ui/link.tsx'
import { useServiceName } from '../frame/current-service.ts'
import { Checks } from '../parts/checks.tsx'
import { Card, Page } from '../parts/page.tsx'
import { Resource } from '../parts/resource.tsx'
import { SaveForm } from '../parts/save-form.tsx'
import { paths } from '../paths.ts'
import { post } from '../rest/rest.ts'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'

const words = texts.webhooks

type Configured = Pick<AccountWebhooksResource, 'pre_webhook_fail_closed' | 'rest_webhook_enabled'> & ServiceWebhookFields
type ServiceWebhookFields = Pick<ServiceWebhooksResource, 'method' | 'filters' | 'pre_webhook_url' | 'post_webhook_url'>

/** The webhooks of the account: they are called for all its services. */
export const AccountWebhooks = () => (
  <Page title={words.accountTitle} about={words.accountAbout}>
    <Configuration path="/v1/Configuration/Webhooks" />
  </Page>
)

/** The webhooks of a service. */
export function ServiceWebhooks({ service }: { service: string }) {
  const name = useServiceName(service)
  const about = (
    <>
      {words.serviceAbout(name)}{' '}
      <Link to={paths.deliveries(service)} className="rounded text-accent underline">
        {words.seeLog}
      </Link>
    </>
  )
  return (
    <Page title={words.title} about={about}>
      <Configuration path={`/v1/Services/${service}/Configuration/Webhooks`} />
    </Page>
  )
}

function Configuration({ path }: { path: string }) {
  const webhooks = useResource<Configured>(path)
  return (
    <Resource of={webhooks}>
      {(value) => <WebhookForm key={JSON.stringify(value)} path={path} before={value} onSaved={webhooks.replace} />}
    </Resource>
  )
}

const flags = { '': null, true: true, false: false } as const
type FlagChoice = keyof typeof flags
const choiceOf = (flag: boolean | undefined): FlagChoice => (flag === undefined ? '' : `${flag}`)

interface FlagFieldProps {
  label: string
  value: FlagChoice
  onChoose(value: FlagChoice): void
  /** What it means when nothing is said, and when it is said. */
  says: { usual: string; yes: string; no: string }
}

const FlagField = ({ says, ...field }: FlagFieldProps) => (
  <SelectField
    {...field}
    choices={[
      { value: '', label: says.usual },
      { value: 'true', label: says.yes },
      { value: 'false', label: says.no },
    ]}
  />
)

function WebhookForm({ path, before, onSaved }: { path: string; before: Configured; onSaved(value: Configured): void }) {
  const [preUrl, setPreUrl] = useState(before.pre_webhook_url ?? '')
  const [postUrl, setPostUrl] = useState(before.post_webhook_url ?? '')
  const [method, setMethod] = useState<WebhookMethod>(before.method ?? 'POST')
  const [filters, setFilters] = useState<readonly string[]>(before.filters ?? [])
  const [failClosed, setFailClosed] = useState(choiceOf(before.pre_webhook_fail_closed))
  const [restEnabled, setRestEnabled] = useState(choiceOf(before.rest_webhook_enabled))

  const pre = preActionEvents.filter((event) => filters.includes(event))
  const after = postActionEvents.filter((event) => filters.includes(event))
  const choose = (pre: readonly PreActionEvent[], after: readonly PostActionEvent[]) => setFilters([...pre, ...after])
  const now = { preUrl, postUrl, method, failClosed, restEnabled, filters: [...pre, ...after].join() }
  const [start] = useState(now)
  const isChanged = JSON.stringify(now) !== JSON.stringify(start)

  const save = async () =>
    onSaved(
      await post<Configured>(path, {
        pre_webhook_url: preUrl.trim(),
        post_webhook_url: postUrl.trim(),
        method,
        filters: [...pre, ...after],
        pre_webhook_fail_closed: failClosed === start.failClosed ? undefined : flags[failClosed],
        rest_webhook_enabled: restEnabled === start.restEnabled ? undefined : flags[restEnabled],
      }),
    )
  return (
    <Card title={words.configuration}>
      <SaveForm isChanged={isChanged} onSave={save}>
        <TextField
          label={words.preUrl}
          hint={words.preUrlHint}
          type="url"
          placeholder="https://"
          value={preUrl}
          onChange={(event) => setPreUrl(event.target.value)}
        />
        <TextField
          label={words.postUrl}
          hint={words.postUrlHint}
          type="url"
          placeholder="https://"
          value={postUrl}
          onChange={(event) => setPostUrl(event.target.value)}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <SelectField
            label={words.method}
            value={method}
            onChoose={setMethod}
            choices={webhookMethods.map((value) => ({ value, label: value }))}
          />
          <FlagField label={words.failClosed} value={failClosed} onChoose={setFailClosed} says={words.failures} />
          <FlagField label={words.restEnabled} value={restEnabled} onChoose={setRestEnabled} says={words.restWords} />
        </div>
        <Checks label={words.preEvents} all={preActionEvents} chosen={pre} onChange={(chosen) => choose(chosen, after)} />
        <Checks label={words.postEvents} all={postActionEvents} chosen={after} onChange={(chosen) => choose(pre, chosen)} />
      </SaveForm>
    </Card>
  )
}
