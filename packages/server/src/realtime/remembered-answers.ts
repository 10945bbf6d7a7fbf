import type { Frame } from '@parley/protocol'
import type { Clock } from '../base/clock.ts'
import { mutationIdOf, type UpstreamAnswer } from './upstream.ts'

/** How long an answer is remembered, in milliseconds: longer than a client takes to come back from a tunnel. */
const rememberedFor = 300_000
/** Characters of answers, and of what finds them, that are remembered at a time; the oldest goes first. */
const mostCharacters = 33_554_432
/** What an answer costs beyond its text: its name, and its place here. */
const overhead = 1_000

interface Remembered {
  answer: Promise<UpstreamAnswer>
  until: number
  characters: number
}

/**
 * Changes that were made, by user and mutation id (`parley.mutations.v1`): a client that lost the connection before the answer came asks again, and
 * nothing is done twice. Remembered by this process alone; clients ask again only where the very same process answers, but for messages: those
 * are known by their SIDs (send-message.ts).
 */
export class RememberedAnswers {
  readonly #answers = new Map<string, Remembered>()
  #characters = 0

  constructor(private readonly clock: Clock) {}

  /** Makes a change, or gives the answer of the same change from before. A failure that may pass is forgotten. */
  once(user_sid: string, frame: Frame, change: () => Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
    const id = mutationIdOf(frame)
    if (id === undefined) return change()
    const key = `${user_sid} ${id}`
    const now = this.clock.now()
    const known = this.#answers.get(key)
    if (known && known.until > now) return known.answer
    this.#forget(key)
    this.#tidy(now)
    const remembered: Remembered = { answer: change(), until: now + rememberedFor, characters: overhead }
    this.#answers.set(key, remembered)
    this.#characters += overhead
    return this.#keep(key, remembered)
  }

  async #keep(key: string, remembered: Remembered): Promise<UpstreamAnswer> {
    const { status, body } = await remembered.answer
    if (this.#answers.get(key) === remembered) {
      remembered.characters += body.length
      this.#characters += body.length
      if (status >= 500 || status === 429) this.#forget(key)
    }
    return remembered.answer
  }

  #forget(key: string): void {
    this.#characters -= this.#answers.get(key)?.characters ?? 0
    this.#answers.delete(key)
  }

  /** What is too old stands in front. */
  #tidy(now: number): void {
    for (const [key, { until }] of this.#answers) {
      if (until > now && this.#characters < mostCharacters) return
      this.#forget(key)
    }
  }
}
