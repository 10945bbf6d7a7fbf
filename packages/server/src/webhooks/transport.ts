import type { IncomingHttpHeaders } from 'node:http'
import type { Agent, Dispatcher } from 'undici'
import type { Clock } from '../base/clock.ts'
import { type OutwardGuard, TargetRefused } from '../base/outward-guard.ts'
import type { PreFailure } from '../domain/webhooks/caller.ts'
import { Deadlines, type Expiring } from './deadlines.ts'
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
  reason: Exclude<PreFailure, 'answer'>
  text: string
}

export type CallResult = { answer: Answer } | { failure: Failure }

interface TransportOptions {
  guard: OutwardGuard
  /** By which time-outs are measured. */
  pacing: Clock
  /** How long a receiver may take, to the end of its answer, in milliseconds. */
  milliseconds: number
  /** Connections to one host; more wait for one of them. */
  connections: number
}

/** Bytes of an answer that are read. */
const longestAnswer = 65_536
/** How long requests under way have at the end, in milliseconds. */
const grace = 2_000

/** Sends requests over connections that are kept, to where they may go. Follows no redirects: they would lead elsewhere. */
export class Transport {
  /** Opened when somebody is called: a server that calls nobody starts faster without it. */
  #agent: Agent | undefined
  #opening: Promise<Agent> | undefined
  readonly #deadlines: Deadlines
  readonly #underWay = new Set<Call>()
  readonly #calling: Calling
  #closed = false
  #idle: (() => void) | undefined

  constructor(private readonly options: TransportOptions) {
    const { pacing, milliseconds } = options
    this.#deadlines = new Deadlines(pacing, milliseconds)
    this.#calling = {
      late: { reason: 'timeout', text: `No answer within ${milliseconds / 1_000} s` },
      ended: (call) => this.#ended(call),
    }
  }

  /** Sends a request and reads the answer. Never throws. */
  call(request: OutgoingRequest): Promise<CallResult> {
    if (this.#closed) return Promise.resolve({ failure: stopping })
    return new Promise((resolve) => {
      const call = new Call(this.#calling, resolve)
      this.#deadlines.begin(call)
      this.#underWay.add(call)
      this.#dispatch(request, call).catch((error) => call.breakOff(failureOf(error)))
    })
  }

  async #dispatch(request: OutgoingRequest, call: Call): Promise<void> {
    this.#agent ??= await this.#open()
    this.#agent.dispatch(request, call)
  }

  #ended(call: Call): void {
    this.#deadlines.end(call)
    this.#underWay.delete(call)
    if (this.#underWay.size === 0) this.#idle?.()
  }

  #open(): Promise<Agent> {
    const { guard, connections } = this.options
    this.#opening ??= import('./guarded-agent.ts').then(({ openAgent }) => openAgent(guard, connections))
    return this.#opening
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
    for (const call of this.#underWay) call.breakOff(stopping)
    this.#deadlines.close()
    const agent = await this.#opening
    await agent?.destroy()
  }
}

/** What all calls of a transport have in common. */
interface Calling {
  /** What is said of one that takes too long. */
  late: Failure
  ended(call: Call): void
}

/** One request, and what comes of it. There may be thousands that wait for their answers, so it holds little until there is one. */
class Call implements Dispatcher.DispatchHandler, Expiring {
  #chunks: Buffer[] | undefined
  #length = 0
  #status = 0
  #headers: IncomingHttpHeaders | undefined
  #controller: Dispatcher.DispatchController | undefined
  #settled = false

  constructor(
    private readonly calling: Calling,
    private readonly settle: (result: CallResult) => void,
  ) {}

  expire(): void {
    this.breakOff(this.calling.late)
  }

  /** There is no answer, whatever else may come. */
  breakOff(failure: Failure): void {
    this.#end({ failure })
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
    this.#end({ answer: this.#answer() })
    abort(controller)
  }

  onResponseEnd(): void {
    this.#end({ answer: this.#answer() })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#end({ failure: failureOf(error) })
  }

  #answer(): Answer {
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(this.#headers ?? {})) headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '')
    const body = this.#chunks === undefined ? '' : readText(Buffer.concat(this.#chunks).subarray(0, longestAnswer), headers['content-type'])
    return { status: this.#status, headers, body, tooLong: this.#length > longestAnswer }
  }

  #end(result: CallResult): void {
    if (this.#settled) return
    this.#settled = true
    this.calling.ended(this)
    this.settle(result)
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

const stopping: Failure = { reason: 'stopping', text: 'The server was stopping' }

function failureOf(error: unknown): Failure {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  if (error instanceof TargetRefused) return { reason: 'refused', text: message }
  const text = [code, message].filter(Boolean).join(': ') || 'The connection failed'
  return { reason: code === 'UND_ERR_CONNECT_TIMEOUT' ? 'timeout' : 'connection', text }
}
