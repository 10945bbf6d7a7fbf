import { decodeForm, decodeJson, type FormValues, type Limits, ParleyError } from '@parley/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import type { OriginOf } from '../base/origin.ts'
import type { Caller } from '../domain/accounts/authenticate.ts'
import { letIn } from '../domain/accounts/let-in.ts'
import type { Context } from '../domain/context.ts'
import { type FoundRoute, routeFinder } from './find-route.ts'
import { bodyText, parseForm, queryOf } from './form.ts'
import { nothingThere, unsupportedType } from './refusals.ts'
import { Accepted, type Route, serviceInPath } from './routes.ts'
import { scopeOf } from './scope.ts'
import { type Stream, sendStream } from './send-stream.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Which route of the table it takes. */
    found: FoundRoute | undefined
    /** Who is calling, once they have been let in. */
    caller: Caller | undefined
  }
  interface FastifyContextConfig {
    /** Whether it stands for the routes of the table. */
    isTable?: true
  }
}

const empty: FormValues = new Map()

interface Surroundings {
  originOf: OriginOf
  /** The machine's time, by which connections live and die. */
  pacing: Clock
  /** Refuses a request that no route takes. */
  refuseUnknown(request: FastifyRequest, reply: FastifyReply): never
}

/**
 * Serves the routes of the table. The framework has one for all paths that begin alike; which of ours a request takes is looked up, in a router that is
 * made for the first of them. To register each would be a fifth of the start.
 */
export function serveRoutes(app: FastifyInstance, ctx: Context, around: Surroundings, routes: readonly Route[]): void {
  const find = routeFinder(routes)
  app.decorateRequest('found', undefined)
  app.decorateRequest('caller', undefined)
  for (const { method, path } of routes)
    for (const served of method === 'GET' ? ['GET', 'HEAD'] : [method]) app.served.push({ method: served, path })
  app.register(async (table) => {
    parseBodies(table, ctx.limits)
    for (const start of new Set(routes.map(({ path }) => path.split('/', 2)[1]))) serve(table, ctx, around, find, `/${start}/*`)
  })
}

function serve(
  app: FastifyInstance,
  ctx: Context,
  { originOf, pacing, refuseUnknown }: Surroundings,
  find: ReturnType<typeof routeFinder>,
  url: string,
): void {
  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    url,
    config: { isTable: true },
    // Before the body is read: nobody sends us much without having been let in.
    onRequest: async (request, reply) => {
      request.found = find(request.method, request.url)
      if (!request.found) refuseUnknown(request, reply)
      request.caller = await letIn(ctx, { headers: request.headers, ownOrigin: originOf(request.raw) })
    },
    handler: async (request, reply) => {
      const { route } = request.found as FoundRoute
      const body = await respond(ctx, originOf(request.raw), request)
      if (body instanceof Accepted) return reply.code(202).send(body.resource)
      reply.code(route.status)
      if (route.streams) return sendStream(ctx, pacing, body as Stream, request, reply)
      return route.status === 204 ? reply.send() : body
    },
  })
}

/** A body is written as its route wants it, or empty whatever its type: some libraries name a type and send nothing (rest-api §9). */
function parseBodies(app: FastifyInstance, limits: Limits): void {
  const isJson = ({ found }: FastifyRequest) => found?.route.body === 'json'
  const nothing = (request: FastifyRequest) => (isJson(request) ? undefined : parseForm('', limits))
  const parsed = (written: 'json' | 'form', parse: (text: string) => unknown) => async (request: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return nothing(request)
    if (isJson(request) !== (written === 'json')) throw unsupportedBody(request)
    return parse(bodyText(body))
  }
  const unsupportedBody = (request: FastifyRequest) => (isJson(request) ? unsupportedType('application/json') : unsupportedType())
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    parsed('form', (text) => parseForm(text, limits)),
  )
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, parsed('json', readJson))
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (body.length > 0) throw unsupportedBody(request)
    return nothing(request)
  })
}

async function respond(ctx: Context, origin: string, request: FastifyRequest): Promise<unknown> {
  const caller = request.caller as Caller
  const { route, params: path } = request.found as FoundRoute
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
    return body.length === 0 ? undefined : readJson(bodyText(body))
  })
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => {
    if (body.length > 0) throw unsupportedType('application/json')
  })
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ParleyError('parameter-invalid', { text: 'The body is expected to be JSON', cause })
  }
}

/** Whether the caller wants webhooks to hear of it (rest-api §1.10), if the caller says. */
function areWebhooksEnabled({ headers }: FastifyRequest): boolean | undefined {
  const said = headers['x-twilio-webhook-enabled']
  return said === undefined ? undefined : String(said).trim().toLowerCase() === 'true'
}
