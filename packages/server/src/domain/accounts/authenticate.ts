import { canonicalSid, isSid, ParleyError } from '@parley/protocol'
import { sameSecret } from '../../base/vault.ts'
import type { AccountRow, ApiKeyRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'

/** What somebody says to be let in: an account's SID with an auth token of it, or an API key's SID with its secret. */
export interface Credentials {
  username: string
  password: string
}

/** Who was let in. */
export interface Caller {
  account: AccountRow
  /** The API key that was shown; `undefined` when it was an auth token. */
  key: ApiKeyRow | undefined
}

/**
 * Lets an account in (rest-api §1.2). An unknown name and a wrong password get the same answer.
 *
 * @throws 20003 when the credentials do not fit, 20005 when they do but the account is suspended or closed
 */
export async function authenticate(ctx: Context, credentials: Credentials | undefined): Promise<Caller> {
  const caller = credentials && (await recognise(ctx, credentials))
  if (!caller) throw new ParleyError('authentication-failed')
  assertActive(caller)
  return caller
}

/** @throws 20005 when the account is suspended or closed */
export function assertActive({ account }: Caller): void {
  if (account.status !== 'active') throw new ParleyError('account-not-active')
}

/** What a caller may show, encrypted as it is stored: the secret of the key, or one of the account's auth tokens. */
export function secretsOf({ account, key }: Caller): string[] {
  if (key) return [key.secret]
  return [account.auth_token, account.secondary_auth_token].filter((token) => token !== null)
}

async function recognise(ctx: Context, { username, password }: Credentials): Promise<Caller | undefined> {
  const { accounts } = ctx.store.read
  const fits = (locked: string) => sameSecret(ctx.vault.open(locked), password)

  if (isSid('apiKey', username)) {
    const key = await accounts.findKey(canonicalSid(username))
    const account = key && fits(key.secret) ? await accounts.find(key.account_sid) : undefined
    return account && { account, key }
  }
  if (!isSid('account', username)) return undefined
  const account = await accounts.find(canonicalSid(username))
  if (!account) return undefined
  const caller: Caller = { account, key: undefined }
  return secretsOf(caller).some(fits) ? caller : undefined
}
