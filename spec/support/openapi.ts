import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'

/** One operation of the original's OpenAPI file. */
export interface Operation {
  id: string
  method: string
  /** `/v1/Conversations/{Sid}` */
  template: string
}

/** The original's OpenAPI file, to hold our answers against. */
export interface OpenApi {
  operations: Operation[]
  /** The operation that a request is for; literal segments win over parameters. */
  find(method: string, path: string): Operation | undefined
  /** Throws when a success answer is not what the operation promises. */
  check(method: string, path: string, status: number, body: unknown): void
}

interface Schema {
  [keyword: string]: unknown
  properties?: Record<string, Schema>
}

interface Document {
  paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, { content?: Record<string, { schema: Schema }> }> }>
  >
  components: { schemas: Record<string, Schema> }
}

const formats = {
  uri: (text: string) => URL.canParse(text),
  // Stricter than the file: whole seconds and a literal Z, which is all that the Python library reads.
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
}

const isUrlMap = (value: unknown) => Object.values(value as object).every((url) => typeof url === 'string' && URL.canParse(url))

/** Makes each object promise exactly its properties: helper libraries read them all, and ours should know no others. */
function exact(schema: Schema): Schema {
  const entries = Object.entries(schema).map(([keyword, value]) => [keyword, typeof value === 'object' && value ? deep(value) : value])
  const copy: Schema = Object.fromEntries(entries)
  if (copy.properties) Object.assign(copy, { required: Object.keys(copy.properties), additionalProperties: false })
  // Of what has no type, anything is allowed anyhow.
  if (copy['type'] === undefined) delete copy['nullable']
  // ajv applies formats to text only.
  if (copy['format'] === 'uri-map') Object.assign(copy, { format: undefined, urlMap: true })
  return JSON.parse(JSON.stringify(copy))
}

const deep = (value: object): unknown => (Array.isArray(value) ? value : exact(value as Schema))

/** Reads the file from the folder that `PARLEY_REFERENCE` names; `undefined` when it names none. */
export function readOpenApi(): OpenApi | undefined {
  const folder = process.env['PARLEY_REFERENCE']
  if (!folder) return undefined
  const document: Document = JSON.parse(readFileSync(join(folder, 'twilio-conversations-v1.openapi.json'), 'utf8'))

  const ajv = new Ajv({ strict: false, allErrors: true, formats: { ...formats, int64: true } })
  ajv.addKeyword({ keyword: 'urlMap', type: 'object', validate: (_: unknown, value: unknown) => isUrlMap(value) })
  ajv.addSchema({ $id: 'file', components: exact(document.components as unknown as Schema) })

  const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.operationId)
      .map(([method, { operationId, responses }]) => ({ id: operationId, method: method.toUpperCase(), template, responses })),
  )
  const validators = new Map<string, ValidateFunction | undefined>()

  const validatorOf = (operation: (typeof operations)[number], status: number) => {
    const key = `${operation.id} ${status}`
    if (!validators.has(key)) {
      const schema = operation.responses[status]?.content?.['application/json']?.schema
      const named = schema && JSON.parse(JSON.stringify(exact(schema)).replaceAll('"#/components/', '"file#/components/'))
      validators.set(key, named && ajv.compile(named))
    }
    return validators.get(key)
  }

  const find = (method: string, path: string) => {
    const segments = path.split('/')
    const fitting = operations.filter((one) => one.method === method && fits(one.template.split('/'), segments))
    return fitting.sort((a, b) => parameters(a.template) - parameters(b.template))[0]
  }

  return {
    operations,
    find,
    check(method, path, status, body) {
      const operation = find(method, path)
      if (!operation) return
      const promised = operation.responses[status]
      if (!promised) throw new Error(`${operation.id} does not promise the status ${status}`)
      const validate = validatorOf(operation, status)
      if (!validate) {
        if (body !== undefined) throw new Error(`${operation.id} promises no body with the status ${status}`)
      } else if (!validate(body)) {
        throw new Error(
          `The answer to ${operation.id} differs from the file: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body, null, 2)}`,
        )
      }
    },
  }
}

const parameters = (template: string) => template.split('{').length

const fits = (template: string[], path: string[]) =>
  template.length === path.length && template.every((segment, at) => segment.startsWith('{') || segment === path[at])
