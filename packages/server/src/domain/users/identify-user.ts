import type { UserRow } from '../../storage/schema.ts'
import type { UserActor } from '../access.ts'
import type { Context } from '../context.ts'
import type { AccessToken, TokenVerifier } from '../tokens/verify-access-token.ts'
import { audienceOf } from '../webhooks/audience.ts'
import { ensureUser } from './ensure-user.ts'

/** Who a token belongs to. A user who is new to the service comes into being. @throws what verifying the token throws */
export async function identifyUser(ctx: Context, tokens: TokenVerifier, token: unknown): Promise<{ actor: UserActor; token: AccessToken }> {
  const checked = await tokens.verify(token)
  const { chat_service_sid, identity, account_sid } = checked
  const known = await ctx.store.read.users.findByIdentity(chat_service_sid, identity)
  const user = known ?? (await welcome(ctx, checked))
  return { actor: { kind: 'user', account_sid, chat_service_sid, user_sid: user.sid, identity }, token: checked }
}

/** Makes a user of somebody who comes for the first time. */
async function welcome(ctx: Context, { account_sid, chat_service_sid, identity, role_sid }: AccessToken): Promise<UserRow> {
  const audience = await audienceOf(ctx, { kind: 'user', identity }, { account_sid, chat_service_sid })
  return ctx.store.write((tx) => ensureUser(ctx, tx, audience, chat_service_sid, identity, role_sid))
}
