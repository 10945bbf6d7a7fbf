import type { MetricsPoint, MetricsResource } from '@parley/protocol'
import { useEffect, useState } from 'react'
import { read, withQuery } from '../rest/rest.ts'

/** As many as the server keeps. */
const kept = 360

export interface Metrics {
  /** Nothing before the first answer. */
  value: MetricsResource | undefined
  /** Why the last question was not answered; what was told before stays. */
  error: unknown
}

/** The metrics of the node, from then on: each question asks only for what is new. */
export function useMetrics(): Metrics & { retry(): void } {
  const [metrics, setMetrics] = useState<Metrics>({ value: undefined, error: null })
  const [round, setRound] = useState(0)

  useEffect(() => {
    void round
    let known: MetricsResource | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const aborting = new AbortController()

    const ask = async () => {
      clearTimeout(timer)
      try {
        const told = await read<MetricsResource>(withQuery('/v1/Metrics', { since: known?.points.at(-1)?.date }), aborting.signal)
        known = { ...told, points: joined(known, told) }
        setMetrics({ value: known, error: null })
      } catch (error) {
        if (aborting.signal.aborted) return
        setMetrics({ value: known, error })
      }
      timer = setTimeout(look, (known?.interval_seconds ?? 10) * 1_000)
    }
    // Nobody is asked for a page that nobody sees.
    const look = () => document.visibilityState === 'visible' && void ask()
    document.addEventListener('visibilitychange', look)
    void ask()
    return () => {
      aborting.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [round])

  return { ...metrics, retry: () => setRound((before) => before + 1) }
}

/** A node that started anew, or another one, has a history of its own. */
function joined(known: MetricsResource | undefined, told: MetricsResource): MetricsPoint[] {
  const isSame = known?.node_sid === told.node_sid
  return isSame ? [...known.points, ...told.points].slice(-kept) : told.points
}
