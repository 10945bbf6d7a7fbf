import { decodeJson, isoInstant, ParleyError, text } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AddressOf, OriginOf } from '../base/origin.ts'
import { assertSameOrigin, consoleSecret, cookieFor } from '../domain/console/console-request.ts'
import { type Operator, signIn, signOut, whoIsSignedIn } from '../domain/console/console-sessions.ts'
import type { ConsoleSurroundings, Context } from '../domain/context.ts'
import { nothingThere } from './refusals.ts'
import { parseJson } from './serve-routes.ts'

export interface ConsoleApiOptions {
  originOf: OriginOf
  addressOf: AddressOf
  mode: 'development' | 'production'
}

const path = '/console/api/session'
const SignIn = Type.Object({ username: text(), password: text() })
/** Nobody's credentials take more. */
const largestBody = 10_000

/**
 * Signing in to the console. All else it asks of the REST API, in the name of who is signed in. It is there only where the console is.
 */
export function serveConsoleApi(
  app: FastifyInstance,
  ctx: Context,
  sessions: ConsoleSurroundings,
  { originOf, addressOf, mode }: ConsoleApiOptions,
): void {
  const headOf = (request: FastifyRequest) => ({ headers: request.headers, ownOrigin: originOf(request.raw) })

  const keep = (request: FastifyRequest, reply: FastifyReply, secret: string, seconds: number) => {
    const { headers, ownOrigin } = headOf(request)
    // A browser says how it came, also when a proxy has taken the TLS off.
    const secure = (headers.origin ?? ownOrigin).startsWith('https:')
    reply.header('set-cookie', cookieFor(secret, { secure, seconds }))
  }

  const present = ({ account, key, session }: Operator) => ({
    account_sid: account.sid,
    account_name: account.friendly_name,
    signed_in_as: key ? 'key' : 'account',
    ...(key ? { key_sid: key.sid } : {}),
    expires_at: isoInstant(session.expires_at),
    development: mode === 'development',
  })

  app.register(async (json) => {
    parseJson(json)

    json.get(path, async (request) => {
      const secret = consoleSecret(headOf(request))
      const operator = secret && (await whoIsSignedIn(ctx, sessions, secret))
      if (!operator) throw new ParleyError('authentication-failed')
      return present(operator)
    })

    json.post(path, { bodyLimit: largestBody }, async (request, reply) => {
      assertSameOrigin(headOf(request))
      const credentials = decodeJson(SignIn, request.body, ctx.limits)
      const { secret, operator } = await signIn(ctx, sessions, credentials, addressOf(request.raw))
      keep(request, reply, secret, Math.ceil((operator.session.ends_at - operator.session.date_created) / 1_000))
      reply.code(201)
      return present(operator)
    })

    json.delete(path, async (request, reply) => {
      const secret = consoleSecret(headOf(request))
      if (secret === undefined) throw new ParleyError('authentication-failed')
      await signOut(ctx, secret)
      keep(request, reply, '', 0)
      return reply.code(204).send()
    })

    // The page has every path but these.
    for (const other of ['/console/api', '/console/api/*'])
      json.get(other, async (request) => {
        throw nothingThere(request.url)
      })
  })
}
