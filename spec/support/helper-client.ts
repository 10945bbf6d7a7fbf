import { createRequire } from 'node:module'
import twilio from 'twilio'
import { readOpenApi } from './openapi.ts'
import { usesRest } from './uses.ts'

const openApi = readOpenApi()
const { version } = createRequire(import.meta.url)('twilio/package.json') as { version: string }

/** The helper library that tests use, by name and version. */
const helperVersion = `twilio-node ${version}`

type Send = InstanceType<typeof twilio.RequestClient>['request']

/** Sends what the helper library sends, notes what it was, and holds every success answer against the OpenAPI file where there is one. */
export function checkingClient() {
  const client = new twilio.RequestClient()
  const send: Send = client.request.bind(client)
  const checked = async (options: Parameters<Send>[0]) => {
    const response = await send(options)
    const { statusCode: status, body } = response
    const path = new URL(options.uri).pathname
    if (status < 300) openApi?.check(options.method.toUpperCase(), path, status, body === '' ? undefined : body)
    usesRest(helperVersion, { method: options.method, path, status, body: typeof body === 'string' ? parsed(body) : body })
    return response
  }
  return Object.assign(client, { request: checked as Send })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
