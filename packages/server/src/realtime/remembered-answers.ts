import type { Frame } from '@parley/protocol'
import type { Clock } from '../base/clock.ts'
import type { UpstreamAnswer } from './upstream.ts'

/** How long an answer is remembered, in milliseconds: longer than a client takes to come back from a tunnel. */
const rememberedFor = 300_000
/** Answers that are remembered at a time, the oldest goes first: what this costs is bounded by the answers' size, some kilobytes each. */
const mostRemembered = 20_000
const longestId = 100

interface Remembered {
  answer: Promise<UpstreamAnswer>
  until: number
}

/**
 * Changes that were made, by user and mutation id (`parley.mutations.v1`): a client that lost the connection before the answer came asks again, and
 * nothing is done twice. Remembered by this process alone; clients ask again only where the very same process answers.
 */
export class RememberedAnswers {
  readonly #answers = new Map<string, Remembered>()

  constructor(private readonly clock: Clock) {}

  /** Makes a change, or gives the answer of the same change from before. A failure that may pass is forgotten. */
  async once(user_sid: string, frame: Frame, change: () => Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
    const id = mutationId(frame)
    if (id === undefined) return change()
    const key = `${user_sid} ${id}`
    const now = this.clock.now()
    const known = this.#answers.get(key)
    if (known && known.until > now) return known.answer
    this.#tidy(now)
    const answer = change()
    this.#answers.set(key, { answer, until: now + rememberedFor })
    const { status } = await answer
    if (status >= 500 || status === 429) this.#answers.delete(key)
    return answer
  }

  /** What is too old stands in front. */
  #tidy(now: number): void {
    for (const [key, { until }] of this.#answers) {
      if (until > now && this.#answers.size < mostRemembered) return
      this.#answers.delete(key)
    }
  }
}

function mutationId({ header }: Frame): string | undefined {
  const request = header['http_request'] as { method?: unknown; headers?: Record<string, unknown> | null } | null | undefined
  const id = request?.headers?.['X-Twilio-Mutation-Id']
  return request?.method !== 'GET' && typeof id === 'string' && id.length <= longestId ? id : undefined
}
