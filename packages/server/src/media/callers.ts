import { canonicalSid, isSid, ParleyError } from '@parley/protocol'
import type { AccountActor, UserActor } from '../domain/access.ts'
import { letIn } from '../domain/accounts/let-in.ts'
import type { RequestHead } from '../domain/console/console-request.ts'
import type { Context } from '../domain/context.ts'
import type { TokenVerifier } from '../domain/tokens/verify-access-token.ts'
import { identifyUser } from '../domain/users/identify-user.ts'

/** Who calls, and for which service. */
export interface MediaCaller {
  actor: AccountActor | UserActor
  chat_service_sid: string
}

/**
 * Lets a caller in: an SDK with its access token, or a server with the credentials of its account (wire-protocol §3.5, rest-api §6.1).
 *
 * @throws 20003 and the codes of tokens for credentials that do not fit, 50050 for a service that is not theirs
 */
export async function callerOf(ctx: Context, tokens: TokenVerifier, request: RequestHead, service: string): Promise<MediaCaller> {
  if (!isSid('service', service)) throw new ParleyError('service-not-found')
  const chat_service_sid = canonicalSid(service)
  const token = request.headers['x-twilio-token']
  if (token !== undefined) {
    const { actor } = await identifyUser(ctx, tokens, token)
    if (actor.chat_service_sid !== chat_service_sid) throw new ParleyError('service-not-found')
    return { actor, chat_service_sid }
  }
  const { account } = await letIn(ctx, request)
  const found = await ctx.store.read.services.find(chat_service_sid)
  if (found?.account_sid !== account.sid) throw new ParleyError('service-not-found')
  return { actor: { kind: 'account', account_sid: account.sid, webhooks: false }, chat_service_sid }
}
