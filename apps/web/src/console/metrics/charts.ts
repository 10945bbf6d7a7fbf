import type { MetricsPoint } from '@parley/protocol'
import { durationOf } from '../parts/moment.tsx'
import { texts } from '../texts/texts.ts'

const { figures, abouts, series: names, perSecond } = texts.metrics

type Figure = Exclude<keyof MetricsPoint, 'date'>
export type Look = 'accent' | 'ok' | 'warning' | 'danger'

/** One line of a chart. */
export interface Series {
  figure: Figure
  name: string
  look: Look
}

/** What is measured together: figures of one unit over the last hour. */
export interface ChartOf {
  title: string
  about: string
  series: readonly [Series, ...Series[]]
  /** A value in words. */
  show(value: number): string
}

const { languages } = navigator
const plain = new Intl.NumberFormat(languages, { maximumFractionDigits: 1 })
const megabytes = new Intl.NumberFormat(languages, { maximumFractionDigits: 0 })

const amount = (value: number) => plain.format(value)
const rate = (value: number) => `${plain.format(value)}${perSecond}`
const bytes = (value: number) => `${megabytes.format(value / 1_048_576)} MiB`
const one = (figure: Figure, name: string): [Series] => [{ figure, name, look: 'accent' }]

/** Every chart, in the order in which an operator looks. */
export const charts: readonly ChartOf[] = [
  { title: figures.connections, about: abouts.connections, series: one('connections', figures.connections), show: amount },
  { title: figures.messages, about: abouts.messages, series: one('messages_per_second', figures.messages), show: rate },
  { title: figures.deliveries, about: abouts.deliveries, series: one('deliveries_per_second', figures.deliveries), show: rate },
  {
    title: figures.requests,
    about: abouts.requests,
    series: [
      { figure: 'requests_succeeded_per_second', name: names.succeeded, look: 'accent' },
      { figure: 'requests_refused_per_second', name: names.refused, look: 'warning' },
      { figure: 'requests_failed_per_second', name: names.failed, look: 'danger' },
    ],
    show: rate,
  },
  { title: figures.commits, about: abouts.commits, series: one('commit_p99_milliseconds', figures.commits), show: durationOf },
  {
    title: figures.jobs,
    about: abouts.jobs,
    series: [
      { figure: 'jobs_waiting', name: names.waiting, look: 'accent' },
      { figure: 'jobs_dead', name: names.dead, look: 'danger' },
    ],
    show: amount,
  },
  {
    title: figures.webhooks,
    about: abouts.webhooks,
    series: [
      { figure: 'webhooks_delivered_per_second', name: names.delivered, look: 'accent' },
      { figure: 'webhooks_retried_per_second', name: names.retried, look: 'warning' },
      { figure: 'webhooks_failed_per_second', name: names.givenUp, look: 'danger' },
    ],
    show: rate,
  },
  { title: figures.webhookTime, about: abouts.webhookTime, series: one('webhook_p99_milliseconds', figures.webhookTime), show: durationOf },
  { title: figures.lag, about: abouts.lag, series: one('event_loop_p99_milliseconds', figures.lag), show: durationOf },
  {
    title: figures.memory,
    about: abouts.memory,
    series: [
      { figure: 'memory_rss_bytes', name: names.rss, look: 'accent' },
      { figure: 'memory_heap_bytes', name: names.heap, look: 'ok' },
    ],
    show: bytes,
  },
]

/** What is told at a glance: the figures, and whether one of them asks to be looked after. */
export const glances: readonly { title: string; show(point: MetricsPoint): string; isBad?(point: MetricsPoint): boolean }[] = [
  { title: figures.connections, show: ({ connections }) => amount(connections) },
  { title: figures.messages, show: ({ messages_per_second }) => rate(messages_per_second) },
  {
    title: figures.requests,
    show: (point) => rate(point.requests_succeeded_per_second + point.requests_refused_per_second + point.requests_failed_per_second),
    isBad: ({ requests_failed_per_second }) => requests_failed_per_second > 0,
  },
  {
    title: figures.commits,
    show: ({ commit_p99_milliseconds }) => (commit_p99_milliseconds === null ? '–' : durationOf(commit_p99_milliseconds)),
  },
  { title: figures.jobs, show: ({ jobs_waiting }) => amount(jobs_waiting) },
  { title: figures.dead, show: ({ jobs_dead }) => amount(jobs_dead), isBad: ({ jobs_dead }) => jobs_dead > 0 },
  { title: figures.lag, show: ({ event_loop_p99_milliseconds }) => durationOf(event_loop_p99_milliseconds) },
  { title: figures.memory, show: ({ memory_rss_bytes }) => bytes(memory_rss_bytes) },
]
