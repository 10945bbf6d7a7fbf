import { FetchMetrics, MetricsResource, SettingsResource } from '@parley/protocol'
import { assertMaster, assertOperator } from '../domain/accounts/assert-operator.ts'
import type { Context } from '../domain/context.ts'
import { metricsInterval } from '../domain/metrics/metrics-history.ts'
import { toDateTime } from './resources/dates.ts'
import { toMetricsPoint, toSetting } from './resources/installation.ts'
import { fetching, ofAccount, querying } from './routes.ts'

/** What concerns the whole installation: its settings, and how it is. The original has nothing like it. */
export const installationRoutes = ({ settings, metrics, connections }: Context) =>
  ofAccount(
    fetching('/Settings', SettingsResource, async (call) => {
      assertMaster(call)
      return { settings: settings.map(toSetting) }
    }),

    querying('/Metrics', FetchMetrics, MetricsResource, async (call) => {
      assertOperator(call)
      const now = await metrics.now()
      return {
        node_sid: connections.node_sid,
        date_started: toDateTime(metrics.started),
        interval_seconds: metricsInterval / 1_000,
        now: toMetricsPoint(now),
        // Dates are told in whole seconds: what was told must not be told again.
        points: metrics.after(call.params.since === undefined ? 0 : call.params.since + 999).map(toMetricsPoint),
      }
    }),
  )
