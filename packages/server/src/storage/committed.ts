import { ParleyError } from '@parley/protocol'
import type { Log } from '../base/log.ts'
import type { Change } from './changes.ts'

/** Who hears of committed changes. */
export class CommitListeners {
  readonly #listeners: ((changes: readonly Change[]) => void)[] = []

  constructor(private readonly log: Log) {}

  add(listener: (changes: readonly Change[]) => void): void {
    this.#listeners.push(listener)
  }

  /** What is committed stays so whatever a listener does: its failure is logged, and the others still hear. */
  tell(changes: readonly Change[]): void {
    if (changes.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(changes)
      } catch (cause) {
        this.log.error({ err: cause }, 'A listener failed over a committed change')
      }
    }
  }
}

/** The answer to a write that lost every race. */
export const conflict = (cause: unknown) => new ParleyError('conflict', { cause })

/** The answer to a message for a conversation that is not there. */
export const conversationMissing = () => new ParleyError('conversation-not-found')

/** The answer to a write that comes after the store was closed. */
export const stopping = () => new ParleyError('unavailable', { text: 'The server is stopping' })
