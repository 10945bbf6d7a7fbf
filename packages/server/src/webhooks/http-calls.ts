import { createSecretKey, type KeyObject } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Agent, Dispatcher } from 'undici'
import { type OutwardGuard, TargetRefused } from '../base/outward-guard.ts'
import {
  type Answer,
  type Call,
  type CallResult,
  type Calls,
  type CallsOptions,
  type Failure,
  failed,
  type LoggedCall,
  stopping,
} from './call.ts'
import { openAgent } from './guarded-agent.ts'
import { type OutgoingRequest, requestOf } from './request.ts'

/** Bytes of an answer that are read, and characters of it that are kept. */
const longestAnswer = 65_536
const keptAnswer = 2_000
const keysKept = 1_000

/** Sends calls over connections that are kept, to where they may go. Follows no redirects: they would lead elsewhere. */
export class HttpCalls implements Calls {
  readonly #agents: Record<Call['phase'], Agent>
  readonly #underWay = new Map<number, UnderWay>()
  readonly #keys = new Map<string, KeyObject>()

  constructor(
    guard: OutwardGuard,
    private readonly options: CallsOptions,
  ) {
    const { connections } = options
    this.#agents = { pre: openAgent(guard, connections.pre), post: openAgent(guard, connections.post) }
  }

  send(call: Call): void {
    const { id, phase } = call
    const request = this.#requestOf(call)
    if (!request) {
      this.options.hear(failed(id, { reason: 'refused', text: 'The URL is none that can be called' }))
      return
    }
    const underWay = new UnderWay(id, phase, JSON.stringify(withoutSecrets(request.headers)), this.#ended)
    this.#underWay.set(id, underWay)
    try {
      this.#agents[phase].dispatch(request, underWay)
    } catch (error) {
      underWay.breakOff(failureOf(error))
    }
  }

  breakOff(id: number, failure: Failure): void {
    this.#underWay.get(id)?.breakOff(failure)
  }

  async close(): Promise<void> {
    for (const underWay of this.#underWay.values()) underWay.breakOff(stopping)
    await Promise.all([this.#agents.pre.destroy(), this.#agents.post.destroy()])
  }

  readonly #ended = (id: number, result: CallResult, logged: LoggedCall) => {
    this.#underWay.delete(id)
    this.options.hear({ id, result, logged })
  }

  #requestOf(call: Call): OutgoingRequest | undefined {
    try {
      return requestOf(call, this.#keyOf(call.auth_token))
    } catch {
      return undefined
    }
  }

  /** A key is twice as fast as the text it is made of, and there are few. */
  #keyOf(authToken: string): KeyObject {
    let key = this.#keys.get(authToken)
    if (!key) {
      key = createSecretKey(authToken, 'utf8')
      if (this.#keys.size >= keysKept) this.#keys.clear()
      this.#keys.set(authToken, key)
    }
    return key
  }
}

/** One request, and what comes of it. There may be thousands that wait for their answers, so it holds little until there is one. */
class UnderWay implements Dispatcher.DispatchHandler {
  #chunks: Buffer[] | undefined
  #length = 0
  #status = 0
  #headers: IncomingHttpHeaders | undefined
  #controller: Dispatcher.DispatchController | undefined
  #settled = false

  constructor(
    private readonly id: number,
    private readonly phase: Call['phase'],
    private readonly requestHeaders: string,
    private readonly ended: (id: number, result: CallResult, logged: LoggedCall) => void,
  ) {}

  /** There is no answer, whatever else may come. */
  breakOff(failure: Failure): void {
    this.#fail(failure)
    if (this.#controller) abort(this.#controller)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // It had to wait for a connection for too long.
    if (this.#settled) abort(controller)
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#settled) return
    this.#chunks ??= []
    this.#chunks.push(chunk)
    this.#length += chunk.length
    if (this.#length <= longestAnswer) return
    this.#succeed()
    abort(controller)
  }

  onResponseEnd(): void {
    this.#succeed()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(failureOf(error))
  }

  #succeed(): void {
    const headers = plain(this.#headers ?? {})
    const bytes = this.#chunks && Buffer.concat(this.#chunks).subarray(0, longestAnswer)
    const text = bytes === undefined ? '' : readText(bytes, headers['content-type'])
    const answer: Answer = {
      status: this.#status,
      contentType: headers['content-type'] ?? '',
      retryAfter: headers['retry-after'] ?? '',
      body: this.phase === 'pre' ? text : '',
      unreadable: this.#length > longestAnswer || !/^(identity)?$/i.test(headers['content-encoding'] ?? ''),
    }
    this.#end(
      { answer },
      {
        request_headers: this.requestHeaders,
        response_status: answer.status,
        response_headers: storable(JSON.stringify(withoutSecrets(headers))),
        response_body: storable(text.slice(0, keptAnswer)),
        error: null,
      },
    )
  }

  #fail(failure: Failure): void {
    const nothing = { response_status: null, response_headers: null, response_body: null }
    this.#end({ failure }, { request_headers: this.requestHeaders, ...nothing, error: storable(failure.text) })
  }

  #end(result: CallResult, logged: LoggedCall): void {
    if (this.#settled) return
    this.#settled = true
    this.ended(this.id, result, logged)
  }
}

const utf8 = new TextDecoder()

/** The text of a body, in the character set that it is said to have; without its byte order mark. */
function readText(bytes: Uint8Array, type = ''): string {
  const charset = /;\s*charset="?([\w-]+)/i.exec(type)?.[1]
  if (charset === undefined || /^utf-?8$/i.test(charset)) return utf8.decode(bytes)
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return utf8.decode(bytes)
  }
}

const brokenOff = new Error('Broken off')

/**
 * Breaks a request off, and its connection. The errors that the library makes of it nobody sees: without stacks they cost less, and there may be
 * hundreds a second.
 */
function abort(controller: Dispatcher.DispatchController): void {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    controller.abort(brokenOff)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function failureOf(error: unknown): Failure {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  if (error instanceof TargetRefused) return { reason: 'refused', text: message }
  const text = [code, message].filter(Boolean).join(': ') || 'The connection failed'
  return { reason: code === 'UND_ERR_CONNECT_TIMEOUT' ? 'timeout' : 'connection', text }
}

/** Headers that may hold secrets. */
const secrets = /^(proxy-)?authorization$|cookie|secret|token$|api-?key/i
const notSecret = 'i-twilio-idempotency-token'

/** Most headers come with every answer, so what there is to say of their names is said once. */
const known = new Map<string, boolean>()
const namesKept = 1_000

function isSecret(name: string): boolean {
  let secret = known.get(name)
  if (secret === undefined) {
    secret = secrets.test(name) && name !== notSecret
    if (known.size >= namesKept) known.clear()
    known.set(name, secret)
  }
  return secret
}

function withoutSecrets(headers: Record<string, string>): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const name of Object.keys(headers)) shown[name] = isSecret(name) ? '[hidden]' : (headers[name] as string)
  return shown
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) texts[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
  return texts
}

/** NUL, which PostgreSQL does not store, and what may be a character that was cut in half. */
const doubtful = /[\0\uD800-\uDFFF]/
const storable = (text: string) => (doubtful.test(text) ? Buffer.from(text.replaceAll('\0', '\uFFFD')).toString() : text)
