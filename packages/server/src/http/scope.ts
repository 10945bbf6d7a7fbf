import { canonicalSid, ParleyError } from '@parley/protocol'
import type { Caller } from '../domain/accounts/authenticate.ts'
import type { Context } from '../domain/context.ts'

/**
 * Where a `/v1` request works: in the account's default service, or in the service its path names (rest-api §1.11). Nothing outside of
 * it can be found, and all addresses in the answer begin with `root`.
 */
export interface Scope {
  account_sid: string
  service_sid: string
  /** `https://host/v1`, and `/Services/IS…` behind it when the path names the service. */
  root: string
  /** Whether the path names the service: then some resources name it too. */
  named: boolean
}

/** The scope of a request. @throws 50050 for a service that is not the account's */
export async function scopeOf(ctx: Context, { account }: Caller, origin: string, named: string | undefined): Promise<Scope> {
  const root = `${origin}/v1`
  if (named === undefined) return { account_sid: account.sid, service_sid: account.default_chat_service_sid, root, named: false }
  const service = await ctx.store.read.services.find(canonicalSid(named))
  if (service?.account_sid !== account.sid) throw new ParleyError('service-not-found')
  return { account_sid: account.sid, service_sid: service.sid, root: `${root}/Services/${service.sid}`, named: true }
}
