import { type JobResource, jobStates } from '@parley/protocol'
import { ListTodo, RotateCcw } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { useAddress } from '../address.ts'
import { Dash } from '../parts/dash.tsx'
import { ChoiceFilter, Filters } from '../parts/filters.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { RowLink, Table } from '../parts/table.tsx'
import { paths } from '../paths.ts'
import { useList } from '../rest/use-list.ts'
import { texts } from '../texts/texts.ts'

const words = texts.jobs

/** Work that was given up, or that waits. */
export function JobList() {
  const { query } = useAddress()
  const list = useList<JobResource>('/v1/Jobs', 'jobs', ['state'])
  const isDead = (query.get('state') || 'dead') === 'dead'
  const refresh = (
    <Button icon={RotateCcw} onClick={list.reload}>
      {texts.refresh}
    </Button>
  )
  return (
    <Page title={words.title} about={words.about} actions={refresh}>
      <Filters>
        <ChoiceFilter
          name="state"
          label={words.state}
          all={words.states.dead}
          choices={jobStates.filter((state) => state !== 'dead').map((state) => [state, words.states[state]])}
        />
      </Filters>
      <Table
        label={words.title}
        list={{ ...list, isFiltered: false }}
        keyOf={({ sid }) => sid}
        empty={{ icon: ListTodo, title: isDead ? words.noneDead : words.noneWaiting, about: isDead ? words.noneDeadAbout : undefined }}
        columns={[
          { label: words.kind, always: true, show: ({ sid, kind }) => <RowLink to={paths.job(sid)}>{kind}</RowLink> },
          { label: words.attempts, always: true, isFigure: true, show: ({ attempts }) => attempts },
          {
            label: words.lastError,
            always: true,
            show: ({ last_error }) => (last_error === null ? <Dash /> : <span className="line-clamp-2">{last_error}</span>),
          },
          { label: words.runAt, show: ({ run_at }) => <Moment at={run_at} /> },
          { label: texts.created, show: ({ date_created }) => <Moment at={date_created} /> },
        ]}
      />
    </Page>
  )
}
