import { canonicalSid, ParleyError } from '@parley/protocol'
import { type Command, upstreamRoute } from '../upstream.ts'

/** What a role of the user's service is called, for apps that show who is what. What it permits is not told. An extension of Parley. */
async function role({ ctx, session, params }: Command) {
  const found = await ctx.store.read.roles.find(canonicalSid(params['role'] as string))
  if (found?.chat_service_sid !== session.actor.chat_service_sid) throw new ParleyError('role-not-found')
  const { sid, friendly_name, type } = found
  return { sid, friendly_name, type }
}

export const roleRoutes = [upstreamRoute('GET', '/Client/v2/Roles/:role', role)]
