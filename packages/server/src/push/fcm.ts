import { SignJWT } from 'jose'
import type { Clock } from '../base/clock.ts'
import type { FcmAccess } from '../domain/push/credential-secrets.ts'
import type { Notice, ProviderAnswer, PushOutcome, PushTarget, PushVerdict } from '../domain/push/push-sender.ts'
import { type Answer, type HttpCaller, keptAnswer, retryAfter } from './http-call.ts'
import { noAnswer, tooLarge } from './outcomes.ts'
import { fcmPayload } from './payloads.ts'

/** FCM HTTP v1 (channels §8.2). */
export interface Fcm {
  send(access: FcmAccess, target: PushTarget, notice: Notice): Promise<PushOutcome>
}

export interface FcmOptions {
  http: HttpCaller
  /** Time as Google has it. */
  pacing: Clock
  fcmUrl: string
  oauthUrl: string
}

interface BearerToken {
  value: string
  /** Milliseconds since 1970. */
  expires_at: number
}

/** Google did not give a token. */
class TokenRefused extends Error {
  constructor(readonly answer: Answer) {
    super('No token')
  }
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging'
/** A token is renewed so long before its end, in milliseconds. */
const margin = 300_000

export function createFcm({ http, pacing, fcmUrl, oauthUrl }: FcmOptions): Fcm {
  /** By the service account's key: the promise, so that many sends at once ask once. */
  const tokens = new WeakMap<FcmAccess, Promise<BearerToken>>()

  async function requestToken({ client_email, key }: FcmAccess): Promise<BearerToken> {
    const now = pacing.now()
    const seconds = Math.floor(now / 1_000)
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(client_email)
      .setAudience(oauthUrl)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 3_600)
      .sign(key)
    const answer = await http.post(oauthUrl, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }).toString(),
    })
    const { access_token, expires_in } = parsed(answer.text)
    if (answer.status !== 200 || typeof access_token !== 'string') throw new TokenRefused(answer)
    const seconds_left = typeof expires_in === 'number' && Number.isFinite(expires_in) ? expires_in : 3_600
    return { value: access_token, expires_at: now + seconds_left * 1_000 }
  }

  async function tokenFor(access: FcmAccess): Promise<string> {
    const known = tokens.get(access)
    const held = await known?.catch(() => undefined)
    if (held && held.expires_at - margin > pacing.now()) return held.value
    // Somebody else may have asked meanwhile.
    const current = tokens.get(access)
    if (current && current !== known) return (await current).value
    const asked = requestToken(access)
    tokens.set(access, asked)
    asked.catch(() => {
      if (tokens.get(access) === asked) tokens.delete(access)
    })
    return (await asked).value
  }

  async function post(access: FcmAccess, body: string): Promise<Answer> {
    const token = await tokenFor(access)
    const url = `${fcmUrl.replace(/\/$/, '')}/v1/projects/${encodeURIComponent(access.project_id)}/messages:send`
    return http.post(url, { headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body })
  }

  return {
    async send(access, target, notice) {
      const payload = fcmPayload(target, notice)
      if (payload === undefined) return tooLarge
      try {
        let answer = await post(access, payload)
        if (answer.status === 401) {
          // A token may end before its time.
          tokens.delete(access)
          answer = await post(access, payload)
        }
        return { ...outcomeOf(answer, pacing.now()), payload }
      } catch (error) {
        if (error instanceof TokenRefused) return { ...tokenOutcome(error.answer, pacing.now()), payload }
        return noAnswer(error, payload)
      }
    },
  }
}

function tokenOutcome({ status, headers, text }: Answer, now: number): PushVerdict & ProviderAnswer {
  const said = { status, answer: text.slice(0, keptAnswer), id: null }
  if (status === 429 || status >= 500) return { kind: 'later', after: retryAfter(headers, now), ...said }
  return { kind: 'refused', reason: 'credential-refused', alarm: true, ...said }
}

function outcomeOf({ status, headers, text }: Answer, now: number): PushVerdict & ProviderAnswer {
  const body = parsed(text)
  const said = { status, answer: text.slice(0, keptAnswer), id: null }
  if (status === 200) return { kind: 'sent', ...said, id: typeof body['name'] === 'string' ? body['name'] : null }
  const code = errorCode(body)
  if (code === 'UNREGISTERED' || (status === 404 && code === undefined)) return { kind: 'gone', reason: 'unregistered', ...said }
  if (code === 'SENDER_ID_MISMATCH') return { kind: 'gone', reason: 'address-refused', ...said }
  if (status === 429 || status >= 500)
    return { kind: 'later', after: retryAfter(headers, now) ?? (status === 429 ? 60_000 : undefined), ...said }
  if (code === 'INVALID_ARGUMENT' && concernsToken(text)) return { kind: 'gone', reason: 'address-refused', ...said }
  if (status === 401 || status === 403 || code === 'THIRD_PARTY_AUTH_ERROR')
    return { kind: 'refused', reason: 'credential-refused', alarm: true, ...said }
  return { kind: 'refused', reason: 'provider-refused', ...said }
}

const concernsToken = (text: string) => /message\.token|registration token/i.test(text)

/** The precise code among the details, else the general one. */
function errorCode(body: Record<string, unknown>): string | undefined {
  const { error } = body as { error?: { status?: unknown; details?: unknown } }
  const details = Array.isArray(error?.details) ? (error.details as { errorCode?: unknown }[]) : []
  const precise = details.map((detail) => detail?.errorCode).find((code) => typeof code === 'string')
  return (precise as string | undefined) ?? (error?.status === 'INVALID_ARGUMENT' ? 'INVALID_ARGUMENT' : undefined)
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
