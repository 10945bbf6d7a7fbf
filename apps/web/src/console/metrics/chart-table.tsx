import type { MetricsPoint } from '@parley/protocol'
import { useState } from 'react'
import { texts } from '../texts/texts.ts'
import type { ChartOf } from './charts.ts'
import { clock } from './clock.ts'

const words = texts.metrics

/** The same figures as a table, the newest first. It is made when somebody opens it. */
export function ChartTable({ of, points }: { of: ChartOf; points: readonly MetricsPoint[] }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="w-fit rounded text-sm text-accent hover:underline">{words.showTable}</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        <section tabIndex={0} aria-label={words.table(of.title)} className="mt-2 max-h-64 overflow-auto rounded-control border border-line">
          <table aria-label={words.table(of.title)} className="w-full text-start text-sm tabular-nums">
            <thead className="sticky top-0 bg-surface text-muted">
              <tr>
                <th scope="col" className="px-3 py-1.5 text-start font-medium">
                  {words.time}
                </th>
                {of.series.map(({ figure, name }) => (
                  <th key={figure} scope="col" className="px-3 py-1.5 text-end font-medium">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map((point) => (
                <tr key={point.date} className="border-t border-line">
                  <th scope="row" className="px-3 py-1 text-start font-normal">
                    <time dateTime={point.date}>{clock(point.date)}</time>
                  </th>
                  {of.series.map(({ figure }) => {
                    const value = point[figure]
                    return (
                      <td key={figure} className="px-3 py-1 text-end">
                        {value === null ? '–' : of.show(value)}
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  )
}
