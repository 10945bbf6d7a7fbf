import { decodeForm, decodeJson, type FormValues, ParleyError } from '@parley/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import type { OriginOf } from '../base/origin.ts'
import type { Caller } from '../domain/accounts/authenticate.ts'
import { letIn } from '../domain/accounts/let-in.ts'
import type { Context } from '../domain/context.ts'
import { bodyText, queryOf } from './form.ts'
import { nothingThere, unsupportedType } from './refusals.ts'
import { Accepted, type Route, serviceInPath } from './routes.ts'
import { scopeOf } from './scope.ts'
import { type Stream, sendStream } from './send-stream.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling, once they have been let in. */
    caller: Caller | undefined
  }
  interface FastifyContextConfig {
    /** How a body is written, when it is no form. */
    body?: 'json'
  }
}

const empty: FormValues = new Map()

interface Surroundings {
  originOf: OriginOf
  /** The machine's time, by which connections live and die. */
  pacing: Clock
}

/** Registers the routes. */
export function serveRoutes(app: FastifyInstance, ctx: Context, around: Surroundings, routes: readonly Route[]): void {
  app.decorateRequest('caller', undefined)
  for (const route of routes) if (route.body !== 'json') serve(app, ctx, around, route)
  app.register(async (json) => {
    parseJson(json)
    for (const route of routes) if (route.body === 'json') serve(json, ctx, around, route)
  })
}

function serve(app: FastifyInstance, ctx: Context, { originOf, pacing }: Surroundings, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    config: route.body ? { body: route.body } : {},
    // Before the body is read: nobody sends us much without having been let in.
    onRequest: async (request) => {
      request.caller = await letIn(ctx, { headers: request.headers, ownOrigin: originOf(request.raw) })
    },
    handler: async (request, reply) => {
      const body = await respond(ctx, originOf(request.raw), route, request)
      if (body instanceof Accepted) return reply.code(202).send(body.resource)
      reply.code(route.status)
      if (route.streams) return sendStream(ctx, pacing, body as Stream, request, reply)
      return route.status === 204 ? reply.send() : body
    },
  })
}

async function respond(ctx: Context, origin: string, route: Route, request: FastifyRequest): Promise<unknown> {
  const caller = request.caller as Caller
  const path = request.params as Record<string, string>
  // No database is asked for names that it cannot hold.
  if (Object.values(path).some((segment) => segment.includes('\0'))) throw nothingThere(request.url)
  const json = route.body === 'json'
  const values = json
    ? empty
    : route.method === 'POST'
      ? ((request.body as FormValues | undefined) ?? empty)
      : queryOf(request.url, ctx.limits)
  return route.respond({
    actor: { kind: 'account', account_sid: caller.account.sid, webhooks: areWebhooksEnabled(request) },
    scope: await scopeOf(ctx, caller, origin, path[serviceInPath]),
    path,
    values,
    read: (params) => (json ? decodeJson(params, route.respell?.(request.body), ctx.limits) : decodeForm(params, values, ctx.limits)),
    limits: ctx.limits,
    address: origin + request.url.split('?', 1)[0],
    ...caller,
  })
}

/** A body is JSON, or empty whatever its type. @throws 20001 for what is no JSON, 20422 for another type */
export function parseJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return undefined
    try {
      return JSON.parse(bodyText(body))
    } catch (cause) {
      throw new ParleyError('parameter-invalid', { text: 'The body is expected to be JSON', cause })
    }
  })
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => {
    if (body.length > 0) throw unsupportedType('application/json')
  })
}

/** Whether the caller wants webhooks to hear of it (rest-api §1.10). */
const areWebhooksEnabled = ({ headers }: FastifyRequest): boolean =>
  String(headers['x-twilio-webhook-enabled'] ?? '')
    .trim()
    .toLowerCase() === 'true'
