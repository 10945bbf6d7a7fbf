import { compactVerify, decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import type { ApiKey } from './target.ts'

/** As long as a token may live, in seconds. */
export const longestLife = 86_400
/** Clocks of those who make tokens may run ahead by so much, in seconds. */
const leeway = 60
const algorithms = ['HS256', 'HS384', 'HS512']

export interface TokenWish {
  key: ApiKey
  identity: string
  service_sid: string
  /** Seconds. */
  ttl: number
  /** Role in the service of a user who comes into being with this token. */
  role_sid?: string
}

/** An access token as the official libraries make theirs (access-tokens §1). It needs no server. */
export function makeToken({ key, identity, service_sid, ttl, role_sid }: TokenWish): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const chat = { service_sid, ...(role_sid === undefined ? {} : { deployment_role_sid: role_sid }) }
  return new SignJWT({ jti: `${key.sid}-${now}`, grants: { identity, chat } })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' })
    .setIssuedAt(now)
    .setExpirationTime(now + ttl)
    .setIssuer(key.sid)
    .setSubject(key.account_sid)
    .sign(new TextEncoder().encode(key.secret))
}

/** What a look at one part of a token shows. */
export interface Finding {
  part: string
  /** `unknown` where it takes a server, or a secret, to tell. */
  state: 'ok' | 'wrong' | 'unknown'
  text: string
}

export interface Claims {
  iss?: unknown
  sub?: unknown
  iat?: unknown
  nbf?: unknown
  exp?: unknown
  grants?: unknown
}

const find = (part: string, state: Finding['state'], text: string): Finding => ({ part, state, text })
const isSid = (prefix: string, value: unknown): value is string =>
  typeof value === 'string' && new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(value)
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const quoted = (value: unknown) => (value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`)

/** Reads a token without trusting it. `undefined` when it is none. */
export function readToken(token: string): { header: Record<string, unknown>; claims: Claims } | undefined {
  try {
    return { header: decodeProtectedHeader(token) as Record<string, unknown>, claims: decodeJwt(token) }
  } catch {
    return undefined
  }
}

/** Explains each part of a token, in the order in which a server checks them (access-tokens §5). */
export function explainToken({ header, claims }: { header: Record<string, unknown>; claims: Claims }, now = Date.now() / 1_000): Finding[] {
  return [...explainHeader(header), ...explainSigner(claims), ...explainTimes(claims, now), ...explainGrants(claims['grants'])]
}

function explainHeader({ alg, typ, cty }: Record<string, unknown>): Finding[] {
  const known = algorithms.includes(alg as string)
  return [
    known ? find('alg', 'ok', String(alg)) : find('alg', 'wrong', `${quoted(alg)}; one of ${algorithms.join(', ')} is expected`),
    typ === undefined || typ === 'JWT'
      ? find('typ', 'ok', String(typ ?? 'absent, which is allowed'))
      : find('typ', 'wrong', `${quoted(typ)}; JWT is expected`),
    cty === undefined || cty === 'twilio-fpa;v=1'
      ? find('cty', 'ok', String(cty ?? 'absent, which is allowed'))
      : find('cty', 'wrong', `${quoted(cty)}; twilio-fpa;v=1 is expected`),
  ]
}

function explainSigner({ iss, sub }: Claims): Finding[] {
  const hint = isSid('AC', iss) ? ': a token is signed with an API key, not with the auth token of the account' : ''
  return [
    isSid('SK', iss)
      ? find('iss', 'ok', `API key ${iss}`)
      : find('iss', 'wrong', `${quoted(iss)}; the SID of an API key, SK…, is expected${hint}`),
    isSid('AC', sub)
      ? find('sub', 'ok', `account ${sub}`)
      : find('sub', 'wrong', `${quoted(sub)}; the SID of the account, AC…, is expected`),
  ]
}

function explainTimes({ iat, nbf, exp }: Claims, now: number): Finding[] {
  const findings: Finding[] = []
  if (typeof iat === 'number') findings.push(find('iat', 'ok', `made ${moment(iat, now)}`))
  if (typeof nbf === 'number')
    findings.push(
      nbf > now + leeway
        ? find('nbf', 'wrong', `valid only from ${moment(nbf, now)}: is the clock of its maker right?`)
        : find('nbf', 'ok', `valid since ${moment(nbf, now)}`),
    )
  if (typeof exp !== 'number') return [...findings, find('exp', 'wrong', `${quoted(exp)}; seconds since 1970 are expected`)]
  if (exp <= now) return [...findings, find('exp', 'wrong', `expired ${moment(exp, now)}: make a new one`)]
  const begins = typeof nbf === 'number' ? nbf : typeof iat === 'number' ? iat : now
  if (exp - begins > longestLife)
    return [...findings, find('exp', 'wrong', `it lives ${Math.round(exp - begins)} seconds; at most ${longestLife} (a day) are allowed`)]
  return [...findings, find('exp', 'ok', `expires ${moment(exp, now)}`)]
}

function explainGrants(grants: unknown): Finding[] {
  if (!isObject(grants)) return [find('grants', 'wrong', `${quoted(grants)}; an object with identity and chat is expected`)]
  const { identity, chat } = grants
  const who =
    (typeof identity === 'string' && identity !== '') || typeof identity === 'number'
      ? find('grants.identity', 'ok', String(identity))
      : find('grants.identity', 'wrong', `${quoted(identity)}; who the user is, is expected`)
  if (!isObject(chat)) return [who, find('grants.chat', 'wrong', `${quoted(chat)}; a chat grant with a service_sid is expected`)]
  const { service_sid } = chat
  const hint = isSid('MG', service_sid) ? ': MG… is a messaging service, and the SID of a conversation service is wanted' : ''
  const service = isSid('IS', service_sid)
    ? find('grants.chat.service_sid', 'ok', `conversation service ${service_sid}`)
    : find('grants.chat.service_sid', 'wrong', `${quoted(service_sid)}; the SID of a conversation service, IS…, is expected${hint}`)
  const role = chat['deployment_role_sid']
  if (role === undefined) return [who, service]
  const roleFinding = isSid('RL', role)
    ? find('grants.chat.deployment_role_sid', 'ok', `a new user gets the role ${role}`)
    : find('grants.chat.deployment_role_sid', 'unknown', `${quoted(role)}, which is no SID of a role; it is ignored`)
  return [who, service, roleFinding]
}

/** `2026-05-06T07:08:09Z, 5 minutes ago` */
function moment(seconds: number, now: number): string {
  const date = new Date(seconds * 1_000)
  if (Number.isNaN(date.getTime())) return 'at no date there is'
  const distance = Math.round(seconds - now)
  const [amount, unit] = scaled(Math.abs(distance))
  const span = `${amount} ${unit}${amount === 1 ? '' : 's'}`
  return `${date.toISOString().replace(/\.\d+Z$/, 'Z')}, ${distance < 0 ? `${span} ago` : `in ${span}`}`
}

function scaled(seconds: number): [number, string] {
  if (seconds < 120) return [seconds, 'second']
  if (seconds < 7_200) return [Math.round(seconds / 60), 'minute']
  return seconds < 172_800 ? [Math.round(seconds / 3_600), 'hour'] : [Math.round(seconds / 86_400), 'day']
}

/** Whether a token was signed with this secret, whatever it says. */
export async function isSignedWith(token: string, secret: string): Promise<boolean> {
  try {
    await compactVerify(token, new TextEncoder().encode(secret), { algorithms })
    return true
  } catch {
    return false
  }
}
