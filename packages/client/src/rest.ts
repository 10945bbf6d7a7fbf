import type { Connection, UpstreamAnswer, UpstreamRequest } from './connection.ts'
import { RequestError } from './errors.ts'
import { toForm } from './form.ts'
import { newOrderedUuid, newUuid } from './ids.ts'

/**
 * Commands and questions over the connection (wire-protocol §3). A change has a mutation id, by which the server knows it when it comes again;
 * a question that meets a busy server is asked again.
 */
const busy = [429, 502, 503, 504]
/** Pauses before a question is asked again, in milliseconds. */
const pauses = [1_000, 2_000, 4_000]

export type Params = Record<string, string | number | undefined>

export class Rest {
  constructor(private readonly connection: Pick<Connection, 'request'>) {}

  /** @throws RequestError, RequestLostError */
  async get<T>(url: string, params: Params = {}): Promise<T> {
    const request = toRequest('GET', url, { params, repeat: 'always' })
    for (const wait of pauses) {
      const answer = await this.connection.request(request)
      if (!busy.includes(answer.status)) return bodyOf<T>(answer)
      await new Promise((resolve) => setTimeout(resolve, waitOf(answer, wait)))
    }
    return bodyOf<T>(await this.connection.request(request))
  }

  /** @throws RequestError, RequestLostError */
  async post<T>(url: string, body: object, params: Params = {}): Promise<T> {
    return this.#change<T>(toRequest('POST', url, { params, body: JSON.stringify(body), headers: mutation() }))
  }

  /** A change that, done twice, is as done once: of what only the user's own apps set. @throws RequestError, RequestLostError */
  async set<T>(method: 'POST' | 'DELETE', url: string, body: object, params: Params = {}): Promise<T> {
    return this.#change<T>(toRequest(method, url, { params, body: JSON.stringify(body), headers: mutation(), repeat: 'always' }))
  }

  /** Sends a message: asked again, every server knows it. @throws RequestError, RequestLostError */
  async send<T>(url: string, body: object): Promise<T> {
    const headers = { 'X-Twilio-Mutation-Id': newOrderedUuid() }
    return this.#change<T>(toRequest('POST', url, { body: JSON.stringify(body), headers, repeat: 'any-server' }))
  }

  async delete(url: string, body: object = {}, params: Params = {}): Promise<void> {
    await this.#change(toRequest('DELETE', url, { params, body: JSON.stringify(body), headers: mutation() }))
  }

  /** A POST that only asks: it may be sent any number of times. */
  async ask<T>(url: string, body: object): Promise<T> {
    return bodyOf<T>(await this.connection.request(toRequest('POST', url, { body: JSON.stringify(body), repeat: 'always' })))
  }

  async form<T>(url: string, fields: Record<string, string>): Promise<T> {
    const contentType = 'application/x-www-form-urlencoded'
    return bodyOf<T>(await this.connection.request(toRequest('POST', url, { body: toForm(fields), contentType, repeat: 'always' })))
  }

  async #change<T>(request: UpstreamRequest): Promise<T> {
    const answer = await this.connection.request(request)
    const later = answer.status === 202 ? (answer.body as { resource_url?: unknown } | undefined)?.resource_url : undefined
    return typeof later === 'string' ? this.get<T>(later) : bodyOf<T>(answer)
  }
}

const mutation = () => ({ 'X-Twilio-Mutation-Id': newUuid() })

function bodyOf<T>({ status, body }: UpstreamAnswer): T {
  if (status < 200 || status > 299) throw new RequestError(status, body)
  return body as T
}

function waitOf({ headers }: UpstreamAnswer, otherwise: number): number {
  const seconds = Number(headers['retry-after'])
  return seconds > 0 ? seconds * 1_000 : otherwise
}

interface RequestParts {
  params?: Params
  body?: string
  headers?: Record<string, string>
  contentType?: string
  repeat?: UpstreamRequest['repeat']
}

function toRequest(method: UpstreamRequest['method'], url: string, more: RequestParts): UpstreamRequest {
  const { params = {}, body = '', headers = {}, contentType = 'application/json', repeat = 'same-server' } = more
  const [, host = '', path = url, query = ''] = /^(?:https?:\/\/([^/]+))?([^?]*)\??(.*)$/.exec(url) ?? []
  const all: Record<string, string> = {}
  for (const pair of query.split('&').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=')
    all[name] = value.join('=')
  }
  for (const [name, value] of Object.entries(params)) if (value !== undefined) all[name] = encodeURIComponent(value)
  const type: Record<string, string> = body === '' ? {} : { 'Content-Type': contentType }
  return { method, host, path: path || '/', params: all, headers: { ...type, ...headers }, body, contentType, repeat }
}
