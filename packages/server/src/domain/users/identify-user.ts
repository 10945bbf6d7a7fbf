import type { UserActor } from '../access.ts'
import type { Context } from '../context.ts'
import type { AccessToken, TokenVerifier } from '../tokens/verify-access-token.ts'
import { ensureUser } from './ensure-user.ts'

/** Who a token belongs to. A user who is new to the service comes into being. @throws what verifying the token throws */
export async function identifyUser(ctx: Context, tokens: TokenVerifier, token: unknown): Promise<{ actor: UserActor; token: AccessToken }> {
  const checked = await tokens.verify(token)
  const { chat_service_sid, identity, role_sid, account_sid } = checked
  const user =
    (await ctx.store.read.users.findByIdentity(chat_service_sid, identity)) ??
    (await ctx.store.write((tx) => ensureUser(ctx, tx, chat_service_sid, identity, role_sid)))
  return { actor: { kind: 'user', account_sid, chat_service_sid, user_sid: user.sid, identity }, token: checked }
}
