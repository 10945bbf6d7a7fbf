import type { WebhookDeliveryResource, WebhookDeliveryWithAttempts } from '@parley/protocol'
import { RotateCcw, Send } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Link } from '../../ui/link.tsx'
import { useServiceName } from '../frame/current-service.ts'
import { tell } from '../frame/notice.tsx'
import { Json } from '../parts/json.tsx'
import { durationOf, Moment } from '../parts/moment.tsx'
import { Badge, Card, Facts, Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { Resource } from '../parts/resource.tsx'
import { paths } from '../paths.ts'
import { post } from '../rest/rest.ts'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'
import { DeliveryState } from './state.tsx'

const words = texts.deliveries
type Attempt = WebhookDeliveryWithAttempts['attempt_log'][number]

/** One delivery in full: what was asked, and what came of each attempt. */
export function Delivery({ service, sid }: { service: string; sid: string }) {
  const path = `/v1/Services/${service}/Webhooks/Deliveries/${sid}`
  const delivery = useResource<WebhookDeliveryWithAttempts>(path)
  const serviceName = useServiceName(service)
  const [problem, setProblem] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const replay = async () => {
    setBusy(true)
    setProblem(null)
    try {
      await post<WebhookDeliveryResource>(`${path}/Replay`)
      tell(words.replayed(1))
      delivery.reload()
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  const { value } = delivery
  const actions = value && (
    <>
      <Button icon={RotateCcw} onClick={delivery.reload}>
        {texts.refresh}
      </Button>
      {value.phase === 'post' && (
        <Button look="primary" icon={Send} disabled={isBusy || value.state === 'waiting'} onClick={() => void replay()}>
          {words.replay}
        </Button>
      )}
    </>
  )
  return (
    <Page
      title={value?.event_type ?? words.one}
      sid={value?.sid}
      about={value && <DeliveryState state={value.state} />}
      above={[
        { label: serviceName, to: paths.conversations(service) },
        { label: words.title, to: paths.deliveries(service) },
      ]}
      actions={actions}
    >
      {problem !== null && <Problem error={problem} />}
      <Resource of={delivery}>
        {(value) => (
          <>
            <Card title={words.what}>
              <Facts
                facts={[
                  [words.receiver, <code key="" className="font-mono text-xs">{`${value.method} ${value.target_url}`}</code>],
                  [words.level, `${words.levels[value.level]} · ${words.phases[value.phase]}`],
                  [
                    texts.conversations.one,
                    value.conversation_sid && (
                      <Link
                        to={paths.conversation(service, value.conversation_sid)}
                        className="rounded font-mono text-xs text-accent hover:underline"
                      >
                        {value.conversation_sid}
                      </Link>
                    ),
                  ],
                  [words.attempts, value.attempts],
                  [words.lastError, value.last_error],
                  [
                    words.idempotency,
                    <code key="" className="font-mono text-xs">
                      {value.idempotency_token}
                    </code>,
                  ],
                  [texts.created, <Moment key="" at={value.date_created} />],
                  [words.attempted, <Moment key="" at={value.date_attempted} />],
                ]}
              />
            </Card>
            <Card title={words.parameters} about={words.parametersAbout}>
              <Facts
                facts={Object.entries(value.parameters).map(([name, text]) => [
                  name,
                  <span key="" className="font-mono text-xs whitespace-pre-wrap">
                    {text}
                  </span>,
                ])}
              />
            </Card>
            <h2 className="-mb-2 text-lg font-semibold">{words.attempts}</h2>
            {value.attempt_log.length === 0 && <p className="text-muted">{words.noAttempts}</p>}
            {value.attempt_log
              .map((attempt, at) => (
                <AttemptCard key={`${attempt.date_started}-${attempt.retry_count}`} attempt={attempt} number={at + 1} />
              ))
              .reverse()}
          </>
        )}
      </Resource>
    </Page>
  )
}

function AttemptCard({ attempt, number }: { attempt: Attempt; number: number }) {
  const { response_status, error, duration } = attempt
  const isGood = response_status !== null && response_status < 400
  return (
    <Card
      title={words.attempt(number)}
      actions={
        <span className="flex flex-wrap items-center gap-2 text-sm">
          <Badge tone={isGood ? 'ok' : 'danger'}>{response_status ?? words.noAnswer}</Badge>
          <span className="text-muted">
            <Moment at={attempt.date_started} /> · {durationOf(duration)}
          </span>
        </span>
      }
    >
      <div className="flex flex-col gap-4">
        {error && <p className="text-danger">{error}</p>}
        <div className="grid gap-4 lg:grid-cols-2">
          <Headers title={words.request} headers={attempt.request_headers} />
          <Headers title={words.answer} headers={attempt.response_headers} />
        </div>
        {attempt.response_body && <Json label={words.body(number)} text={attempt.response_body} />}
      </div>
    </Card>
  )
}

function Headers({ title, headers }: { title: string; headers: Record<string, string> | null }) {
  return (
    <section className="min-w-0">
      <h3 className="pb-1 text-sm font-medium">{title}</h3>
      {headers === null ? (
        <p className="text-sm text-muted">{words.noAnswer}</p>
      ) : (
        <dl className="flex flex-col gap-0.5 font-mono text-xs">
          {Object.entries(headers).map(([name, value]) => (
            <div key={name} className="flex flex-wrap gap-x-2">
              <dt className="text-muted">{name}:</dt>
              <dd className="min-w-0">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}
