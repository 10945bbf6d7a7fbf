import type { Clock } from '../base/clock.ts'
import type { Vault } from '../base/vault.ts'
import type { Store } from '../storage/store.ts'

/** How long a token is taken for the one it was, in milliseconds. */
const lifetime = 1_000
const accountsKept = 1_000

/** The auth tokens of accounts, by which webhooks are signed. They hardly ever change, so they are not looked up for each call. */
export class AuthTokens {
  readonly #known = new Map<string, { token: string; until: number }>()

  constructor(private readonly needs: { store: Store; vault: Vault; pacing: Clock }) {}

  /** @returns `undefined` for an account that is not there */
  async of(account_sid: string): Promise<string | undefined> {
    const { store, vault, pacing } = this.needs
    const known = this.#known.get(account_sid)
    if (known && pacing.now() < known.until) return known.token
    const account = await store.read.accounts.find(account_sid)
    if (!account) return undefined
    const token = vault.open(account.auth_token)
    if (this.#known.size >= accountsKept) this.#known.clear()
    this.#known.set(account_sid, { token, until: pacing.now() + lifetime })
    return token
  }
}
