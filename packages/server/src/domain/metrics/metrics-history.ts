import type { MetricsPoint } from '@parley/protocol'
import type { Clock } from '../../base/clock.ts'
import { vitals } from '../../base/vitals.ts'
import type { Store } from '../../storage/store.ts'

/** A point as it is kept: `date` in milliseconds since 1970. */
export type Measured = Omit<MetricsPoint, 'date'> & { date: number }

/** What the history is made of, beside the vitals of the process. */
export interface MetricsSources {
  store: Store
  pacing: Clock
  connections: { readonly size: number }
}

/** Between two points, and how long one is kept, in milliseconds. */
export const metricsInterval = 10_000
const keptFor = 3_600_000
/** Jobs are not counted further: who asks how it goes must not cost more the worse it goes. */
const mostJobs = 10_000

/** How this node was in the last hour, in memory: it starts anew with the process. Others keep more of it, from `/metrics`. */
export class MetricsHistory {
  readonly #points: Measured[] = []
  readonly #sources: MetricsSources
  readonly started: number
  #messages = 0
  #takenAt: number

  constructor(sources: MetricsSources) {
    this.#sources = sources
    this.started = sources.pacing.now()
    this.#takenAt = this.started
    sources.store.onCommit((changes) => {
      for (const { object, kind } of changes) if (object === 'messages' && kind === 'added') this.#messages++
    })
  }

  /** Takes the next point. */
  async record(): Promise<void> {
    const { store, pacing } = this.#sources
    const jobs = await store.read.jobs.counts(mostJobs)
    const now = pacing.now()
    const point = this.#measure(now, Math.max(1, now - this.#takenAt) / 1_000, jobs)
    this.#takenAt = now
    this.#points.push(point)
    while ((this.#points[0] as Measured).date <= now - keptFor) this.#points.shift()
  }

  /** The newest point; taken now when there is none yet. */
  async now(): Promise<Measured> {
    if (this.#points.length === 0) await this.record()
    return this.#points.at(-1) as Measured
  }

  /** Points after an instant, oldest first. */
  after(instant: number): Measured[] {
    return this.#points.filter(({ date }) => date > instant)
  }

  #measure(date: number, seconds: number, jobs: { waiting: number; dead: number }): Measured {
    const perSecond = (count: number) => Number((count / seconds).toFixed(2))
    const { rss, heapUsed } = process.memoryUsage()
    const [commits, webhooks] = [vitals.commits.take(), vitals.webhooks.take()]
    const messages = this.#messages
    this.#messages = 0
    return {
      date,
      connections: this.#sources.connections.size,
      messages_per_second: perSecond(messages),
      deliveries_per_second: perSecond(vitals.deliveries.take()),
      requests_succeeded_per_second: perSecond(vitals.requestsSucceeded.take()),
      requests_refused_per_second: perSecond(vitals.requestsRefused.take()),
      requests_failed_per_second: perSecond(vitals.requestsFailed.take()),
      commits_per_second: perSecond(commits.count),
      commit_p99_milliseconds: commits.p99,
      jobs_waiting: jobs.waiting,
      jobs_dead: jobs.dead,
      webhooks_delivered_per_second: perSecond(vitals.webhooksDelivered.take()),
      webhooks_retried_per_second: perSecond(vitals.webhooksRetried.take()),
      webhooks_failed_per_second: perSecond(vitals.webhooksFailed.take()),
      webhook_p99_milliseconds: webhooks.p99,
      event_loop_p99_milliseconds: vitals.lateness.take(),
      memory_rss_bytes: rss,
      memory_heap_bytes: heapUsed,
    }
  }
}
