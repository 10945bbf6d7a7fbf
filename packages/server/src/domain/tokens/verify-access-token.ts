import { hash } from 'node:crypto'
import { isSid } from '@parley/protocol'
import type { ApiKeyRow, ServiceRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { chatGrantOf, type ExaminedToken, tokenChecks } from './token-checks.ts'

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

/**
 * Checks an access token, and says which check failed and what was expected there.
 *
 * @throws ParleyError of the first check that it does not pass
 */
async function verifyAccessToken(ctx: Context, token: unknown): Promise<AccessToken> {
  const examined: ExaminedToken = { token, now: Math.floor(ctx.clock.now() / 1_000) }
  for (const check of tokenChecks) await check.run(ctx, examined)

  const { account_sid, sid: key_sid } = examined.key as ApiKeyRow
  const chat = chatGrantOf(examined)
  const role = chat['deployment_role_sid']
  return {
    account_sid,
    key_sid,
    chat_service_sid: (examined.service as ServiceRow).sid,
    identity: examined.identity as string,
    role_sid: typeof role === 'string' && isSid('role', role) ? role : undefined,
    push_credential_sid: shortText(chat['push_credential_sid']),
    endpoint_id: shortText(chat['endpoint_id']),
    expires_at: (examined.claims?.exp as number) * 1_000,
  }
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
      // By their hashes, for tokens are long, and there are as many as there are clients.
      const name = typeof token === 'string' ? hash('sha256', token, 'base64') : ''
      const remembered = before.get(name)
      if (remembered && remembered.expires_at > ctx.clock.now()) return remembered
      const checked = await verifyAccessToken(ctx, token)
      if (before.size >= tokensRemembered) before.clear()
      // What was checked while everything was being forgotten is not remembered.
      if (before === known) known.set(name, checked)
      return checked
    },
    forget() {
      known = new Map()
    },
  }
}

/** Text that fits into a column; `undefined` for anything else. */
function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 1_000 && !/[\0\ud800-\udfff]/u.test(value) ? value : undefined
}
