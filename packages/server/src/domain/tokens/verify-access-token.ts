import { isSid, ParleyError } from '@parley/protocol'
import { compactVerify, decodeProtectedHeader } from 'jose'
import type { Context } from '../context.ts'

/** What a checked access token says. */
export interface AccessToken {
  account_sid: string
  /** The API key that signed it. */
  key_sid: string
  chat_service_sid: string
  identity: string
  /** The role a new user gets, when the token asks for one. */
  role_sid: string | undefined
  /** The push credential for devices that are registered with this token, as it stands there. */
  push_credential_sid: string | undefined
  /** What the app calls its device. */
  endpoint_id: string | undefined
  /** Milliseconds since 1970. */
  expires_at: number
}

const algorithms = ['HS256', 'HS384', 'HS512']
const longestLifeSeconds = 86_400
/** Tokens come from machines whose clocks run a little ahead or behind (access-tokens §4). */
const leewaySeconds = 60
const longestTokenCharacters = 16_384

/**
 * Checks an access token, in the order of access-tokens §5, and says which check failed and what was expected there.
 *
 * @throws ParleyError with the socket codes of that table; an expired one is 20104
 */
async function verifyAccessToken(ctx: Context, token: unknown): Promise<AccessToken> {
  const now = Math.floor(ctx.clock.now() / 1_000)
  if (typeof token !== 'string' || token.length > longestTokenCharacters) throw refused('token-invalid', 'a JSON web token is expected')
  const { header, claims } = read(token)

  const header_ok = (header.typ === undefined || header.typ === 'JWT') && algorithms.includes(header.alg ?? '')
  if (!header_ok || (header.cty !== undefined && header.cty !== 'twilio-fpa;v=1'))
    throw refused('token-header-invalid', `typ JWT, cty twilio-fpa;v=1 and one of ${algorithms.join(', ')} are expected`)

  const { account_sid, key_sid, secret } = await signer(ctx, claims)
  await assertSigned(token, secret)

  const { exp, nbf, iat } = claims
  if (typeof exp !== 'number' || !Number.isFinite(exp)) throw refused('token-expired', 'the claim exp is expected')
  if (exp <= now) throw refused('token-expired', `it expired ${now - exp} seconds ago`)
  if (typeof nbf === 'number' && nbf > now + leewaySeconds) throw refused('token-not-yet-valid', `it is valid in ${nbf - now} seconds`)
  const begins = typeof nbf === 'number' ? nbf : typeof iat === 'number' ? iat : now
  if (exp - begins > longestLifeSeconds) throw refused('token-life-too-long', `at most ${longestLifeSeconds} seconds are allowed`)

  return { account_sid, key_sid, expires_at: exp * 1_000, ...(await granted(ctx, account_sid, claims['grants'])) }
}

/** Checks tokens, and remembers the good ones: clients that reconnect bring the same token again. */
export interface TokenVerifier {
  verify(token: unknown): Promise<AccessToken>
  /** Forgets everything: a key, an account or a service has changed. */
  forget(): void
}

const tokensRemembered = 20_000

export function createTokenVerifier(ctx: Context): TokenVerifier {
  let known = new Map<string, AccessToken>()
  return {
    async verify(token) {
      const before = known
      const remembered = typeof token === 'string' ? before.get(token) : undefined
      if (remembered && remembered.expires_at > ctx.clock.now()) return remembered
      const checked = await verifyAccessToken(ctx, token)
      if (before.size >= tokensRemembered) before.clear()
      // What was checked while everything was being forgotten is not remembered.
      if (before === known) known.set(token as string, checked)
      return checked
    },
    forget() {
      known = new Map()
    },
  }
}

type Refusal = Extract<ConstructorParameters<typeof ParleyError>[0], `token-${string}`>

function refused(reason: Refusal, hint: string): ParleyError {
  const error = new ParleyError(reason, { details: { hint } })
  return new ParleyError(reason, { text: `${error.message}: ${hint}`, details: { hint } })
}

interface Claims {
  iss?: unknown
  sub?: unknown
  exp?: unknown
  nbf?: unknown
  iat?: unknown
  grants?: unknown
}

/** Nothing but base64url: decoders skip what is none, and so one token would have many spellings. */
const compactForm = /^[\w-]+\.([\w-]+)\.[\w-]+$/

function read(token: string): { header: { typ?: unknown; cty?: unknown; alg?: string }; claims: Claims } {
  try {
    const payload = compactForm.exec(token)?.[1]
    if (payload === undefined) throw new TypeError('no three parts')
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null) throw new TypeError('no claims')
    return { header: decodeProtectedHeader(token), claims }
  } catch {
    throw refused('token-invalid', 'three parts of base64url are expected, the first two JSON')
  }
}

async function signer(ctx: Context, { iss, sub }: Claims): Promise<{ account_sid: string; key_sid: string; secret: string }> {
  if (typeof iss !== 'string' || !isSid('apiKey', iss))
    throw refused('token-subject-invalid', 'iss is expected to be the SID of an API key, SK…')
  const key = await ctx.store.read.accounts.findKey(iss)
  if (!key) throw refused('token-subject-invalid', `there is no API key ${iss}`)
  if (key.account_sid !== sub) throw refused('token-subject-invalid', 'sub is expected to be the account of the API key')
  const account = await ctx.store.read.accounts.find(key.account_sid)
  if (account?.status !== 'active') throw refused('token-subject-invalid', 'the account is not active')
  return { account_sid: key.account_sid, key_sid: key.sid, secret: ctx.vault.open(key.secret) }
}

async function assertSigned(token: string, secret: string): Promise<void> {
  try {
    await compactVerify(token, new TextEncoder().encode(secret), { algorithms })
  } catch {
    throw refused('token-signature-invalid', 'it is not signed with the secret of the API key in iss')
  }
}

async function granted(
  ctx: Context,
  account_sid: string,
  grants: unknown,
): Promise<Omit<AccessToken, 'account_sid' | 'key_sid' | 'expires_at'>> {
  if (grants === undefined) throw refused('token-grants-missing', 'the claim grants is expected')
  if (!isObject(grants)) throw refused('token-grants-invalid', 'grants is expected to be an object')
  const identity = typeof grants['identity'] === 'number' ? String(grants['identity']) : grants['identity']
  if (typeof identity !== 'string' || identity === '') throw refused('token-identity-missing', 'grants.identity is expected')
  if (/[\0\ud800-\udfff]/u.test(identity))
    throw refused('token-identity-missing', 'grants.identity is expected to be well-formed text without NUL')
  if (identity.length > ctx.limits.identityLength)
    throw refused('token-identity-too-long', `at most ${ctx.limits.identityLength} characters`)
  const chat = grants['chat']
  if (chat !== undefined && !isObject(chat)) throw refused('token-grants-invalid', 'grants.chat is expected to be an object')
  const service = chat?.['service_sid']
  if (typeof service !== 'string' || service === '') throw refused('token-service-missing', 'grants.chat.service_sid is expected')
  if (!isSid('service', service))
    throw refused(
      'token-service-not-found',
      `grants.chat.service_sid is expected to be the SID of a conversation service, IS…, not ${service.slice(0, 2)}…`,
    )
  const found = await ctx.store.read.services.find(service.toLowerCase().replace(/^is/, 'IS'))
  if (found?.account_sid !== account_sid) throw refused('token-service-not-found', `the account has no service ${service}`)
  const role = chat?.['deployment_role_sid']
  return {
    identity,
    chat_service_sid: found.sid,
    role_sid: typeof role === 'string' && isSid('role', role) ? role : undefined,
    push_credential_sid: shortText(chat?.['push_credential_sid']),
    endpoint_id: shortText(chat?.['endpoint_id']),
  }
}

/** Text that fits into a column; `undefined` for anything else. */
function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 1_000 && !/[\0\ud800-\udfff]/u.test(value) ? value : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
