import { type Limits, openApiDocument, ParleyError, type RouteDescription, toErrorBody } from '@parley/protocol'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Clock, MovableClock } from '../base/clock.ts'
import type { WebPage } from '../base/config.ts'
import type { AddressOf, OriginOf } from '../base/origin.ts'
import type { Context } from '../domain/context.ts'
import { accountRoutes } from './accounts.ts'
import { addressConfigurationRoutes } from './address-configurations.ts'
import { bindingRoutes } from './bindings.ts'
import { configurationRoutes } from './configuration.ts'
import { connectionRoutes } from './connections.ts'
import { serveConsoleApi } from './console-api.ts'
import { contentRoutes } from './content.ts'
import { conversationRoutes } from './conversations.ts'
import { credentialRoutes } from './credentials.ts'
import { serveDevelopment } from './development.ts'
import { exportRoutes } from './exports.ts'
import { longestSegment } from './find-route.ts'
import { bodyText, parseForm } from './form.ts'
import { installationRoutes } from './installation.ts'
import { jobRoutes } from './jobs.ts'
import { keyRoutes } from './keys.ts'
import { messageRoutes } from './messages.ts'
import { notificationRoutes } from './notifications.ts'
import { serveOperations } from './operations.ts'
import { methodsOf } from './other-methods.ts'
import { participantConversationRoutes } from './participant-conversations.ts'
import { participantRoutes } from './participants.ts'
import { pushRoutes } from './pushes.ts'
import { receiptRoutes } from './receipts.ts'
import { internalError, nothingThere, toRefusal, unsupportedType } from './refusals.ts'
import { answerHeaders, headerSetter } from './response-headers.ts'
import { roleRoutes } from './roles.ts'
import type { Route } from './routes.ts'
import { serveRoutes } from './serve-routes.ts'
import { serviceRoutes } from './services.ts'
import { tokenRoutes } from './tokens.ts'
import { userConversationRoutes } from './user-conversations.ts'
import { userRoutes } from './users.ts'
import { serveWebPages } from './web-pages.ts'
import { webhookDeliveryRoutes } from './webhook-deliveries.ts'
import { webhookRoutes } from './webhooks.ts'

export interface HttpDoorOptions {
  /** Base of the absolute URLs in answers, known when the server listens. */
  publicUrl: () => string
  /** The same for one request. */
  originOf: OriginOf
  addressOf: AddressOf
  mode: 'development' | 'production'
  pages: ReadonlySet<WebPage>
  /** The clock that development mode may move. */
  clock: MovableClock
  /** The machine's time, by which connections live and die. */
  pacing: Clock
  /** PEM texts, to serve TLS itself. */
  tls?: { cert: Buffer; key: Buffer } | undefined
}

/** Longest a client may take to send a request: enough for a large body on a slow line. */
const requestMilliseconds = 600_000

/** No route has a schema of its framework's: ours validate. To load its compilers would take a tenth of the start. */
const noSchemas = (): never => {
  throw new Error('A route has a schema that nobody reads')
}

/** Every route of the REST door. */
const restRoutes = (ctx: Context): Route[] => [
  ...conversationRoutes(ctx),
  ...messageRoutes(ctx),
  ...receiptRoutes(ctx),
  ...exportRoutes(ctx),
  ...participantRoutes(ctx),
  ...participantConversationRoutes(ctx),
  ...userRoutes(ctx),
  ...userConversationRoutes(ctx),
  ...roleRoutes(ctx),
  ...contentRoutes(ctx),
  ...serviceRoutes(ctx),
  ...configurationRoutes(ctx),
  ...addressConfigurationRoutes(ctx),
  ...notificationRoutes(ctx),
  ...credentialRoutes(ctx),
  ...bindingRoutes(ctx),
  ...webhookDeliveryRoutes(ctx),
  ...jobRoutes(ctx),
  ...connectionRoutes(ctx),
  ...installationRoutes(ctx),
  ...tokenRoutes(ctx),
  ...pushRoutes(ctx),
  ...accountRoutes(ctx),
  ...keyRoutes(ctx),
  ...webhookRoutes(ctx),
]

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of this server, whichever door it belongs to. */
    served: { method: string; path: string }[]
    /** What /openapi.json tells of: each door adds its own. */
    described: RouteDescription[]
  }
}

/** The door for HTTP: REST, operations, and in development mode what helps to try out. It does not listen yet, and other doors may add to it. */
export function createHttpDoor(
  ctx: Context,
  { publicUrl, originOf, addressOf, mode, pages, clock, pacing, tls }: HttpDoorOptions,
): FastifyInstance {
  const setHeaders = headerSetter(publicUrl)
  const routes = restRoutes(ctx)
  const methodsAt = methodsOf(routes)
  const app = fastify({
    ...(tls ? { https: tls } : {}),
    logger: false,
    bodyLimit: Math.min(ctx.limits.requestBodyBytes, Number.MAX_SAFE_INTEGER),
    requestTimeout: requestMilliseconds,
    return503OnClosing: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    genReqId: () => ctx.ids.sid('request'),
    frameworkErrors: (error, request, reply) => {
      setHeaders(reply, request)
      refuse(ctx, error, request, reply)
    },
    routerOptions: {
      maxParamLength: longestSegment,
      // We read queries ourselves, where a bad one can be refused.
      querystringParser: () => ({}),
    },
  }) as unknown as FastifyInstance

  app.decorate('served', [])
  app.decorate('described', [])
  app.addHook('onRoute', ({ method, url, config }) => {
    // Those that it stands for are told by name.
    if (config?.isTable) return
    for (const one of [method].flat()) app.served.push({ method: one, path: url })
  })
  parseBodies(app, ctx.limits)
  answerHeaders(app, setHeaders)
  sendLongTextsAsBytes(app)
  app.setErrorHandler((error, request, reply) => refuse(ctx, error, request, reply))
  // Before the body is read: nobody needs to send one to learn that nothing is there.
  const refuseUnknown = (request: FastifyRequest, reply: FastifyReply): never => {
    const allowed = methodsAt(request.url)
    if (allowed === undefined) throw nothingThere(request.url)
    reply.header('allow', allowed)
    throw new ParleyError('method-not-allowed', { details: { allowed } })
  }
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) refuseUnknown(request, reply)
  })

  hangUpWhenClosing(app, ctx)
  serveOperations(app, ctx)
  serveRoutes(app, ctx, { originOf, pacing, refuseUnknown }, routes)
  app.described.push(...routes)
  serveOpenApi(app, publicUrl)
  if (ctx.console) serveConsoleApi(app, ctx, ctx.console, { originOf, addressOf, mode })
  serveWebPages(app, ctx, { pages, publicUrl })
  if (mode === 'development') serveDevelopment(app, ctx, { publicUrl, clock })
  return app
}

/** From this length on an answer goes to Node as bytes: to a text it gives room for three bytes a character, which it fills with zeros first. */
const longText = 8_192

function sendLongTextsAsBytes(app: FastifyInstance): void {
  app.addHook<unknown>('onSend', (_, __, payload, done) => {
    done(null, typeof payload === 'string' && payload.length >= longText ? Buffer.from(payload) : payload)
  })
}

/** Tells anybody what can be asked. */
function serveOpenApi(app: FastifyInstance, publicUrl: () => string): void {
  let known: { url: string; text: string } | undefined
  app.get('/openapi.json', async (_, reply) => {
    const url = publicUrl()
    if (known?.url !== url) known = { url, text: JSON.stringify(openApiDocument(app.described, url)) }
    return reply.type('application/json; charset=utf-8').send(known.text)
  })
}

/** How long requests that are under way when the door closes have to come to their end, in milliseconds. */
const closingPatience = 10_000

/**
 * A connection that is busy when the door closes is closed when it is done: left alone it would wait for requests that nobody answers. One whose
 * request never comes to its end is closed all the same.
 */
function hangUpWhenClosing(app: FastifyInstance, { clock }: Context): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
    const timer = clock.after(closingPatience, () => app.server.closeAllConnections())
    app.server.once('close', () => timer.cancel())
  })
  app.addHook('onResponse', async () => {
    if (closing) app.server.closeIdleConnections()
  })
}

/** A body is a form, or empty whatever its type: some libraries name a type and send nothing (rest-api §9). */
function parseBodies(app: FastifyInstance, limits: Limits): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) =>
    parseForm(bodyText(body), limits),
  )
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: FastifyRequest, body: Buffer) => {
    if (body.length > 0) throw unsupportedType()
    return parseForm('', limits)
  })
}

/** Turns whatever went wrong into an answer: the one place that does. */
function refuse(ctx: Context, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = toRefusal(error, request.url, ctx.limits, request.found?.route.body)
  if (!refusal) {
    const path = request.url.split('?', 1)[0]
    ctx.log.error({ err: error, request_id: request.id, method: request.method, path }, 'A request failed')
    reply.code(500).send(internalError())
    return
  }
  const wait = refusal.details?.['retry_after']
  if (refusal.status === 429) reply.header('retry-after', String(wait ?? 1))
  if (refusal.status === 503) reply.header('retry-after', '5')
  reply.code(refusal.status).send(toErrorBody(refusal))
}
