import { CheckToken, TokenCheckResource } from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import { explainAccessToken } from '../domain/tokens/explain-access-token.ts'
import { toDateTime } from './resources/dates.ts'
import { asking, ofAccount } from './routes.ts'

/** Explains access tokens. The original has nothing like it. */
export const tokenRoutes = (ctx: Context) =>
  ofAccount(
    asking('/Tokens/Check', CheckToken, TokenCheckResource, async ({ account, params }) => ({
      ...(await explainAccessToken(ctx, account.sid, params.token.trim())),
      date_checked: toDateTime(ctx.clock.now()),
    })),
  )
