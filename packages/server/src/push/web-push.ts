import type { KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { BadKeys, sealForBrowser } from '../base/browser-seal.ts'
import type { Clock } from '../base/clock.ts'
import { TargetRefused } from '../base/outward-guard.ts'
import type { Notice, PushOutcome, PushTarget, PushVerdict } from '../domain/push/push-sender.ts'
import { type HttpCaller, keptAnswer, retryAfter } from './http-call.ts'
import { noAnswer, tooLarge } from './outcomes.ts'
import { webPayload } from './payloads.ts'

/** Pushes to browsers: encrypted for the browser (RFC 8291), signed for its push service (RFC 8292). */
export interface WebPush {
  send(target: PushTarget, notice: Notice): Promise<PushOutcome>
}

/** The key pair by which push services know this installation. */
export interface VapidKeys {
  /** Uncompressed point, in base64url. */
  publicKey: string
  privateKey: KeyObject
}

export interface WebPushOptions {
  http: HttpCaller
  /** Time as the push services have it. */
  pacing: Clock
  vapid: VapidKeys
  /** Whom the people of a push service may write to: `mailto:` or `https:`. */
  subject: () => string
}

/** A signature is good for twelve hours, and used for half of that, in milliseconds. */
const signatureLifetime = 12 * 3_600_000
const originsKept = 1_000

export function createWebPush({ http, pacing, vapid, subject }: WebPushOptions): WebPush {
  const signatures = new Map<string, { value: string; made_at: number }>()

  async function authorization(origin: string): Promise<string> {
    const now = pacing.now()
    const known = signatures.get(origin)
    if (known && now - known.made_at < signatureLifetime / 2) return known.value
    const token = await new SignJWT({ sub: subject() })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setAudience(origin)
      .setExpirationTime(Math.floor((now + signatureLifetime) / 1_000))
      .sign(vapid.privateKey)
    const value = `vapid t=${token}, k=${vapid.publicKey}`
    if (signatures.size >= originsKept) signatures.clear()
    signatures.set(origin, { value, made_at: now })
    return value
  }

  return {
    async send({ address, keys, lifetime, topic }, notice) {
      const payload = webPayload(notice)
      const nothing = { status: null, answer: null, id: null }
      if (payload === undefined) return tooLarge
      if (!keys) return { kind: 'gone', reason: 'address-refused', ...nothing, payload }
      try {
        const body = sealForBrowser(Buffer.from(payload), keys)
        const { status, headers, text } = await http.post(address, {
          headers: {
            authorization: await authorization(new URL(address).origin),
            'content-type': 'application/octet-stream',
            'content-encoding': 'aes128gcm',
            ttl: String(lifetime),
            urgency: 'high',
            topic,
          },
          body,
        })
        const location = headers['location']
        const said = {
          status,
          answer: text.slice(0, keptAnswer) || null,
          id: typeof location === 'string' ? location.slice(0, keptAnswer) : null,
        }
        return { ...judge(status, retryAfter(headers, pacing.now())), ...said, payload }
      } catch (error) {
        if (error instanceof BadKeys || error instanceof TargetRefused)
          return { kind: 'gone', reason: 'address-refused', ...nothing, payload }
        return noAnswer(error, payload)
      }
    },
  }
}

function judge(status: number, after: number | undefined): PushVerdict {
  if (status >= 200 && status < 300) return { kind: 'sent' }
  if (status === 404 || status === 410) return { kind: 'gone', reason: 'unregistered' }
  if (status === 413) return { kind: 'refused', reason: 'too-large' }
  if (status === 429 || status >= 500) return { kind: 'later', after }
  return { kind: 'refused', reason: 'provider-refused' }
}
