import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebhookEventType, webhookEvents } from '@parley/protocol'
import { Ajv } from 'ajv'
import { Happenings } from './until.ts'
import { uses } from './uses.ts'

/** A webhook as its receiver got it. */
export interface Call {
  event: string
  /** The URL that was called, as the receiver sees it. */
  url: string
  /** Its path, without query. */
  path: string
  method: string
  headers: IncomingMessage['headers']
  parameters: Record<string, string>
}

/** What a receiver answers: a status, and a body that is JSON unless it is text. `null` answers never. */
export type Reply = { status?: number; body?: unknown; headers?: Record<string, string> } | null

const ajv = new Ajv({ strict: false, formats: { 'date-time': (text: string) => !Number.isNaN(Date.parse(text)) } })

/** Throws when a call does not have the parameters that its event is described with, each in its form, and no others. */
export function checkParameters({ event, parameters }: Call): void {
  const schema = webhookEvents[event as WebhookEventType]
  const validate = ajv.compile({ ...schema, additionalProperties: false })
  if (!validate(parameters)) throw new Error(`${event} is told otherwise than described: ${ajv.errorsText(validate.errors)}`)
}

/** A customer's server that is called. */
export class Receiver implements AsyncDisposable {
  readonly calls = new Happenings<Call>(({ event, path }) => `${event} ${path}`)
  /** What it answers; 200 without a body unless a test says otherwise. */
  answer: (call: Call) => Reply | Promise<Reply> = () => ({})

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(): Promise<Receiver> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const receiver = new Receiver(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    server.on('request', (request, response) => void receiver.#take(request, response))
    return receiver
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const address = `http://${request.headers.host}${request.url}`
    const url = new URL(address)
    const said = request.method === 'POST' ? new URLSearchParams(Buffer.concat(chunks).toString('utf8')) : url.searchParams
    const call: Call = {
      event: said.get('EventType') ?? '',
      url: address,
      path: url.pathname,
      method: request.method ?? '',
      headers: request.headers,
      parameters: Object.fromEntries(said),
    }
    const reply = await this.answer(call)
    // What was heard is there when its answer is.
    this.calls.add(call)
    if (call.event in webhookEvents) uses(`webhook ${call.event}`, 'Parley')
    if (!reply) return
    const isText = typeof reply.body === 'string'
    const body = reply.body === undefined ? '' : isText ? (reply.body as string) : JSON.stringify(reply.body)
    response.writeHead(reply.status ?? 200, { ...(body && !isText ? { 'content-type': 'application/json' } : {}), ...reply.headers })
    response.end(body)
  }

  /** The first call of an event, of those that came or are to come. */
  hears(event: WebhookEventType, fits: (call: Call) => boolean = () => true): Promise<Call> {
    return this.calls.first(event, (call) => call.event === event && fits(call))
  }

  /** The names of the events that were heard, in order; those of one path when it is given. */
  heard(path?: string): string[] {
    return this.calls.all.filter((call) => path === undefined || call.path === path).map(({ event }) => event)
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    this.server.close()
  }

  [Symbol.asyncDispose] = () => this.close()
}
