/** What an access token says of itself. Whether it is genuine, the server alone can tell. */
export interface TokenContent {
  identity: string
  service: string
  /** `null` when it never ends. */
  ends: Date | null
}

export type TokenProblem = 'malformed' | 'no-identity' | 'no-service' | 'expired'

interface Payload {
  exp?: unknown
  grants?: { identity?: unknown; chat?: { service_sid?: unknown }; ip_messaging?: { service_sid?: unknown } }
}

/** Reads a token before it is used, so that what is wrong with it can be said at once. */
export function readToken(token: string, now = Date.now()): { content: TokenContent } | { problem: TokenProblem; ends?: Date } {
  const parts = token.trim().split('.')
  const payload = parts.length === 3 ? decode(parts[1] as string) : undefined
  if (!payload) return { problem: 'malformed' }
  const { exp, grants } = payload
  const identity = grants?.identity
  const service = grants?.chat?.service_sid ?? grants?.ip_messaging?.service_sid
  if (typeof identity !== 'string' || identity === '') return { problem: 'no-identity' }
  if (typeof service !== 'string' || service === '') return { problem: 'no-service' }
  const ends = typeof exp === 'number' ? new Date(exp * 1_000) : null
  if (ends && ends.getTime() <= now) return { problem: 'expired', ends }
  return { content: { identity, service, ends } }
}

function decode(part: string): Payload | undefined {
  try {
    const bytes = Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.codePointAt(0) as number)
    const payload: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof payload === 'object' && payload !== null ? payload : undefined
  } catch {
    return undefined
  }
}
