import type { Configuration } from './configuration.ts'
import type { Rest } from './rest.ts'

/** A sign of typing, as the server passes it on (wire-protocol §6.1). */
export interface TypingSign {
  channel_sid: string
  identity: string
  participant_sid?: string
  /** Seconds. */
  typing_timeout?: number
}

const defaultTimeout = 5_000

/** Says that this user types, no more often than the others need it. */
export class Typing {
  /** When each conversation was told last. */
  readonly #told = new Map<string, number>()
  #interval: number

  constructor(
    private readonly need: { readonly configuration: Configuration; readonly rest: Rest },
    private readonly override: number | undefined,
  ) {
    this.#interval = override ?? defaultTimeout
  }

  async send(conversationSid: string): Promise<void> {
    const now = Date.now()
    const told = this.#told.get(conversationSid)
    if (told !== undefined && now - told < this.#interval) return
    this.#told.set(conversationSid, now)
    const { rest, configuration } = this.need
    const { typing_timeout } = await rest.form<{ typing_timeout?: number }>(configuration.links.typing, { ChannelSid: conversationSid })
    if (typing_timeout && this.override === undefined) this.#interval = typing_timeout * 1_000
  }

  /** How long a sign holds. */
  lasts({ typing_timeout }: TypingSign): number {
    return typing_timeout ? typing_timeout * 1_000 : this.#interval
  }

  forget(conversationSid: string): void {
    this.#told.delete(conversationSid)
  }
}
