import { type Frame, ParleyError, toErrorBody } from '@parley/protocol'
import findMyWay, { type HTTPMethod, type HTTPVersion } from 'find-my-way'
import type { Clock } from '../base/clock.ts'
import type { Context } from '../domain/context.ts'
import type { DevicePresence } from '../domain/push/device-presence.ts'
import type { Caller } from './caller.ts'
import type { Hub } from './hub.ts'
import type { SessionLists } from './session-list/session-lists.ts'

/**
 * HTTP requests that arrive in frames (wire-protocol §3). They are routed by their path and never by their host, which is a label that differs
 * between SDK generations.
 */
export interface UpstreamRequest {
  method: string
  path: string
  query: Readonly<Record<string, string | undefined>>
  /** The parsed JSON body, or the text of any other; `undefined` when there is none. */
  body: unknown
  /** By which a client names a change that it may have to ask for again. */
  mutationId: string | undefined
}

export interface UpstreamAnswer {
  status: number
  /** JSON text; empty for an answer without body. */
  body: string
  /** What goes on behind the answer. It never fails. */
  goesOn: Promise<void> | undefined
}

/** What every handler may use. */
export interface Surroundings {
  ctx: Context
  hub: Hub
  /** The lists of commands of older clients. */
  lists: SessionLists
  /** Time as the machine has it, for pauses between answers. */
  pacing: Clock
  devices: DevicePresence
}

/** What a handler is given. `params` are the decoded segments of the path. */
export interface Command extends Surroundings {
  session: Caller
  params: Readonly<Record<string, string>>
  query: UpstreamRequest['query']
  body: unknown
  mutationId: string | undefined
  /** Goes on with this work, which deals with its own errors, behind the answer; until it is done the request has its place among those under way. */
  goOn(work: Promise<void>): void
}

class UpstreamCommand implements Command {
  readonly ctx: Context
  readonly hub: Hub
  readonly lists: SessionLists
  readonly pacing: Clock
  readonly devices: DevicePresence
  readonly query: UpstreamRequest['query']
  readonly body: unknown
  readonly mutationId: string | undefined
  goesOn: Promise<void> | undefined

  constructor(
    { ctx, hub, lists, pacing, devices }: Surroundings,
    readonly session: Caller,
    readonly params: Readonly<Record<string, string>>,
    { query, body, mutationId }: UpstreamRequest,
  ) {
    this.ctx = ctx
    this.hub = hub
    this.lists = lists
    this.pacing = pacing
    this.devices = devices
    this.query = query
    this.body = body
    this.mutationId = mutationId
  }

  goOn(work: Promise<void>): void {
    this.goesOn = work
  }
}

/** A path and what is done there. The handler's result is the JSON answer; `status` is 200 unless said otherwise. */
export interface UpstreamRoute {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  status?: number
  handle(command: Command): Promise<unknown> | unknown
}

export const upstreamRoute = (
  method: UpstreamRoute['method'],
  path: string,
  handle: UpstreamRoute['handle'],
  status = 200,
): UpstreamRoute => ({ method, path, handle, status })

export interface UpstreamRoutes {
  find(method: string, path: string): FoundRoute | undefined
  /** Whether the path exists with some other method. */
  knows(path: string): boolean
  surroundings: Surroundings
  served: readonly { method: string; path: string }[]
}

interface FoundRoute {
  route: UpstreamRoute
  params: Readonly<Record<string, string>>
}

/** Found routes that are kept: a connection sends to the same few paths again and again. */
const routesKept = 4_096

const methods = ['GET', 'POST', 'DELETE'] as const
const longestSegment = 4_096

export function createUpstreamRoutes(surroundings: Surroundings, routes: readonly UpstreamRoute[]): UpstreamRoutes {
  // Made for the first connection: the server is ready sooner.
  let made: ReturnType<typeof routerOf> | undefined
  const router = () => {
    made ??= routerOf(routes)
    return made
  }
  const kept = new Map<string, Map<string, FoundRoute>>(methods.map((method) => [method, new Map()]))
  return {
    surroundings,
    served: routes.map(({ method, path }) => ({ method, path })),
    find(method, path) {
      const ofMethod = kept.get(method)
      const known = ofMethod?.get(path)
      if (known || !ofMethod) return known
      const result = router().find(method as HTTPMethod, path)
      if (!result) return undefined
      const params = result.params as Record<string, string>
      // No database is asked for names that it cannot hold.
      if (Object.values(params).some(hasNul)) return undefined
      const found = { route: result.store as UpstreamRoute, params }
      if (ofMethod.size >= routesKept) ofMethod.clear()
      if (path.length <= longestSegment) ofMethod.set(path, found)
      return found
    },
    knows: (path) => methods.some((method) => router().find(method, path) !== null),
  }
}

function routerOf(routes: readonly UpstreamRoute[]) {
  const router = findMyWay<HTTPVersion.V1>({ caseSensitive: true, maxParamLength: longestSegment })
  for (const route of routes) router.on(route.method as HTTPMethod, route.path, () => {}, route)
  return router
}

const text = new TextDecoder()
const noQuery: UpstreamRequest['query'] = Object.freeze(Object.create(null))

const longestMutationId = 100

/** How a client names a change; `undefined` for a question, and for a change without a name. */
export function mutationIdOf({ header }: Frame): string | undefined {
  const request = header['http_request'] as { method?: unknown; headers?: Record<string, unknown> | null } | null | undefined
  const id = request?.headers?.['X-Twilio-Mutation-Id']
  return request?.method !== 'GET' && typeof id === 'string' && id.length <= longestMutationId ? id : undefined
}

/** The request in a `message` frame. @throws ParleyError for one that is none */
function readUpstreamRequest(frame: Frame): UpstreamRequest {
  const { header, payload } = frame
  const request = header['http_request'] as Record<string, unknown> | null | undefined
  const { method, path, params } = request ?? {}
  if (typeof method !== 'string' || typeof path !== 'string' || !path.startsWith('/'))
    throw new ParleyError('frame-malformed', { text: 'http_request with method and path is expected' })
  return {
    method: method.toUpperCase(),
    path,
    query: queryOf(params),
    body: bodyOf(header['payload_type'], payload),
    mutationId: mutationIdOf(frame),
  }
}

/** Values stay percent-encoded as in the URL they came from (wire-protocol §3.1). @throws 20001 for NUL, which no database holds */
function queryOf(params: unknown): UpstreamRequest['query'] {
  if (typeof params !== 'object' || params === null) return noQuery
  const query: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(params)) {
    const last: unknown = Array.isArray(value) ? value.at(-1) : value
    if (typeof last === 'string' || typeof last === 'number') query[name] = decoded(String(last))
    if (hasNul(query[name])) throw new ParleyError('parameter-invalid', { details: { field: name.slice(0, 80) } })
  }
  return query
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function bodyOf(type: unknown, payload: Uint8Array): unknown {
  if (payload.length === 0) return undefined
  const content = text.decode(payload)
  if (typeof type === 'string' && type.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(content))
  try {
    return JSON.parse(content)
  } catch {
    return content
  }
}

/** Answers a request. Every request gets an answer, whatever happens: one that hangs costs the client 30 seconds. */
export function answerUpstream(routes: UpstreamRoutes, session: Caller, frame: Frame): Promise<UpstreamAnswer> {
  const { surroundings } = routes
  let path: string | null = null
  try {
    const request = readUpstreamRequest(frame)
    path = request.path
    const found = routes.find(request.method, path)
    if (!found) {
      if (!path.includes('%00') && routes.knows(path)) throw new ParleyError('method-not-allowed')
      throw nothingThere(path)
    }
    return carryOut(found.route, new UpstreamCommand(surroundings, session, found.params, request), path)
  } catch (error) {
    return Promise.resolve(refusal(error, path, surroundings))
  }
}

async function carryOut(route: UpstreamRoute, command: UpstreamCommand, path: string): Promise<UpstreamAnswer> {
  try {
    const answer = await route.handle(command)
    return { status: route.status ?? 200, body: answer === undefined ? '' : JSON.stringify(answer), goesOn: command.goesOn }
  } catch (error) {
    return { ...refusal(error, path, command), goesOn: command.goesOn }
  }
}

function refusal(error: unknown, path: string | null, { ctx }: Surroundings): UpstreamAnswer {
  if (!(error instanceof ParleyError)) ctx.log.error({ err: error, path }, 'A request over a connection failed')
  const known = error instanceof ParleyError ? error : new ParleyError('internal-error')
  return { status: known.status, body: JSON.stringify(toErrorBody(known)), goesOn: undefined }
}

const nothingThere = (path: string) => new ParleyError('resource-not-found', { text: `The requested resource ${path} was not found` })

const hasNul = (value: string | undefined) => value?.includes('\0') === true
