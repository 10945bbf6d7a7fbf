import { createHmac, timingSafeEqual } from 'node:crypto'
import { isSid, limitSetting, ParleyError } from '@parley/protocol'
import { decodeProtectedHeader } from 'jose'
import type { ApiKeyRow, ServiceRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'

/** The checks of an access token, in their order (access-tokens §5). Those who let somebody in run them, and those who explain a token, too. */
export interface TokenCheck {
  name: string
  /** The part of the token that it is about. */
  part: string
  /** Whether what it looks at is there; it is when all checks before have passed. */
  applies(token: ExaminedToken): boolean
  /** @throws ParleyError with the socket codes of that table; an expired one is 20104 */
  run(ctx: Context, token: ExaminedToken): void | Promise<void>
}

/** A token, and what the checks have found out about it. */
export interface ExaminedToken {
  readonly token: unknown
  /** Seconds since 1970. */
  readonly now: number
  /** Whose token it has to be; anybody's when absent. */
  readonly within?: string | undefined
  header?: { typ?: unknown; cty?: unknown; alg?: string; crit?: unknown }
  claims?: Claims
  key?: ApiKeyRow
  identity?: string
  service?: ServiceRow
}

interface Claims {
  iss?: unknown
  sub?: unknown
  exp?: unknown
  nbf?: unknown
  iat?: unknown
  grants?: unknown
  [name: string]: unknown
}

/** The algorithms that may sign, and their hashes. */
const hashes: ReadonlyMap<unknown, string> = new Map([
  ['HS256', 'sha256'],
  ['HS384', 'sha384'],
  ['HS512', 'sha512'],
])
export const longestLifeSeconds = 86_400
/** Tokens come from machines whose clocks run a little ahead or behind (access-tokens §4). */
const leewaySeconds = 60
const longestTokenCharacters = 16_384

type Refusal = Extract<ConstructorParameters<typeof ParleyError>[0], `token-${string}`>

function refused(reason: Refusal, hint: string): ParleyError {
  const error = new ParleyError(reason, { details: { hint } })
  return new ParleyError(reason, { text: `${error.message.replace(/!$/, '')}: ${hint}`, details: { hint } })
}

const hasClaims = ({ claims }: ExaminedToken) => claims !== undefined
const claimsOf = ({ claims }: ExaminedToken) => claims as Claims

export const tokenChecks: readonly TokenCheck[] = [
  {
    name: 'form',
    part: 'token',
    applies: () => true,
    run(_, examined) {
      const { token } = examined
      if (typeof token !== 'string' || token.length > longestTokenCharacters) throw refused('token-invalid', 'a JSON web token is expected')
      Object.assign(examined, read(token))
    },
  },
  {
    name: 'header',
    part: 'header',
    applies: hasClaims,
    run(_, { header = {} }) {
      const header_ok = (header.typ === undefined || header.typ === 'JWT') && hashes.has(header.alg)
      // What is critical has to be understood, and there is nothing that we would.
      if (!header_ok || header.crit !== undefined || (header.cty !== undefined && header.cty !== 'twilio-fpa;v=1'))
        throw refused('token-header-invalid', `typ JWT, cty twilio-fpa;v=1 and one of ${[...hashes.keys()].join(', ')} are expected`)
    },
  },
  {
    name: 'signer',
    part: 'iss, sub',
    applies: hasClaims,
    async run(ctx, examined) {
      const { iss, sub } = claimsOf(examined)
      if (typeof iss !== 'string' || !isSid('apiKey', iss))
        throw refused('token-subject-invalid', 'iss is expected to be the SID of an API key, SK…')
      const key = await ctx.store.read.accounts.findKey(iss)
      if (!key || (examined.within !== undefined && key.account_sid !== examined.within))
        throw refused('token-subject-invalid', `there is no API key ${iss}`)
      if (key.account_sid !== sub) throw refused('token-subject-invalid', 'sub is expected to be the account of the API key')
      const account = await ctx.store.read.accounts.find(key.account_sid)
      if (account?.status !== 'active') throw refused('token-subject-invalid', 'the account is not active')
      examined.key = key
    },
  },
  {
    name: 'signature',
    part: 'signature',
    applies: ({ key }) => key !== undefined,
    run(ctx, { token, header, key }) {
      const hash = hashes.get(header?.alg)
      if (hash === undefined || !isSigned(token as string, hash, ctx.vault.open(key?.secret ?? '')))
        throw refused('token-signature-invalid', 'it is not signed with the secret of the API key in iss')
    },
  },
  {
    name: 'expiry',
    part: 'exp',
    applies: hasClaims,
    run(_, examined) {
      const { exp } = claimsOf(examined)
      if (typeof exp !== 'number' || !Number.isFinite(exp)) throw refused('token-expired', 'the claim exp is expected')
      if (exp <= examined.now) throw refused('token-expired', `it expired ${examined.now - exp} seconds ago`)
    },
  },
  {
    name: 'start',
    part: 'nbf',
    applies: hasClaims,
    run(_, examined) {
      const { nbf } = claimsOf(examined)
      if (typeof nbf === 'number' && nbf > examined.now + leewaySeconds)
        throw refused('token-not-yet-valid', `it is valid in ${nbf - examined.now} seconds`)
    },
  },
  {
    name: 'life',
    part: 'exp',
    applies: ({ claims }) => typeof claims?.exp === 'number',
    run(_, examined) {
      if (lifeOf(examined) > longestLifeSeconds) throw refused('token-life-too-long', `at most ${longestLifeSeconds} seconds are allowed`)
    },
  },
  {
    name: 'grants',
    part: 'grants',
    applies: hasClaims,
    run(_, examined) {
      const { grants } = claimsOf(examined)
      if (grants === undefined) throw refused('token-grants-missing', 'the claim grants is expected')
      if (!isObject(grants)) throw refused('token-grants-invalid', 'grants is expected to be an object')
    },
  },
  {
    name: 'identity',
    part: 'grants.identity',
    applies: ({ claims }) => isObject(claims?.grants),
    run(ctx, examined) {
      const said = grantsOf(examined)['identity']
      const identity = typeof said === 'number' ? String(said) : said
      if (typeof identity !== 'string' || identity === '') throw refused('token-identity-missing', 'grants.identity is expected')
      if (/[\0\ud800-\udfff]/u.test(identity))
        throw refused('token-identity-missing', 'grants.identity is expected to be well-formed text without NUL')
      if (identity.length > ctx.limits.identityLength)
        throw refused('token-identity-too-long', `at most ${ctx.limits.identityLength} characters (${limitSetting('identityLength')})`)
      examined.identity = identity
    },
  },
  {
    name: 'grant',
    part: 'grants.chat',
    applies: ({ claims }) => isObject(claims?.grants),
    run(_, examined) {
      const { chat } = grantsOf(examined)
      if (chat !== undefined && !isObject(chat)) throw refused('token-grants-invalid', 'grants.chat is expected to be an object')
      const service = chat?.['service_sid']
      if (typeof service !== 'string' || service === '') throw refused('token-service-missing', 'grants.chat.service_sid is expected')
      if (!isSid('service', service))
        throw refused(
          'token-service-not-found',
          `grants.chat.service_sid is expected to be the SID of a conversation service, IS…, not ${service.slice(0, 2)}…`,
        )
    },
  },
  {
    name: 'service',
    part: 'grants.chat.service_sid',
    applies: (examined) => examined.key !== undefined && isSid('service', String(chatGrantOf(examined)['service_sid'])),
    async run(ctx, examined) {
      const sid = chatGrantOf(examined)['service_sid'] as string
      const found = await ctx.store.read.services.find(sid.toLowerCase().replace(/^is/, 'IS'))
      if (!found || found.account_sid !== examined.key?.account_sid)
        throw refused('token-service-not-found', `the account has no service ${sid}`)
      examined.service = found
    },
  },
]

/** How long a token lives, in seconds: since it began, or was made, or from now on. */
export function lifeOf(examined: ExaminedToken): number {
  const { exp, nbf, iat } = claimsOf(examined)
  const begins = typeof nbf === 'number' ? nbf : typeof iat === 'number' ? iat : examined.now
  return (exp as number) - begins
}

const grantsOf = (examined: ExaminedToken) => examined.claims?.grants as Record<string, unknown>

/** What a token says of chat; nothing when that is no object. */
export function chatGrantOf({ claims }: ExaminedToken): Record<string, unknown> {
  const chat = isObject(claims?.grants) ? claims.grants['chat'] : undefined
  return isObject(chat) ? chat : {}
}

/** Nothing but base64url: decoders skip what is none, and so one token would have many spellings. */
const compactForm = /^[\w-]+\.([\w-]+)\.[\w-]+$/

function read(token: string): Pick<ExaminedToken, 'header' | 'claims'> {
  try {
    const payload = compactForm.exec(token)?.[1]
    if (payload === undefined) throw new TypeError('no three parts')
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null) throw new TypeError('no claims')
    return { header: decodeProtectedHeader(token), claims: claims as Claims }
  } catch {
    throw refused('token-invalid', 'three parts of base64url are expected, the first two JSON')
  }
}

/** In one go on this thread: so few bytes are hashed sooner than they are handed to another. */
function isSigned(token: string, hash: string, secret: string): boolean {
  const end = token.lastIndexOf('.')
  const expected = createHmac(hash, secret).update(token.slice(0, end)).digest()
  const given = Buffer.from(token.slice(end + 1), 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
