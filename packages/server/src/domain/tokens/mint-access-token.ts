import { SignJWT } from 'jose'
import type { ApiKeyRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'

/** What an access token is to say. */
export interface TokenWish {
  /** The API key that signs it. */
  key: ApiKeyRow
  chat_service_sid: string
  identity: string
  lifetime_seconds: number
}

/** An access token for the client SDKs, in the form that the official helper libraries give theirs (access-tokens §1, §2). */
export function mintAccessToken(ctx: Context, { key, chat_service_sid, identity, lifetime_seconds }: TokenWish): Promise<string> {
  const now = Math.floor(ctx.clock.now() / 1_000)
  const claims = { jti: `${key.sid}-${now}`, grants: { identity, chat: { service_sid: chat_service_sid } } }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' })
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime_seconds)
    .setIssuer(key.sid)
    .setSubject(key.account_sid)
    .sign(new TextEncoder().encode(ctx.vault.open(key.secret)))
}
