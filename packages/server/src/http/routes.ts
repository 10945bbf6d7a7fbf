import { type FormValues, formName, type Limits, PageOf, ParleyError } from '@parley/protocol'
import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox'
import type { AccountActor } from '../domain/access.ts'
import type { Caller } from '../domain/accounts/authenticate.ts'
import type { Page, PageRequest } from '../storage/paging.ts'
import { bySid, type Sorting } from './page-tokens.ts'
import { askedPage, pageMeta } from './paging.ts'
import type { Scope } from './scope.ts'
import type { Stream } from './send-stream.ts'

/**
 * The routes are a table: what a path takes, what it answers, and who does the work. Registering them, authentication, decoding and errors
 * are in one place (serve-routes.ts).
 */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/v1/Conversations/:conversation/Participants` */
  path: string
  /** Parameters of the body, or of the query for a list. */
  params: TObject
  /** How a body is written; a form unless said otherwise. */
  body?: 'json'
  /** Brings a JSON body that is spelled otherwise into the spelling of `params`. */
  respell?: (body: unknown) => unknown
  /** Success: the status, and what the body is; nothing for 204. */
  status: 200 | 201 | 204
  answer: TSchema | undefined
  /** Whether the answer is a stream of lines of JSON, and `answer` one line. */
  streams?: true
  /** Resources a page at most, of a list. */
  largest?: number
  respond(request: AuthenticRequest): Promise<unknown>
}

/** A request whose caller is known. */
export interface AuthenticRequest extends Caller {
  actor: AccountActor
  scope: Scope
  /** The segments of the path that have names, decoded. */
  path: Readonly<Record<string, string>>
  /** The parameters as they were sent, in a form or, for a list, in the query; empty when the body is JSON. */
  values: FormValues
  /** Reads the parameters, however they were sent. @throws ParleyError for the first bad one */
  read<S extends TObject>(params: S): Static<S>
  limits: Limits
  /** The address as the caller can use it: on the public base, without query. */
  address: string
}

/** The names in a path: `'conversation' | 'participant'` for `/Conversations/:conversation/Participants/:participant`. */
export type PathNames<P extends string> = P extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer More}`
    ? Name | PathNames<`/${More}`>
    : Rest extends `${infer Name}.json`
      ? Name
      : Rest
  : never

/** A request as its handler sees it. */
export type Call<P extends string, Params> = Omit<AuthenticRequest, 'path' | 'values' | 'read'> & {
  path: Readonly<Record<PathNames<P>, string>>
  params: Params
}

const nothing = Type.Object({})

/** A request with its parameters read. */
export const callOf = <P extends string, Params>(request: AuthenticRequest, params: Params) =>
  ({ params, ...request }) as unknown as Call<P, Params>

/** Fetches one resource. */
export function fetching<P extends string, A extends TSchema>(
  path: P,
  answer: A,
  handle: (call: Call<P, unknown>) => Promise<Static<A>>,
): Route {
  return { method: 'GET', path, params: nothing, status: 200, answer, respond: (request) => handle(callOf(request, {})) }
}

/** Tells something long, as lines of JSON (send-stream.ts). */
export function streaming<P extends string>(path: P, handle: (call: Call<P, unknown>) => Promise<Stream>): Route {
  const answer = Type.Object({ type: Type.String() })
  return { method: 'GET', path, params: nothing, status: 200, answer, streams: true, respond: (request) => handle(callOf(request, {})) }
}

/** Answers a question that is asked by a query. */
export function querying<P extends string, S extends TObject, A extends TSchema>(
  path: P,
  params: S,
  answer: A,
  handle: (call: Call<P, Static<S>>) => Promise<Static<A>>,
): Route {
  const respond = (request: AuthenticRequest) => handle(callOf(request, request.read(params)))
  return { method: 'GET', path, params, status: 200, answer, respond }
}

/** Makes a resource from parameters. */
export function creating<P extends string, S extends TObject, A extends TSchema>(
  path: P,
  params: S,
  answer: A,
  handle: (call: Call<P, Static<S>>) => Promise<Static<A>>,
): Route {
  const respond = (request: AuthenticRequest) => handle(callOf(request, request.read(params)))
  return { method: 'POST', path, params, status: 201, answer, respond }
}

/** An answer that comes before the work is done. */
export class Accepted {
  constructor(readonly resource: unknown) {}
}

/** Makes a resource from parameters, that may not be ready when it is answered: 202 then. */
export function creatingByAndBy<P extends string, S extends TObject, A extends TSchema>(
  path: P,
  params: S,
  answer: A,
  handle: (call: Call<P, Static<S>>) => Promise<{ ready: boolean; resource: Static<A> }>,
): Route {
  const respond = async (request: AuthenticRequest) => {
    const { ready, resource } = await handle(callOf(request, request.read(params)))
    return ready ? resource : new Accepted(resource)
  }
  return { method: 'POST', path, params, status: 201, answer, respond }
}

/** Changes a resource. A request that names no parameter is refused (20161), for it can only be a mistake. */
export function changing<P extends string, S extends TObject, A extends TSchema>(
  path: P,
  params: S,
  answer: A,
  handle: (call: Call<P, Static<S>>) => Promise<Static<A>>,
): Route {
  const respond = (request: AuthenticRequest) => {
    const changes = request.read(params)
    if (Object.keys(changes).length === 0) throw new ParleyError('update-empty')
    return handle(callOf(request, changes))
  }
  return { method: 'POST', path, params, status: 200, answer, respond }
}

/** Asks for something that is made of parameters and kept nowhere, or for something to be done. */
export function asking<P extends string, S extends TObject, A extends TSchema>(
  path: P,
  params: S,
  answer: A,
  handle: (call: Call<P, Static<S>>) => Promise<Static<A>>,
): Route {
  return { ...creating(path, params, answer, handle), status: 200 }
}

/** The same route with a JSON body in place of a form. */
export const inJson = (route: Route, respell: Route['respell'] = (body) => body): Route => ({ ...route, body: 'json', respell })

/** The same route with PUT in place of POST. */
export const byPut = (route: Route): Route => ({ ...route, method: 'PUT' })

/** Takes a resource away. */
export function removing<P extends string>(path: P, handle: (call: Call<P, unknown>) => Promise<void>): Route {
  return { method: 'DELETE', path, params: nothing, status: 204, answer: undefined, respond: (request) => handle(callOf(request, {})) }
}

interface Listed<P extends string, S extends TObject, A extends TSchema, R> {
  /** The filters. */
  params: S
  /** The member of the answer that holds the resources. */
  key: string
  item: A
  /** Resources a page at most, and by default. */
  largest: 5 | 50 | 100
  /** In order of creation when absent. */
  sorting?: (params: Static<S>) => Sorting
  page(call: Call<P, Static<S>>, request: PageRequest): Promise<Page<R>>
  present(row: R, call: Call<P, Static<S>>): Static<A> | Promise<Static<A>>
}

/** Lists resources, page by page. */
export function listing<P extends string, S extends TObject, A extends TSchema, R>(path: P, of: Listed<P, S, A, R>): Route {
  const filtersIn = filterReader(of.params)
  const respond = async (request: AuthenticRequest) => {
    const { values, address } = request
    const call: Call<P, Static<S>> = callOf(request, request.read(of.params))
    const sorting = of.sorting?.(call.params) ?? bySid
    const asked = askedPage(values, { usual: 50, largest: of.largest }, sorting)
    const found = await of.page(call, asked.request)
    const presented = found.rows.map((row) => of.present(row, call))
    // Most are there at once: to wait for each would cost as much as to make it.
    const resources = presented.some((one) => one instanceof Promise) ? await Promise.all(presented) : presented
    return { [of.key]: resources, meta: pageMeta(of.key, { address, filters: filtersIn(values), sorting }, asked, found) }
  }
  return { method: 'GET', path, params: of.params, status: 200, answer: PageOf(of.key, of.item), largest: of.largest, respond }
}

/** Finds the filters of a list among what was sent, as they were sent. */
export function filterReader(params: TObject): (values: FormValues) => [name: string, value: string][] {
  const names = new Set(Object.keys(params.properties).map(formName))
  return (values) => [...values].flatMap(([name, sent]) => (names.has(name) ? sent.map((value): [string, string] => [name, value]) : []))
}

/** The name in a path that says which service is meant. */
export const serviceInPath = 'chat_service_sid'

const under = (prefix: string, routes: readonly Route[]): Route[] => routes.map((route) => ({ ...route, path: prefix + route.path }))

/** Routes that work on the account. */
export const ofAccount = (...routes: Route[]): Route[] => under('/v1', routes)

/** Routes that work on the service in their path. */
export const ofNamedService = (...routes: Route[]): Route[] => under(`/v1/Services/:${serviceInPath}`, routes)

/** Routes that work on the default service, and the same again for a service in their path (rest-api §1.11). */
export const ofService = (...routes: Route[]): Route[] => [...ofAccount(...routes), ...ofNamedService(...routes)]
