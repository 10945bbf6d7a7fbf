import { type Static, Type } from '@sinclair/typebox'
import { DateTime, nullable } from './values.ts'

/** What a node measured about itself in one interval that ended at `date`. */
export const MetricsPoint = Type.Object({
  date: DateTime,
  connections: Type.Integer(),
  messages_per_second: Type.Number(),
  /** Events that went to connections. */
  deliveries_per_second: Type.Number(),
  /** REST requests by what came of them: 2xx and 3xx, 4xx, 5xx. */
  requests_succeeded_per_second: Type.Number(),
  requests_refused_per_second: Type.Number(),
  requests_failed_per_second: Type.Number(),
  commits_per_second: Type.Number(),
  /** How long 99 of 100 commits took at the most; null when there was none. */
  commit_p99_milliseconds: nullable(Type.Number()),
  /** Jobs of all accounts, counted up to 10,000. */
  jobs_waiting: Type.Integer(),
  jobs_dead: Type.Integer(),
  /** Attempts of webhooks by what came of them. */
  webhooks_delivered_per_second: Type.Number(),
  webhooks_retried_per_second: Type.Number(),
  webhooks_failed_per_second: Type.Number(),
  webhook_p99_milliseconds: nullable(Type.Number()),
  /** How long work waited for the process to have time. */
  event_loop_p99_milliseconds: Type.Number(),
  memory_rss_bytes: Type.Integer(),
  memory_heap_bytes: Type.Integer(),
})
export type MetricsPoint = Static<typeof MetricsPoint>

/** How a node is, and how it was in the last hour (no resource of the original). */
export const MetricsResource = Type.Object({
  node_sid: Type.String(),
  date_started: DateTime,
  interval_seconds: Type.Integer(),
  now: MetricsPoint,
  /** Oldest first. */
  points: Type.Array(MetricsPoint),
})
export type MetricsResource = Static<typeof MetricsResource>
