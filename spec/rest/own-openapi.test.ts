import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { originalOperations } from '@parley/protocol'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { Parley } from '../support/parley.ts'
import { ask, sharedParley } from '../support/rest.ts'

interface Parameter {
  name: string
  in: string
}
interface Operation {
  operationId: string
  'x-parley-extension'?: true
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: { properties?: object } }> }
  responses: Record<string, unknown>
}
interface Document {
  servers: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  'x-parley-errors': { code: number }[]
}

const methods = ['GET', 'POST', 'PUT', 'DELETE']

/** A path without the names in it. */
const bare = (path: string) => path.replace(/\{\w+\}|:\w+/g, '{}')

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod)
      .filter(([method]) => methods.includes(method.toUpperCase()))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )

/** The names of all that an operation takes beside its path. */
function namesTaken({ parameters = [], requestBody }: Operation): string[] {
  const bodies = Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => Object.keys(schema.properties ?? {}))
  return [...parameters.filter((one) => one.in !== 'path').map(({ name }) => name), ...bodies].sort()
}

/** Paths of these APIs that the server serves: the other methods of a path answer 405 to anybody. */
async function servedBy(parley: Parley): Promise<string[]> {
  const routes = parley.routes.filter(
    ({ over, method, path }) => over === 'http' && methods.includes(method) && /^\/(v1|2010-04-01)\//.test(path),
  )
  const asked = routes.map(async ({ method, path }) => {
    const { status } = await ask(parley, path.replace(/:\w+/g, 'x'), { method, login: null })
    return status === 405 ? [] : [`${method} ${bare(path)}`]
  })
  return (await Promise.all(asked)).flat()
}

describe('the OpenAPI document of the server', () => {
  const parley = sharedParley({})
  const read = async (): Promise<Document> => (await ask(parley(), '/openapi.json', { login: null })).json

  it('is there for anybody, and is a valid one', async () => {
    const { status, headers, json } = await ask(parley(), '/openapi.json', { login: null })
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    const { valid, errors } = await new Validator().validate(json)
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined })
    expect((json as Document).servers).toEqual([{ url: parley().url }])
    const ids = operationsOf(json).map(({ operation }) => operation.operationId)
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  })

  it('tells of every route that is served, and of no other', async () => {
    const told = operationsOf(await read()).map(({ method, path }) => `${method} ${bare(path)}`)
    expect(told.sort()).toEqual((await servedBy(parley())).sort())
  })

  it('marks what the original does not have', async () => {
    for (const { method, path, operation } of operationsOf(await read())) {
      const original = originalOperations.some((one) => one.method === method && one.path === path)
      expect({ path, extension: operation['x-parley-extension'] ?? false }).toEqual({ path, extension: !original })
    }
    expect(originalOperations.filter(({ api }) => api === 'conversations')).toHaveLength(103)
  })

  it('has a schema for every answer, to which answers keep', async () => {
    const document = await read()
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
    ajv.addSchema({ ...document, $id: 'own' })
    const check = async (method: string, path: string, asking: Parameters<typeof ask>[2] = {}) => {
      const { status, json } = await ask(parley(), path, { method, ...asking })
      const segments = new URL(path, parley().url).pathname.split('/')
      const fits = (template: string) => {
        const parts = template.split('/')
        return parts.length === segments.length && parts.every((part, at) => part.startsWith('{') || part === segments[at])
      }
      const template = Object.keys(document.paths)
        .filter((one) => document.paths[one]?.[method.toLowerCase()] && fits(one))
        .sort((a, b) => a.split('{').length - b.split('{').length)[0]
      const pointer = `own#/paths/${template?.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method.toLowerCase()}/responses/${status}`
      const validate = ajv.getSchema(status === 204 ? pointer : `${pointer}/content/application~1json/schema`)
      expect({ method, path, template, status, known: validate !== undefined }).toMatchObject({
        known: true,
        status: expect.toSatisfy((code: number) => code < 300),
      })
      if (status !== 204)
        expect({ path, right: validate?.(json), errors: validate?.errors ?? [] }).toEqual({ path, right: true, errors: [] })
      return json
    }
    const types = { 'twilio/text': { body: 'Hi {{1}}' } }
    const { sid } = await check('POST', '/v1/Conversations', { form: { FriendlyName: 'n', 'Timers.Inactive': 'PT1M' } })
    await check('POST', `/v1/Conversations/${sid}/Participants`, { form: { Identity: 'alice' } })
    await check('POST', `/v1/Conversations/${sid}/Messages`, { form: { Body: 'b' } })
    const { sid: template } = await check('POST', '/v1/Content', { sends: { language: 'en', types } })
    await check('PUT', `/v1/Content/${template}`, { sends: { types } })
    await check('POST', `/v1/Content/${template}/Preview`, { sends: {} })
    for (const path of [
      'Conversations',
      `Conversations/${sid}`,
      `Conversations/${sid}/Participants`,
      `Conversations/${sid}/Messages`,
      'ParticipantConversations?Identity=alice',
      'Users',
      'Users/alice/Conversations',
      'Roles',
      'Services',
      'Configuration',
      'Content',
      `Content/${template}`,
      `Keys?AccountSid=${parley().credentials.account_sid}`,
    ])
      await check('GET', `/v1/${path}`)
    for (const path of ['Connections', 'Settings', 'Metrics']) await check('GET', `/v1/${path}`)
    await check('POST', '/v1/Tokens/Check', { form: { Token: parley().token('alice') } })
    const { account_sid, service_sid } = parley().credentials
    await check('GET', `/2010-04-01/Accounts/${account_sid}.json`)
    await check('GET', `/2010-04-01/Accounts/${account_sid}/Keys.json`)
    const media = `/v1/Services/${service_sid}/Media`
    const { sid: file } = await check('POST', `${media}?Filename=a.txt`, { body: 'text', headers: { 'content-type': 'text/plain' } })
    await check('GET', `${media}/${file}`)
    await check('POST', `${media}Set`, { sends: { command: 'get', list: [{ media_sid: file }] } })
    await check('DELETE', `/v1/Content/${template}`)
    await check('DELETE', `/v1/Conversations/${sid}`)
  })

  const folder = process.env['PARLEY_REFERENCE']
  const original = folder && (JSON.parse(readFileSync(join(folder, 'twilio-conversations-v1.openapi.json'), 'utf8')) as Document)

  it('calls operations and parameters as the original does', async () => {
    // Without the file of the original there is nothing to compare with but our own list.
    const theirs = original ? operationsOf(original) : []
    const ours = new Map(operationsOf(await read()).map((one) => [`${one.method} ${bare(one.path)}`, one]))
    const list = originalOperations.filter(({ api }) => api === 'conversations').map(({ id, method, path }) => `${id} ${method} ${path}`)
    if (original)
      expect(list.sort()).toEqual(theirs.map(({ method, path, operation }) => `${operation.operationId} ${method} ${path}`).sort())
    for (const { method, path, operation } of theirs) {
      const own = ours.get(`${method} ${bare(path)}`)
      if (!own) continue
      expect({ path: own.path, id: own.operation.operationId }).toEqual({ path, id: operation.operationId })
      const taken = namesTaken(own.operation)
      expect({ id: operation.operationId, missing: namesTaken(operation).filter((name) => !taken.includes(name)) }).toEqual({
        id: operation.operationId,
        missing: [],
      })
    }
    expect(ours.size).toBeGreaterThan(70)
  })
})
