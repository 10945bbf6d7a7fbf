import { Agent, buildConnector, type Dispatcher } from 'undici'
import type { Clock } from '../base/clock.ts'
import { type OutwardGuard, TargetRefused } from '../base/outward-guard.ts'
import type { PreFailure } from '../domain/webhooks/caller.ts'
import type { OutgoingRequest } from './request.ts'

/** What a receiver answered. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
  /** Whether the body was longer than anybody reads. */
  tooLong: boolean
}

/** Why there is no answer. `stopping`: the server ends, and the request was broken off. */
export interface Failure {
  reason: Exclude<PreFailure, 'answer'> | 'stopping'
  text: string
}

export type CallResult = { answer: Answer } | { failure: Failure }

interface TransportOptions {
  guard: OutwardGuard
  /** By which time-outs are measured. */
  pacing: Clock
  /** Connections to one host; more wait for one of them. */
  connections: number
}

/** A connection that takes longer to be made is none, in milliseconds. */
const connectTimeout = 5_000
/** An idle connection is kept for the next request for so long, in milliseconds. */
const keepAlive = 30_000
/** Bytes of an answer that are read. */
const longestAnswer = 65_536
/** How long requests under way have at the end, in milliseconds. */
const grace = 2_000

const stopping = Symbol('stopping')
const late = Symbol('late')

/** Sends requests over connections that are kept, to where they may go. Follows no redirects: they would lead elsewhere. */
export class Transport {
  readonly #agent: Agent
  readonly #underWay = new Set<AbortController>()
  #closed = false
  #idle: (() => void) | undefined

  constructor(private readonly options: TransportOptions) {
    const { guard } = options
    const connect = buildConnector({ timeout: connectTimeout, lookup: guard.lookup as never, allowH2: false })
    this.#agent = new Agent({
      connect: (target, callback) => {
        try {
          guard.assertHost(target.hostname)
        } catch (refused) {
          callback(refused as Error, null)
          return
        }
        connect(target, callback)
      },
      connections: options.connections,
      pipelining: 1,
      keepAliveTimeout: keepAlive,
      keepAliveMaxTimeout: keepAlive,
      // One time-out holds for the whole, by our clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  /** Sends a request and reads the answer, for so many milliseconds at the most. Never throws. */
  async call(request: OutgoingRequest, milliseconds: number): Promise<CallResult> {
    const controller = new AbortController()
    if (this.#closed) controller.abort(stopping)
    this.#underWay.add(controller)
    const timer = this.options.pacing.after(milliseconds, () => controller.abort(late))
    try {
      const response = await this.#agent.request(dispatchOf(request, controller.signal))
      return { answer: await read(response) }
    } catch (error) {
      return { failure: failureOf(controller.signal.reason ?? error, milliseconds) }
    } finally {
      timer.cancel()
      this.#underWay.delete(controller)
      if (this.#underWay.size === 0) this.#idle?.()
    }
  }

  /** Lets requests under way end, but not for long. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#underWay.size > 0)
      await new Promise<void>((resolve) => {
        const timer = this.options.pacing.after(grace, resolve)
        this.#idle = () => {
          timer.cancel()
          resolve()
        }
      })
    for (const controller of this.#underWay) controller.abort(stopping)
    await this.#agent.destroy()
  }
}

function dispatchOf({ url, method, headers, body }: OutgoingRequest, signal: AbortSignal): Dispatcher.RequestOptions {
  const { origin, pathname, search } = new URL(url)
  return { origin, path: pathname + search, method, headers, body: body ?? null, signal }
}

async function read({ statusCode: status, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    // Leaving the loop breaks the connection off.
    if (length > longestAnswer) break
  }
  const text = Buffer.concat(chunks).subarray(0, longestAnswer).toString('utf8')
  const flat = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')])
  return { status, headers: Object.fromEntries(flat), body: text, tooLong: length > longestAnswer }
}

function failureOf(error: unknown, milliseconds: number): Failure {
  if (error === late) return { reason: 'timeout', text: `No answer within ${milliseconds / 1_000} s` }
  if (error === stopping) return { reason: 'stopping', text: 'The server was stopping' }
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  if (error instanceof TargetRefused) return { reason: 'refused', text: message }
  const text = [code, message].filter(Boolean).join(': ') || 'The connection failed'
  return { reason: code === 'UND_ERR_CONNECT_TIMEOUT' ? 'timeout' : 'connection', text }
}
