import { createHash } from 'node:crypto'
import type { ConsoleSessionRow } from '../../storage/schema.ts'
import { assertActive, authenticate, type Caller, type Credentials, secretsOf } from '../accounts/authenticate.ts'
import type { ConsoleSurroundings, Context } from '../context.ts'

/** A session ends so many lifetimes after it began, however much it is used. */
const longestLifetimes = 10
/** A session is written again when so much of its lifetime has gone, and not with every request. */
const extendedAfter = 0.1

/** Somebody at the console. */
export interface Operator extends Caller {
  session: ConsoleSessionRow
}

const digestOf = (secret: string) => createHash('sha256').update(secret).digest('base64url')

/**
 * Signs somebody in with what REST takes, too: account SID and auth token, or API key SID and secret.
 *
 * @param source where the attempt comes from
 * @returns the secret that the browser keeps; it is stored nowhere
 * @throws 20003 and 20005 as authenticating does, 20429 with the seconds to wait after too many attempts
 */
export async function signIn(
  ctx: Context,
  { signer, lifetime, attempts }: ConsoleSurroundings,
  credentials: Credentials,
  source: string,
): Promise<{ secret: string; operator: Operator }> {
  const attempt = attempts.begin(source, credentials.username)
  const { account, key } = await authenticate(ctx, credentials).catch((error) => {
    ctx.log.warn({ source, reason: (error as Error).message }, 'Signing in to the console was refused')
    throw error
  })
  attempt.succeeded()
  ctx.log.info({ source, account_sid: account.sid, key_sid: key?.sid }, 'Somebody signed in to the console')
  const now = ctx.clock.now()
  const secret = ctx.ids.secret()
  const session: ConsoleSessionRow = {
    digest: digestOf(secret),
    account_sid: account.sid,
    key_sid: key?.sid ?? null,
    proof: signer.sign(credentials.password),
    expires_at: now + lifetime,
    ends_at: now + longestLifetimes * lifetime,
    date_created: now,
  }
  await ctx.store.write((tx) => tx.consoleSessions.insert(session))
  return { secret, operator: { account, key, session } }
}

/**
 * Who is signed in with this secret: nobody any more when the session has ended, the key was revoked, or the auth token is no longer one of the
 * account's. What is used lasts longer.
 *
 * @throws 20005 when the account is suspended or closed
 */
export async function whoIsSignedIn(
  ctx: Context,
  { signer, lifetime }: ConsoleSurroundings,
  secret: string,
): Promise<Operator | undefined> {
  const { consoleSessions, accounts } = ctx.store.read
  const session = await consoleSessions.find(digestOf(secret))
  const now = ctx.clock.now()
  if (!session || session.expires_at <= now) return undefined
  const account = await accounts.find(session.account_sid)
  const key = session.key_sid === null ? undefined : await accounts.findKey(session.key_sid)
  if (!account || (session.key_sid !== null && !key)) return undefined
  const caller: Caller = { account, key }
  if (!secretsOf(caller).some((locked) => signer.verify(ctx.vault.open(locked), session.proof))) return undefined
  assertActive(caller)

  const expires_at = Math.min(now + lifetime, session.ends_at)
  if (expires_at - session.expires_at < lifetime * extendedAfter) return { ...caller, session }
  const extended = { ...session, expires_at }
  await ctx.store.write((tx) => tx.consoleSessions.extend(extended))
  return { ...caller, session: extended }
}

/** Ends a session; there may be none. */
export async function signOut(ctx: Context, secret: string): Promise<void> {
  await ctx.store.write((tx) => tx.consoleSessions.remove(digestOf(secret)))
}

/** Rows that are removed in one transaction. */
const portion = 500

/** Takes away sessions that have ended. @returns whether there may be more */
export async function forgetConsoleSessions(ctx: Context): Promise<boolean> {
  return (await ctx.store.write((tx) => tx.consoleSessions.removeExpired(ctx.clock.now(), portion))) === portion
}
