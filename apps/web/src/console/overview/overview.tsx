import type { JobResource, PageMeta, WebhookDeliveryResource } from '@parley/protocol'
import { CircleCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from '../../ui/link.tsx'
import { Skeleton } from '../../ui/states.tsx'
import { DeliveryState } from '../deliveries/state.tsx'
import { useCurrentService, useServiceName } from '../frame/current-service.ts'
import { Moment } from '../parts/moment.tsx'
import { Card, Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { paths } from '../paths.ts'
import { useResource } from '../rest/use-resource.ts'
import { useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'

const words = texts.overview

/** What there is at a glance, and what went wrong last. */
export function Overview() {
  const { session } = useSession()
  const service = useCurrentService()
  return (
    <Page title={words.title} about={session?.account_name} sid={session?.account_sid}>
      <ul className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Count label={texts.services.title} to={paths.services} path="/v1/Services" of="services" />
        <Count label={texts.keys.title} to={paths.keys} path={`/v1/Keys?AccountSid=${session?.account_sid}`} of="keys" />
        <Count label={words.waitingJobs} to={`${paths.jobs}?state=waiting`} path="/v1/Jobs?State=waiting" of="jobs" />
        <Count isBad label={words.deadJobs} to={paths.jobs} path="/v1/Jobs?State=dead" of="jobs" />
      </ul>
      {service && <OfService service={service} />}
      <DeadJobs />
    </Page>
  )
}

function OfService({ service }: { service: string }) {
  const name = useServiceName(service)
  const root = `/v1/Services/${service}`
  const log = paths.deliveries(service)
  return (
    <>
      <h2 className="-mb-2 text-lg font-semibold">{words.inService(name)}</h2>
      <ul className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Count label={texts.conversations.title} to={paths.conversations(service)} path={`${root}/Conversations`} of="conversations" />
        <Count label={texts.users.title} to={paths.users(service)} path={`${root}/Users`} of="users" />
        <Count isBad label={words.failed} to={`${log}?state=failed`} path={`${root}/Webhooks/Deliveries?State=failed`} of="deliveries" />
        <Count isBad label={words.dead} to={`${log}?state=dead`} path={`${root}/Webhooks/Deliveries?State=dead`} of="deliveries" />
      </ul>
      <LastDeliveries service={service} />
    </>
  )
}

/** Lists are counted as far as the largest page reaches: the API has no totals, and to count all would be to read all. */
const most = 100

function Count({ label, to, path, of, isBad = false }: { label: string; to: string; path: string; of: string; isBad?: boolean }) {
  const { value, error } = useResource<{ meta: PageMeta } & Record<string, unknown[]>>(
    `${path}${path.includes('?') ? '&' : '?'}PageSize=${most}`,
  )
  const count = value?.[of]?.length ?? 0
  return (
    <li className="relative flex flex-col gap-1 rounded-xl border border-line bg-raised p-4 hover:bg-hover">
      <Link to={to} className="rounded text-sm text-muted after:absolute after:inset-0 after:rounded-xl">
        {label}
      </Link>
      {value ? (
        <p className={`text-xl font-semibold tabular-nums ${isBad && count > 0 ? 'text-danger' : ''}`}>
          {value.meta.next_page_url ? <span title={words.moreThanAbout(count)}>{words.moreThan(count)}</span> : count}
        </p>
      ) : error ? (
        <p className="text-sm text-danger">{words.unknown}</p>
      ) : (
        <Skeleton className="h-7 w-10" />
      )}
    </li>
  )
}

function LastDeliveries({ service }: { service: string }) {
  const { value, error, reload } = useResource<{ deliveries: WebhookDeliveryResource[] }>(
    `/v1/Services/${service}/Webhooks/Deliveries?PageSize=6`,
  )
  return (
    <Latest
      title={words.lastDeliveries}
      to={paths.deliveries(service)}
      error={error}
      onRetry={reload}
      rows={value?.deliveries}
      none={texts.deliveries.empty}
    >
      {({ sid, event_type, state, target_url, date_created }) => (
        <li key={sid} className="relative flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 hover:bg-hover">
          <Link to={paths.delivery(service, sid)} className="rounded font-medium text-accent after:absolute after:inset-0">
            {event_type}
          </Link>
          <DeliveryState state={state} />
          <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted">{target_url}</span>
          <span className="text-muted">
            <Moment at={date_created} />
          </span>
        </li>
      )}
    </Latest>
  )
}

function DeadJobs() {
  const { value, error, reload } = useResource<{ jobs: JobResource[] }>('/v1/Jobs?State=dead&PageSize=5')
  return (
    <Latest title={words.deadJobs} to={paths.jobs} error={error} onRetry={reload} rows={value?.jobs} none={texts.jobs.noneDead}>
      {({ sid, kind, last_error, date_updated }) => (
        <li key={sid} className="relative flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 hover:bg-hover">
          <Link to={paths.job(sid)} className="rounded font-medium text-accent after:absolute after:inset-0">
            {kind}
          </Link>
          <span className="min-w-0 flex-1 truncate text-danger">{last_error}</span>
          <span className="text-muted">
            <Moment at={date_updated} />
          </span>
        </li>
      )}
    </Latest>
  )
}

function Latest<T>({
  title,
  to,
  rows,
  error,
  onRetry,
  none,
  children,
}: {
  title: string
  to: string
  rows: readonly T[] | undefined
  error: Error | undefined
  onRetry(): void
  none: string
  children(row: T): ReactNode
}) {
  const all = (
    <Link to={to} className="rounded text-sm font-medium text-accent hover:underline" aria-label={words.allOf(title)}>
      {words.all}
    </Link>
  )
  return (
    <Card flush title={title} actions={all}>
      {error ? (
        <div className="p-4">
          <Problem error={error} onRetry={onRetry} />
        </div>
      ) : rows === undefined ? (
        <div className="p-4">
          <Skeleton className="h-5 w-1/2" />
        </div>
      ) : rows.length === 0 ? (
        <p className="flex items-center gap-2 p-4 text-muted">
          <CircleCheck size={16} aria-hidden className="text-ok" />
          {none}
        </p>
      ) : (
        <ul className="divide-y divide-line text-sm">{rows.map(children)}</ul>
      )}
    </Card>
  )
}
