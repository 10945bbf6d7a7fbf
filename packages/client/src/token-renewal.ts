import { pause, type RetryPolicy } from './back-off.ts'

/** Why a token is wanted. */
export type TokenReason = 'start' | 'about-to-expire' | 'expired' | 'refused'

/** Fetches an access token from the app's own back end. */
export type TokenProvider = (reason: TokenReason) => Promise<string> | string

/** Asks a provider for a token, one question at a time, and again with longer and longer pauses as long as that fails. */
export class TokenRenewal {
  #asking = false
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #ended = false

  constructor(
    private readonly provider: TokenProvider,
    private readonly apply: (token: string) => Promise<void>,
    private readonly failed: (error: unknown) => void,
    private readonly retryPolicy: RetryPolicy,
  ) {}

  async renew(reason: TokenReason): Promise<void> {
    if (this.#asking || this.#ended) return
    this.#asking = true
    clearTimeout(this.#timer)
    try {
      // The first try of a series is made at once, the others when it is their time.
      await this.apply(await this.provider(reason))
      this.#failures = 0
    } catch (error) {
      if (this.#ended) return
      this.failed(error)
      this.#timer = setTimeout(() => void this.renew(reason), pause(this.retryPolicy, this.#failures++))
    } finally {
      this.#asking = false
    }
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
  }
}
