import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { SignJWT } from 'jose'
import type { Clock } from '../base/clock.ts'
import type { ApnsCertificateAccess, ApnsTokenAccess } from '../domain/push/credential-secrets.ts'
import type { Notice, ProviderAnswer, PushOutcome, PushTarget, PushVerdict } from '../domain/push/push-sender.ts'
import { keptAnswer } from './http-call.ts'
import { noAnswer, tooLarge } from './outcomes.ts'
import { apnsPayload } from './payloads.ts'

type Access = ApnsTokenAccess | ApnsCertificateAccess

/** APNs over HTTP/2 (channels §8.2): with a token, or with a certificate; one connection for each, on which many requests go at a time. */
export interface Apns {
  send(access: Access, target: PushTarget, notice: Notice): Promise<PushOutcome>
  /** The number on the icon alone. */
  sendBadge(access: Access, target: PushTarget, badge: number): Promise<PushOutcome>
  close(): void
}

export interface ApnsOptions {
  /** Time as Apple has it. */
  pacing: Clock
  apnsUrl: string
  apnsSandboxUrl: string
  /** File with more certificate authorities. */
  ca: string | undefined
}

/** How long Apple may take to answer, in milliseconds. */
const answerTimeout = 10_000
/** How long a connection is kept without use, in milliseconds. */
const idle = 30 * 60_000
/** Apple wants a token to be between 20 and 60 minutes old before another one comes. */
const tokenLifetime = 40 * 60_000
/** The least a retry waits when Apple says that there is too much, in milliseconds. */
const overloaded = 5_000

export function createApns({ pacing, apnsUrl, apnsSandboxUrl, ca }: ApnsOptions): Apns {
  const authorities = ca === undefined ? {} : { ca: readFileSync(ca) }
  const sessions = new Map<Access, ClientHttp2Session>()
  const tokens = new WeakMap<Access, { value: string; made_at: number }>()

  function sessionFor(access: Access): ClientHttp2Session {
    const url = access.sandbox ? apnsSandboxUrl : apnsUrl
    const shown = access.method === 'apns certificate' ? { cert: access.certificate, key: access.private_key } : {}
    const known = sessions.get(access)
    if (known && !known.closed && !known.destroyed) return known
    const session = connect(url, { ...authorities, ...shown })
    const forget = () => {
      if (sessions.get(access) === session) sessions.delete(access)
    }
    // What is under way on it learns of its end by itself; the next push gets another connection.
    session.on('goaway', forget).on('close', forget).on('error', forget)
    session.setTimeout(idle, () => session.close())
    session.unref()
    sessions.set(access, session)
    return session
  }

  async function authorization(access: Access): Promise<Record<string, string>> {
    if (access.method === 'apns certificate') return {}
    const known = tokens.get(access)
    const now = pacing.now()
    if (known && now - known.made_at < tokenLifetime) return { authorization: `bearer ${known.value}` }
    const value = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: access.key_id })
      .setIssuer(access.team_id)
      .setIssuedAt(Math.floor(now / 1_000))
      .sign(access.key)
    tokens.set(access, { value, made_at: now })
    return { authorization: `bearer ${value}` }
  }

  async function post(access: Access, { address, topic, lifetime }: PushTarget, payload: string) {
    const headers = {
      ':method': 'POST',
      ':path': `/3/device/${encodeURIComponent(address)}`,
      ...(await authorization(access)),
      'apns-topic': access.topic,
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-expiration': String(Math.floor(pacing.now() / 1_000) + lifetime),
      'apns-collapse-id': topic,
      'content-type': 'application/json',
    }
    return ask(sessionFor(access), headers, payload, pacing)
  }

  async function sendPayload(access: Access, target: PushTarget, payload: string): Promise<PushOutcome> {
    try {
      let answer = await post(access, target, payload)
      if (answer.reason === 'ExpiredProviderToken' && access.method === 'apns token') {
        tokens.delete(access)
        answer = await post(access, target, payload)
      }
      return { ...outcomeOf(answer), payload }
    } catch (error) {
      return noAnswer(error, payload)
    }
  }

  return {
    async send(access, target, notice) {
      const payload = apnsPayload(notice)
      return payload === undefined ? tooLarge : sendPayload(access, target, payload)
    },
    sendBadge: (access, target, badge) => sendPayload(access, target, JSON.stringify({ aps: { badge } })),
    close() {
      for (const session of sessions.values()) session.destroy()
      sessions.clear()
    },
  }
}

interface Answer {
  status: number
  id: string | null
  text: string
  reason: string | undefined
}

/** One request on a connection. @throws when there is no answer */
function ask(session: ClientHttp2Session, headers: Record<string, string>, payload: string, pacing: Clock): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers)
    const timer = pacing.after(answerTimeout, () => {
      stream.close(constants.NGHTTP2_CANCEL)
      // A connection on which nobody answers is taken for dead.
      session.destroy()
      reject(new Error('Apple does not answer'))
    })
    let status = 0
    let id: string | null = null
    let text = ''
    stream.setEncoding('utf8')
    stream.on('response', (answered) => {
      status = Number(answered[':status'])
      id = typeof answered['apns-id'] === 'string' ? answered['apns-id'] : null
    })
    stream.on('data', (chunk: string) => {
      if (text.length < keptAnswer) text += chunk
    })
    stream.on('error', (error) => {
      timer.cancel()
      reject(error)
    })
    stream.on('close', () => {
      timer.cancel()
      if (status === 0) reject(new Error('The connection to Apple broke'))
      else resolve({ status, id, text: text.slice(0, keptAnswer), reason: reasonIn(text) })
    })
    stream.end(payload)
  })
}

function reasonIn(text: string): string | undefined {
  try {
    const { reason } = JSON.parse(text) as { reason?: unknown }
    return typeof reason === 'string' ? reason : undefined
  } catch {
    return undefined
  }
}

function outcomeOf({ status, id, text, reason }: Answer): PushVerdict & ProviderAnswer {
  const said = { status, answer: text || null, id }
  if (status === 200) return { kind: 'sent', ...said }
  if (status === 410 || reason === 'Unregistered') return { kind: 'gone', reason: 'unregistered', ...said }
  if (reason === 'BadDeviceToken' || reason === 'DeviceTokenNotForTopic') return { kind: 'gone', reason: 'address-refused', ...said }
  if (status === 429 || status >= 500) return { kind: 'later', after: status === 429 ? overloaded : undefined, ...said }
  if (status === 413) return { kind: 'refused', reason: 'too-large', ...said }
  // The certificate or token, or the topic that it is not for.
  if (status === 403 || reason === 'BadTopic' || reason === 'TopicDisallowed' || reason === 'MissingTopic')
    return { kind: 'refused', reason: 'credential-refused', alarm: true, ...said }
  return { kind: 'refused', reason: 'provider-refused', ...said }
}
