import type { TObject, TSchema } from '@sinclair/typebox'
import { errorCatalogue } from './errors.ts'
import { formFields } from './fields.ts'
import { type OriginalOperation, originalOperation } from './operations.ts'

/** What can be known of a route without running it. */
export interface RouteDescription {
  method: string
  /** `/v1/Conversations/:conversation` */
  path: string
  /** Parameters of the body, or of the query when there is none. */
  params: TObject
  /** Parameters of the query beside a body. */
  query?: TObject
  /** How a body is written; a form unless said otherwise. */
  body?: 'json' | 'bytes'
  /** Resources a page at most, of a list. */
  largest?: number
  status: number
  /** What the body of a success is; nothing for 204. */
  answer: TSchema | 'bytes' | undefined
  /** Whether the answer is lines of JSON, and `answer` one of them. */
  streams?: true
  /** Whether access tokens open it, too. */
  forUsers?: boolean
}

type Json = Record<string, unknown>

/** Says of a name in a path what may stand there besides a SID. */
const otherNames: Partial<Record<string, string>> = {
  conversation: 'SID or unique name',
  user: 'SID or identity',
  participant: 'SID or identity',
  address_configuration: 'SID or address',
}

const pascal = (name: string) => name.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())

/** The name of a thing in a path: `ContentSid` for `content`. */
const sidName = (name: string) => (/(_sid|^filename)$/.test(name) ? pascal(name) : `${pascal(name)}Sid`)

const namesIn = (path: string) => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)

const singular = (word: string) =>
  word
    .replace(/ies$/, 'y')
    .replace(/(ss)es$/, '$1')
    .replace(/([^su])s$/, '$1')

/** What is done, by method, and to what, by the words of the path: `PostContentPreview`. */
function extensionId({ method, path, largest, status }: RouteDescription): string {
  const verb =
    method === 'GET'
      ? largest
        ? 'List'
        : 'Fetch'
      : method === 'DELETE'
        ? 'Delete'
        : status === 201
          ? 'Create'
          : pascal(method.toLowerCase())
  const segments = path.split('/').slice(2)
  // One thing that has no others beside it may be called by a plural, such as `Settings`.
  const alone = method === 'GET' && !largest && !segments.at(-1)?.startsWith(':')
  // What is done to many at once is not what is done to one of them.
  const toMany = method === 'POST' && !segments.at(-1)?.startsWith(':') && !segments.at(-2)?.startsWith(':')
  const keepsPlural = (at: number) => (alone && at === segments.length - 1) || (toMany && at === segments.length - 2)
  const words = segments.map((segment, at) => (keepsPlural(at) ? segment : singular(segment))).filter((segment) => !segment.startsWith(':'))
  return verb + words.map((word) => word.replace(/\W+/g, '')).join('')
}

interface Named {
  route: RouteDescription
  original: OriginalOperation | undefined
  id: string
  /** `/v1/Conversations/{Sid}` */
  path: string
}

function named(route: RouteDescription): Named {
  const original = originalOperation(route.method, route.path)
  const path = original?.path ?? route.path.replace(/:(\w+)/g, (_, name: string) => `{${sidName(name)}}`)
  return { route, original, id: original?.id ?? extensionId(route), path }
}

const verb = /^(List|Create|Fetch|Update|Delete|Post|Put)/
const noun = (id: string) => id.replace(verb, '').replace(/^Service(?=[A-Z])/, '')

/** The resource of an answer: what its page lists, or itself. */
function resourceOf({ answer, largest }: RouteDescription): TSchema | undefined {
  if (answer === undefined || answer === 'bytes' || largest === undefined) return answer === 'bytes' ? undefined : answer
  const list = Object.values((answer as TObject).properties).find((member: TSchema) => member['type'] === 'array')
  return list?.['items'] as TSchema | undefined
}

/** Schemas that have a name of their own: each stands in the document once. */
function resourceNames(routes: readonly Named[]): Map<unknown, string> {
  const names = new Map<unknown, string>()
  for (const { route, id } of routes) {
    const resource = resourceOf(route)
    if (resource?.['type'] === 'object' && !names.has(resource)) {
      const taken = [...names.values()].includes(noun(id))
      names.set(resource, taken ? id.replace(verb, '') : noun(id))
    }
    const meta = route.largest && typeof route.answer === 'object' ? (route.answer as TObject).properties['meta'] : undefined
    if (meta) names.set(meta, 'PageMeta')
  }
  return names
}

/** A schema as JSON, with references in place of what has a name. */
function toJson(schema: unknown, names: ReadonlyMap<unknown, string>, self?: unknown): unknown {
  const name = schema === self ? undefined : names.get(schema)
  if (name !== undefined) return { $ref: `#/components/schemas/${name}` }
  if (Array.isArray(schema)) return schema.map((one) => toJson(one, names))
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, toJson(value, names)]))
}

const pageParameters = (largest: number): Json[] => [
  { name: 'PageSize', in: 'query', schema: { type: 'integer', minimum: 1 }, description: `Resources a page; at most ${largest}` },
  { name: 'Page', in: 'query', schema: { type: 'integer', minimum: 0 }, description: 'An echo of the caller’s own count' },
  { name: 'PageToken', in: 'query', schema: { type: 'string' }, description: 'From the address of the next or previous page' },
]

const webhooksHeader: Json = {
  name: 'X-Twilio-Webhook-Enabled',
  in: 'header',
  schema: { type: 'string', enum: ['true', 'false'] },
  description: 'Whether this action calls webhooks',
}

function parametersOf({ route, original, path }: Named): Json[] {
  const ours = namesIn(route.path)
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name], at) => {
    const description = otherNames[ours[at] ?? '']
    return { name, in: 'path', required: true, schema: { type: 'string' }, ...(description ? { description } : {}) }
  })
  const query = route.method === 'GET' ? route.params : route.query
  const inQuery = query
    ? formFields(query).map(({ name, required, schema }) => ({
        name,
        in: 'query',
        ...(required ? { required } : {}),
        schema: toJson(schema, new Map()),
      }))
    : []
  return [...inPath, ...inQuery, ...(route.largest ? pageParameters(route.largest) : []), ...(original?.webhooks ? [webhooksHeader] : [])]
}

function bodyOf({ route }: Named): Json | undefined {
  if (route.method === 'GET' || route.method === 'DELETE') return undefined
  const bytes = { schema: { type: 'string', format: 'binary' } }
  if (route.body === 'bytes') {
    const form = { schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } } } }
    return { required: true, content: { '*/*': bytes, 'multipart/form-data': form } }
  }
  if (route.body === 'json') return { required: true, content: { 'application/json': { schema: toJson(route.params, new Map()) } } }
  const fields = formFields(route.params)
  if (fields.length === 0) return undefined
  const required = fields.filter((field) => field.required).map(({ name }) => name)
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ name, schema }) => [name, toJson(schema, new Map())])),
    ...(required.length > 0 ? { required } : {}),
  }
  return { required: required.length > 0, content: { 'application/x-www-form-urlencoded': { schema } } }
}

function answersOf({ route }: Named, names: ReadonlyMap<unknown, string>): Json {
  const { answer, status } = route
  const content =
    answer === undefined
      ? {}
      : answer === 'bytes'
        ? { content: { '*/*': { schema: { type: 'string', format: 'binary' } } } }
        : { content: { [route.streams ? 'application/x-ndjson' : 'application/json']: { schema: toJson(answer, names) } } }
  const refused = { $ref: '#/components/responses/Error' }
  return {
    [status]: { description: answer === undefined ? 'Done' : 'Success', ...content },
    '401': refused,
    '404': refused,
    '429': refused,
    default: refused,
  }
}

const words = (id: string) => id.replace(/(?!^)([A-Z])/g, (capital) => ` ${capital.toLowerCase()}`)

const errorSchema = {
  type: 'object',
  required: ['code', 'message', 'more_info', 'status'],
  properties: {
    code: { type: 'integer', description: 'Says why; see x-parley-errors' },
    message: { type: 'string' },
    more_info: { type: 'string', format: 'uri' },
    status: { type: 'integer', description: 'The status of the answer' },
    details: { type: 'object', description: 'What helps beyond the text, such as `field`, `setting` and `limit`' },
  },
}

/**
 * The API as an OpenAPI 3.1 document, made from what reads and answers requests. What the original does not have says
 * `x-parley-extension: true`.
 *
 * @param url base of the API
 */
export function openApiDocument(routes: readonly RouteDescription[], url: string): Json {
  const all = routes.map(named)
  const names = resourceNames(all)
  const paths: Record<string, Json> = {}
  for (const one of all) {
    const parameters = parametersOf(one)
    const requestBody = bodyOf(one)
    const operation = {
      operationId: one.id,
      summary: words(one.id),
      tags: [one.path.split('/').find((segment, at) => at > 1 && !segment.startsWith('{') && segment !== 'Services') ?? 'Services'],
      ...(one.original ? {} : { 'x-parley-extension': true }),
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(requestBody ? { requestBody } : {}),
      security: one.route.forUsers ? [{ account: [] }, { user: [] }] : [{ account: [] }],
      responses: answersOf(one, names),
    }
    paths[one.path] = { ...paths[one.path], [one.route.method.toLowerCase()]: operation }
  }
  const schemas = Object.fromEntries([...names].map(([schema, name]) => [name, toJson(schema, names, schema)]))
  const errors = Object.entries(errorCatalogue).map(([name, meaning]) => ({ name, ...meaning }))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Parley',
      version: '1',
      description: 'Compatible with the Twilio Conversations API v1. What goes beyond it says x-parley-extension.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    paths,
    components: {
      schemas: { ...schemas, Error: errorSchema },
      responses: {
        Error: { description: 'A refusal', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
      },
      securitySchemes: {
        account: { type: 'http', scheme: 'basic', description: 'Account SID and auth token, or API key SID and secret' },
        user: { type: 'apiKey', in: 'header', name: 'X-Twilio-Token', description: 'An access token, as client SDKs have it' },
      },
    },
    'x-parley-errors': errors,
  }
}
