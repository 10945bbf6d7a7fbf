/** The value below which a share of the samples lies. `sorted` must be ascending; NaN if it is empty. */
function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

/** Percentiles of latencies, in their unit. */
export interface Summary {
  p50: number
  p99: number
}

export function summarise(samples: readonly number[]): Summary {
  const sorted = Float64Array.from(samples).sort()
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) }
}

export function median(values: readonly number[]): number {
  return summarise(values).p50
}

/**
 * One summary of several: their medians. A hiccup of the machine spoils one part of a run and not its figure, while what the server
 * does regularly is in every part.
 */
export function medianSummary(summaries: readonly Summary[]): Summary {
  return { p50: median(summaries.map(({ p50 }) => p50)), p99: median(summaries.map(({ p99 }) => p99)) }
}
