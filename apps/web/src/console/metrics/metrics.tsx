import { classNames } from '../../ui/class-names.ts'
import { NodeName } from '../connections/node-name.tsx'
import { Moment } from '../parts/moment.tsx'
import { Page } from '../parts/page.tsx'
import { Problem } from '../parts/problem.tsx'
import { LoadingRows } from '../parts/table.tsx'
import { texts } from '../texts/texts.ts'
import { Chart } from './chart.tsx'
import { charts, glances } from './charts.ts'
import { useMetrics } from './use-metrics.ts'

const words = texts.metrics

/** How the node is, and was in the last hour. */
export function Metrics() {
  const { value, error, retry } = useMetrics()
  return (
    <Page title={words.title} about={words.about}>
      {error !== null && (
        <>
          {value && <p role="status">{words.stale}</p>}
          <Problem error={error} onRetry={retry} />
        </>
      )}
      {!value && error === null && <LoadingRows />}
      {value && (
        <>
          <section aria-label={words.now}>
            <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
              {glances.map(({ title, show, isBad }) => (
                <div key={title} className="flex flex-col-reverse rounded-xl border border-line bg-raised px-4 py-3">
                  <dt className="text-sm text-muted">{title}</dt>
                  <dd className={classNames('text-xl font-semibold tabular-nums', isBad?.(value.now) && 'text-danger')}>
                    {show(value.now)}
                  </dd>
                </div>
              ))}
            </dl>
            <p className="mt-2 text-sm text-muted">
              {words.node} <NodeName sid={value.node_sid} /> · {words.started} <Moment at={value.date_started} />
            </p>
          </section>
          <section aria-label={words.charts} className="grid items-start gap-4 min-[900px]:grid-cols-2">
            {charts.map((chart) => (
              <Chart key={chart.title} of={chart} points={value.points} />
            ))}
          </section>
        </>
      )}
    </Page>
  )
}
