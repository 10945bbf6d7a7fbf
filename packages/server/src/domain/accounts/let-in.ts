import { ParleyError } from '@parley/protocol'
import { consoleSecret, type RequestHead } from '../console/console-request.ts'
import { whoIsSignedIn } from '../console/console-sessions.ts'
import type { Context } from '../context.ts'
import { authenticate, type Caller } from './authenticate.ts'
import { basicCredentials } from './basic-credentials.ts'

/**
 * Lets a request in: by its credentials, or, when it has none and comes from the console, as whoever is signed in there. Both may do the same.
 *
 * @throws what authenticating throws, and 20403 for a page of another origin that asks in the name of somebody signed in
 */
export async function letIn(ctx: Context, request: RequestHead): Promise<Caller> {
  const { authorization } = request.headers
  if (authorization !== undefined) return authenticate(ctx, basicCredentials(String(authorization)))
  const secret = ctx.console && consoleSecret(request)
  const operator = ctx.console && secret && (await whoIsSignedIn(ctx, ctx.console, secret))
  if (!operator) throw new ParleyError('authentication-failed')
  return operator
}
