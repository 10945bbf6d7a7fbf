import type { ConnectionResource } from '@parley/protocol'
import { Unplug } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Link } from '../../ui/link.tsx'
import { goTo } from '../../ui/navigation.ts'
import { Sid } from '../parts/copyable.tsx'
import { Moment } from '../parts/moment.tsx'
import { Card, Facts, Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { paths } from '../paths.ts'
import { Refusal } from '../rest/rest.ts'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'
import { EndConnection } from './end-connection.tsx'
import { sdkOf } from './sdk.ts'
import { useFresh } from './use-fresh.ts'

const words = texts.connections

/** One connection, as long as it lasts. */
export function Connection({ sid }: { sid: string }) {
  const { value, error, reload } = useResource<ConnectionResource>(`/v1/Connections/${sid}`)
  const [isEnding, setEnding] = useState(false)
  const isGone = error instanceof Refusal && error.status === 404
  useFresh(() => !isGone && reload())

  const actions = value && (
    <Button look="danger" icon={Unplug} onClick={() => setEnding(true)}>
      {words.end}
    </Button>
  )
  return (
    <Page title={value?.identity ?? words.one} sid={sid} above={[{ label: words.title, to: paths.connections }]} actions={actions}>
      {isGone ? <p role="status">{words.gone}</p> : error && <Problem error={error} onRetry={reload} />}
      {value && (
        <Card title={words.what}>
          <Facts facts={factsOf(value)} />
        </Card>
      )}
      {value && isEnding && <EndConnection connection={value} onEnded={() => goTo(paths.connections)} onClose={() => setEnding(false)} />}
    </Page>
  )
}

const factsOf = (connection: ConnectionResource) =>
  [
    [
      words.user,
      <Link key="" to={paths.user(connection.chat_service_sid, connection.user_sid)} className="rounded text-accent hover:underline">
        {connection.identity}
      </Link>,
    ],
    [words.service, <Sid key="" sid={connection.chat_service_sid} />],
    [words.sdk, sdkOf(connection)],
    [words.environment, connection.environment],
    [words.capabilities, connection.capabilities.join(', ')],
    [words.since, <Moment key="" at={connection.date_created} />],
    [words.active, <Moment key="" at={connection.date_active} />],
    [words.watches, words.objects(connection.subscriptions)],
    [words.waiting, words.bytes(connection.bytes_waiting)],
    [words.address, <code key="">{connection.address}</code>],
    [words.key, <Sid key="" sid={connection.key_sid} />],
    [words.expires, <Moment key="" at={connection.date_token_expires} />],
    [words.node, <code key="">{connection.node_sid}</code>],
  ] as const
