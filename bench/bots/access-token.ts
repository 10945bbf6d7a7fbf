import { createHmac } from 'node:crypto'

/** What a back end needs to sign tokens (access-tokens §1). */
export interface Signer {
  accountSid: string
  apiKeySid: string
  apiKeySecret: string
  serviceSid: string
}

const lifetimeSeconds = 6 * 3_600

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs an access token exactly as the helper libraries do (access-tokens §2). */
export function signAccessToken(signer: Signer, identity: string): string {
  const now = Math.floor(Date.now() / 1_000)
  const header = base64url({ alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' })
  const payload = base64url({
    jti: `${signer.apiKeySid}-${now}`,
    grants: { identity, chat: { service_sid: signer.serviceSid } },
    iat: now,
    exp: now + lifetimeSeconds,
    iss: signer.apiKeySid,
    sub: signer.accountSid,
  })
  const signature = createHmac('sha256', signer.apiKeySecret).update(`${header}.${payload}`).digest('base64url')
  return `${header}.${payload}.${signature}`
}
