import type { MetricsPoint } from '@parley/protocol'
import { type PointerEvent, useId, useState } from 'react'
import { classNames } from '../../ui/class-names.ts'
import { texts } from '../texts/texts.ts'
import { ChartTable } from './chart-table.tsx'
import type { ChartOf, Look, Series } from './charts.ts'
import { clock } from './clock.ts'
import { height, nearest, type Plot, plot, width } from './plot.ts'

const words = texts.metrics

/** What a chart shows, in milliseconds: as much as there is, and no less and no more than this. */
const [shortest, longest] = [600_000, 3_600_000]

const colours: Record<Look, string> = { accent: 'text-accent', ok: 'text-ok', warning: 'text-warning', danger: 'text-danger' }
/** Lines differ by more than their colours. */
const dashes: Record<Look, string | undefined> = { accent: undefined, ok: '7 4', warning: '7 4', danger: '2 3' }

/** Figures over the last hour, as lines; and, for who cannot see them or wants to know exactly, as words and as a table. */
export function Chart({ of, points }: { of: ChartOf; points: readonly MetricsPoint[] }) {
  const id = useId()
  const [pointed, setPointed] = useState<number | null>(null)
  const times = points.map(({ date }) => Date.parse(date))
  const highest = Math.max(0, ...of.series.flatMap(({ figure }) => points.map((point) => point[figure] ?? 0)))
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const span = Math.min(longest, Math.max(shortest, last - first))
  const laid = plot(times, span, highest)
  const shown = pointed !== null && pointed < points.length ? pointed : points.length - 1
  const point = points[shown]

  const follow = ({ clientX, currentTarget }: PointerEvent) => {
    const { left, width: across } = currentTarget.getBoundingClientRect()
    setPointed(nearest(times, span, (clientX - left) / across))
  }
  return (
    <figure aria-labelledby={`${id}-title`} className="flex min-w-0 flex-col gap-2 rounded-xl border border-line bg-raised p-4">
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-3">
        <div>
          <h2 id={`${id}-title`} className="font-semibold">
            {of.title}
          </h2>
          <p className="text-sm text-muted">{of.about}</p>
        </div>
        <p className="text-sm text-muted tabular-nums">{pointed !== null && point ? clock(point.date) : words.now}</p>
      </figcaption>
      <ul className="flex flex-wrap gap-x-4 gap-y-1">
        {of.series.map((series) => (
          <li key={series.figure} className="flex items-center gap-1.5">
            {of.series.length > 1 && <Swatch look={series.look} />}
            {of.series.length > 1 && <span className="text-sm text-muted">{series.name}</span>}
            <span className="font-medium tabular-nums">{textOf(point, series, of)}</span>
          </li>
        ))}
      </ul>
      <div className="flex gap-2">
        <div className="min-w-0 flex-1">
          <svg
            role="img"
            aria-label={of.title}
            aria-describedby={`${id}-description`}
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            className="block h-28 w-full overflow-visible"
            onPointerMove={follow}
            onPointerLeave={() => setPointed(null)}
          >
            <desc id={`${id}-description`}>{describe(of, points)}</desc>
            <Grid />
            {of.series.map((series) => (
              <Line key={series.figure} series={series} points={points} laid={laid} isFilled={of.series.length === 1} />
            ))}
            {pointed !== null && point && (
              <path
                d={`M${laid.x(times[shown] as number)} 0V${height}`}
                className="text-muted"
                stroke="currentColor"
                vectorEffect="non-scaling-stroke"
              />
            )}
          </svg>
          <p aria-hidden className="mt-1 flex justify-between text-xs text-muted tabular-nums">
            <span>{last > 0 && clock(new Date(last - span).toISOString())}</span>
            <span>{last > 0 && clock(new Date(last).toISOString())}</span>
          </p>
        </div>
        <p aria-hidden className="flex h-28 flex-col justify-between text-xs text-muted tabular-nums">
          <span className="-mt-2">{of.show(laid.top)}</span>
          <span className="-mb-2">{of.show(0)}</span>
        </p>
      </div>
      <ChartTable of={of} points={points} />
    </figure>
  )
}

const Swatch = ({ look }: { look: Look }) => (
  <svg aria-hidden width={20} height={8} className={colours[look]}>
    <path d="M0 4H20" stroke="currentColor" strokeWidth={2} strokeDasharray={dashes[look]} />
  </svg>
)

const Grid = () => (
  <g aria-hidden className="text-line" stroke="currentColor">
    {[0, height / 2, height].map((at) => (
      <path key={at} d={`M0 ${at}H${width}`} vectorEffect="non-scaling-stroke" />
    ))}
  </g>
)

interface LineProps {
  series: Series
  points: readonly MetricsPoint[]
  laid: Plot
  isFilled: boolean
}

function Line({ series: { figure, look }, points, laid, isFilled }: LineProps) {
  const values = points.map((point) => point[figure])
  const path = laid.line(values)
  const first = points[0]
  // Below a line with gaps there is no area.
  const isWhole = isFilled && first !== undefined && values.every((value) => value !== null)
  return (
    <g aria-hidden className={classNames(colours[look])}>
      {isWhole && <path d={`${path}V${height}H${laid.x(Date.parse(first.date))}Z`} fill="currentColor" opacity={0.12} />}
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.75}
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeDasharray={dashes[look]}
        vectorEffect="non-scaling-stroke"
      />
    </g>
  )
}

function textOf(point: MetricsPoint | undefined, { figure }: Series, { show }: ChartOf): string {
  const value = point?.[figure] ?? null
  return value === null ? '–' : show(value)
}

/** What the lines show, in words. */
function describe({ series, show }: ChartOf, points: readonly MetricsPoint[]): string {
  const sentences = series.map(({ figure, name }) => {
    const values = points.map((point) => point[figure]).filter((value) => value !== null)
    if (values.length === 0) return `${name}: ${words.nothing}`
    return words.describe(name, show(Math.min(...values)), show(Math.max(...values)), show(values.at(-1) as number))
  })
  return `${sentences.join('. ')}.`
}
