import type { JobResource } from '@parley/protocol'
import { Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { goTo } from '../../ui/navigation.ts'
import { tell } from '../frame/notice.tsx'
import { Confirm } from '../parts/dialogs.tsx'
import { Json } from '../parts/json.tsx'
import { Moment } from '../parts/moment.tsx'
import { Badge, Card, Facts, Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { Resource } from '../parts/resource.tsx'
import { paths } from '../paths.ts'
import { post, remove } from '../rest/rest.ts'
import { useResource } from '../rest/use-resource.ts'
import { texts } from '../texts/texts.ts'

const words = texts.jobs

/** One job: what is to be done, why it was given up, another try, and its end. */
export function Job({ sid }: { sid: string }) {
  const path = `/v1/Jobs/${sid}`
  const job = useResource<JobResource>(path)
  const [problem, setProblem] = useState<unknown>(null)
  const [isDropping, setDropping] = useState(false)
  const { value } = job

  const run = async () => {
    setProblem(null)
    try {
      job.replace(await post<JobResource>(`${path}/Run`))
      tell(words.runs)
    } catch (error) {
      setProblem(error)
    }
  }
  const actions = value && (
    <>
      {value.state === 'dead' && (
        <Button look="primary" icon={Play} onClick={() => void run()}>
          {words.run}
        </Button>
      )}
      <Button look="danger" icon={Trash2} onClick={() => setDropping(true)}>
        {words.drop}
      </Button>
    </>
  )
  return (
    <Page
      title={value?.kind ?? words.one}
      sid={value?.sid}
      about={value && <Badge tone={value.state === 'dead' ? 'danger' : 'accent'}>{words.states[value.state]}</Badge>}
      above={[{ label: words.title, to: paths.jobs }]}
      actions={actions}
    >
      {problem !== null && <Problem error={problem} />}
      <Resource of={job}>
        {({ attempts, last_error, run_at, date_created, date_updated, payload }) => (
          <>
            <Card title={words.what}>
              <Facts
                facts={[
                  [words.attempts, attempts],
                  [words.lastError, last_error],
                  [words.runAt, <Moment key="" at={run_at} />],
                  [texts.created, <Moment key="" at={date_created} />],
                  [texts.updated, <Moment key="" at={date_updated} />],
                ]}
              />
            </Card>
            <Card title={words.payload}>
              <Json label={words.payload} text={payload} />
            </Card>
          </>
        )}
      </Resource>
      {isDropping && (
        <Confirm
          title={words.dropTitle}
          about={words.dropAbout}
          action={words.dropAction}
          onClose={() => setDropping(false)}
          onSubmit={async () => {
            await remove(path)
            tell(words.dropped)
            goTo(paths.jobs)
          }}
        />
      )}
    </Page>
  )
}
