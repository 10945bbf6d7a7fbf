const bucketLine = /^parley_http_request_seconds_bucket\{le="([^"]+)",.*\} (\d+)$/gm

/** How many requests a server has answered within so many seconds, by its own account: cumulative, in ascending order, the last for all. */
type RequestTimes = readonly { seconds: number; requests: number }[]

/** Reads them from a server's metrics; nothing from a server that has none. */
export async function requestTimes(url: URL): Promise<RequestTimes> {
  const text = await (await fetch(new URL('/metrics', url))).text()
  const sums = new Map<number, number>()
  for (const [, bound = '', requests] of text.matchAll(bucketLine)) {
    const seconds = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound)
    sums.set(seconds, (sums.get(seconds) ?? 0) + Number(requests))
  }
  return [...sums].map(([seconds, requests]) => ({ seconds, requests })).sort((a, b) => a.seconds - b.seconds)
}

/**
 * The time within which half of the requests between two readings were answered, in milliseconds: between the bounds of its bucket as if requests
 * were spread evenly there, as Prometheus does. `undefined` when there were none.
 */
export function medianBetween(before: RequestTimes, after: RequestTimes): number | undefined {
  const known = new Map(before.map(({ seconds, requests }) => [seconds, requests]))
  const between = after.map(({ seconds, requests }) => ({ seconds, requests: requests - (known.get(seconds) ?? 0) }))
  const half = (between.at(-1)?.requests ?? 0) / 2
  const at = between.findIndex(({ requests }) => half > 0 && requests >= half)
  const bucket = between[at]
  if (!bucket) return undefined
  const below = between[at - 1] ?? { seconds: 0, requests: 0 }
  const share = (half - below.requests) / (bucket.requests - below.requests)
  return (below.seconds + (bucket.seconds - below.seconds) * share) * 1_000
}
