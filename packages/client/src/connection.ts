import {
  decodeFrame,
  encodeFrame,
  type FrameHeader,
  mutationCapability,
  repeatedSendCapability,
  startCapability,
  webPushCapability,
} from '@parley/protocol'
import { pause, type RetryPolicy } from './back-off.ts'
import { ConnectionError, RequestLostError } from './errors.ts'
import { newUuid } from './ids.ts'
import { isOffline, watchSurroundings } from './transport/surroundings.ts'
import type { WebSocketClass, WebSocketLike } from './transport/transport.ts'

/**
 * One connection, that comes back (wire-protocol §2). There is never more than one socket. Requests that are made while it is away wait; those
 * that were under way when it broke are sent again when that cannot do anything twice.
 */
export type ConnectionState = 'unknown' | 'disconnecting' | 'disconnected' | 'retrying' | 'connecting' | 'connected' | 'denied' | 'error'

/** The state, and why. */
export interface ConnectionDetails {
  state: ConnectionState
  /** What happened, in words. */
  reason: string | null
  /** The number of a refusal. */
  code: number | null
  httpStatusCode: number | null
  /** When the client tries again by itself; `null` when it does not, or is at it. */
  nextTryAt: Date | null
  /** Attempts that failed since the last connection. */
  failures: number
}

/** Who wants to know what happens to a connection. */
export interface ConnectionListener {
  stateChanged(details: ConnectionDetails): void
  /** Connected: what is sent now goes before all that has waited. */
  connected(): void
  notified(type: string, payload: unknown): void
  tokenAboutToExpire(): void
  /** A connection was refused, or broke. */
  failed(error: ConnectionError): void
}

export interface ConnectionOptions {
  url: string
  webSocket: WebSocketClass
  metadata: Record<string, unknown>
  registrations: readonly object[]
  tweaks: unknown
  retryPolicy: RetryPolicy
}

/** A request to the server, as one of HTTP (wire-protocol §3.1). */
export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** Only a label: the server looks at the path. */
  host: string
  /** Percent-encoded, as in a URL. */
  path: string
  params: Record<string, string>
  headers: Record<string, string>
  body: string
  contentType: string
  /** Whether it does no harm to send it twice: reading never does, a change does not where the server knows it by its mutation id. */
  repeat: 'always' | 'same-server' | 'any-server'
}

export interface UpstreamAnswer {
  status: number
  headers: Record<string, string>
  body: unknown
}

interface Pending {
  request: UpstreamRequest
  resolve(answer: UpstreamAnswer): void
  reject(error: Error): void
  timer: ReturnType<typeof setTimeout> | undefined
  /** The server that has been asked already. */
  askedServer: string | undefined
  /** Whether that server tells every other what was done. */
  isKnownToAll: boolean
}

interface Status {
  code: number
  description?: string
  status?: string
  errorCode?: number
}

interface Control {
  settle(header: FrameHeader | undefined, payload: unknown): void
}

/** What we ask for beyond the original's protocol, in `init`. */
const capabilities = ['client_update', startCapability, mutationCapability, repeatedSendCapability, webPushCapability]

/** Milliseconds. */
const answerTimeout = 30_000
/** A connection that said nothing for this long is asked whether it is there. */
const silence = 30_000
const pingTimeout = 10_000
const closeTimeout = 1_000
const mostWaiting = 1_000

const decoder = new TextDecoder()

export class Connection {
  #details: ConnectionDetails = { state: 'unknown', reason: null, code: null, httpStatusCode: null, nextTryAt: null, failures: 0 }
  #socket: WebSocketLike | undefined
  #continuation: unknown = null
  #confirmed: ReadonlySet<string> = new Set()
  /** Names the server process that answers, where it says so. */
  #applicationServerKey: string | undefined
  #server: string | undefined
  #failures = 0
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #lifeTimer: ReturnType<typeof setTimeout> | undefined
  #heardAt = 0
  #ended = false
  #stopWatching = () => {}
  readonly #controls = new Map<string, Control>()
  readonly #asked = new Map<string, Pending>()
  #waiting: Pending[] = []
  #outcomes: { resolve(): void; reject(error: Error): void }[] = []

  constructor(
    private token: string,
    private readonly options: ConnectionOptions,
    private readonly listener: ConnectionListener,
  ) {}

  get details(): ConnectionDetails {
    return this.#details
  }
  get state(): ConnectionState {
    return this.#details.state
  }
  get currentToken(): string {
    return this.token
  }
  /** What a browser subscribes to web push with; `undefined` where the server has no such pushes. */
  get applicationServerKey(): string | undefined {
    return this.#applicationServerKey
  }

  /** Whether the server has agreed to something beyond the original's protocol. */
  has(capability: string): boolean {
    return this.#confirmed.has(capability)
  }

  open(): void {
    if (this.#ended) return
    this.#stopWatching = watchSurroundings({
      online: () => this.#hurry(),
      offline: () => this.#lost(new ConnectionError('The network is offline')),
      visible: () => (this.state === 'connected' ? this.#ask() : this.#hurry()),
    })
    if (this.token && !this.#socket) this.#dial()
  }

  /** Asks, now or when there is a connection. @throws RequestLostError */
  request(request: UpstreamRequest): Promise<UpstreamAnswer> {
    return new Promise((resolve, reject) => {
      const pending: Pending = { request, resolve, reject, timer: undefined, askedServer: undefined, isKnownToAll: false }
      if (this.#ended) reject(new RequestLostError('shut-down'))
      else if (this.state === 'connected') this.#send(pending)
      else if (this.#waiting.length < mostWaiting) this.#waiting.push(pending)
      else reject(new RequestLostError('too-many-waiting'))
    })
  }

  /**
   * Changes the token. Without a connection it makes one, whatever the reason why there is none (wire-protocol §2.6).
   *
   * @throws ConnectionError when the server does not accept it
   */
  async updateToken(token: string): Promise<void> {
    if (this.#ended) throw new RequestLostError('shut-down')
    const isNew = token !== this.token
    this.token = token
    if (this.state !== 'connected') {
      const outcome = this.#outcome()
      this.#drop()
      this.#dial()
      return outcome
    }
    if (!isNew) return
    const { header } = await this.#control('update', { token })
    // The connection broke meanwhile: the next one begins with the new token.
    if (!header) return this.state === 'connected' ? undefined : this.#outcome()
    const status = header['status'] as Status
    if (isGood(status)) return
    const error = refusal(status)
    this.#lost(error)
    throw error
  }

  /** Says goodbye. There is no way back. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#stopWatching()
    clearTimeout(this.#retryTimer)
    const socket = this.#socket
    if (socket && this.state === 'connected') {
      this.#change('disconnecting', { reason: 'The client is shut down' })
      this.#write({ id: frameId(), method: 'close' })
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, closeTimeout)
        socket.onclose = () => {
          clearTimeout(timer)
          resolve()
        }
        socket.close()
      })
    }
    this.#drop()
    const error = new RequestLostError('shut-down')
    for (const pending of this.#waiting.splice(0)) pending.reject(error)
    for (const { reject } of this.#outcomes.splice(0)) reject(error)
    this.#change('disconnected', { reason: 'The client was shut down' })
  }

  #change(
    state: ConnectionState,
    { reason = null, code = null, httpStatusCode = null, nextTryAt = null }: Partial<ConnectionDetails> = {},
  ): void {
    const before = this.#details
    this.#details = { state, reason, code, httpStatusCode, nextTryAt, failures: this.#failures }
    if (before.state !== state || before.reason !== reason || before.nextTryAt !== nextTryAt) this.listener.stateChanged(this.#details)
  }

  #outcome(): Promise<void> {
    return new Promise((resolve, reject) => this.#outcomes.push({ resolve, reject }))
  }

  /** Tries again at once, if it waits for its time. */
  #hurry(): void {
    if (this.#retryTimer === undefined && !this.#isTrying) return
    if (!this.#socket && !this.#ended) this.#dial()
  }

  #dial(): void {
    clearTimeout(this.#retryTimer)
    this.#retryTimer = undefined
    // As long as no socket opens it is `retrying` from the first vain attempt on (wire-protocol §2.4).
    this.#change(this.state === 'retrying' ? 'retrying' : 'connecting')
    let socket: WebSocketLike
    try {
      socket = new this.options.webSocket(this.options.url)
    } catch (cause) {
      this.#lost(new ConnectionError(`The socket could not be opened: ${(cause as Error).message}`, { isUnreachable: true }))
      return
    }
    let isOpen = false
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    const ours =
      <T>(act: (event: T) => void) =>
      (event: T) => {
        if (socket === this.#socket) act(event)
      }
    socket.onopen = ours(() => {
      isOpen = true
      void this.#initialise(socket)
    })
    socket.onmessage = ours(({ data }: { data: unknown }) => this.#received(data))
    socket.onclose = ours(() =>
      this.#lost(
        isOpen ? new ConnectionError('The connection broke') : new ConnectionError('The server cannot be reached', { isUnreachable: true }),
      ),
    )
    // A `close` follows it, and tells as little.
    socket.onerror = () => {}
    this.#lifeTimer = setTimeout(() => this.#lost(new ConnectionError('The server does not answer')), answerTimeout)
  }

  async #initialise(socket: WebSocketLike): Promise<void> {
    const { token, options } = this
    const { header, payload } = await this.#control('init', {
      token,
      continuation_token: this.#continuation,
      metadata: options.metadata,
      registrations: options.registrations,
      tweaks: options.tweaks,
      capabilities,
    })
    if (!header || socket !== this.#socket) return
    const status = header['status'] as Status
    if (!isGood(status)) return this.#lost(refusal(status), payload)
    this.#continuation = header['continuation_token']
    this.#confirmed = new Set(Array.isArray(header['capabilities']) ? header['capabilities'] : [])
    const parley = header['parley'] as { server?: string; application_server_key?: string } | undefined
    this.#server = parley?.server
    this.#applicationServerKey = this.has(webPushCapability) ? parley?.application_server_key : undefined
    this.#failures = 0
    this.#change('connected')
    for (const { resolve } of this.#outcomes.splice(0)) resolve()
    this.#live()
    this.listener.connected()
    for (const pending of this.#waiting.splice(0)) this.#send(pending)
  }

  /** Takes notice of life, and asks for it when there is none. Where the server does not know pings, only requests can find out. */
  #live(): void {
    this.#heardAt = Date.now()
    clearTimeout(this.#lifeTimer)
    this.#lifeTimer = undefined
    if (!this.has(startCapability)) return
    const look = () => {
      const left = this.#heardAt + silence - Date.now()
      if (left <= 0) this.#ask()
      else this.#lifeTimer = setTimeout(look, left)
    }
    this.#lifeTimer = setTimeout(look, silence)
  }

  #ask(): void {
    if (!this.has(startCapability)) return
    const asked = Date.now()
    clearTimeout(this.#lifeTimer)
    this.#lifeTimer = setTimeout(() => {
      if (this.#heardAt <= asked) this.#lost(new ConnectionError('The server does not answer'))
      else this.#live()
    }, pingTimeout)
    this.#write({ id: frameId(), method: 'ping' })
  }

  #received(data: unknown): void {
    this.#heardAt = Date.now()
    if (!(data instanceof ArrayBuffer)) return
    const frame = decodeFrame(new Uint8Array(data))
    if (!frame) return
    const { header } = frame
    const payload = readPayload(header, frame.payload)
    const id = String(header.id)
    if (header.method === 'reply') {
      this.#replied(id, header, payload)
      return
    }
    // A server that knows us wants no acknowledgements.
    if (!this.has(startCapability))
      this.#write({ id, method: 'reply', payload_type: 'application/json', status: { code: 200, status: 'OK' } })
    if (header.method === 'notification') {
      this.listener.notified(String(header['message_type']), payload)
      return
    }
    if (header['client_update_type'] === 'token_about_to_expire') this.listener.tokenAboutToExpire()
    if (header.method === 'close') this.#lost(closed(header['status'] as Status), payload)
  }

  #replied(id: string, header: FrameHeader, payload: unknown): void {
    const control = this.#controls.get(id)
    if (control) {
      this.#controls.delete(id)
      control.settle(header, payload)
      return
    }
    const pending = this.#asked.get(id)
    if (!pending) return
    this.#asked.delete(id)
    clearTimeout(pending.timer)
    const status = header['status'] as Status
    const http = header['http_status'] as Status | undefined
    const headers = (header['http_headers'] ?? {}) as Record<string, string>
    pending.resolve({ status: http?.code ?? status.code, headers, body: payload })
  }

  /** A frame about the connection itself. @returns no header when the connection broke */
  #control(method: string, members: object): Promise<{ header: FrameHeader | undefined; payload: unknown }> {
    const id = frameId()
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#lost(new ConnectionError('The server does not answer')), answerTimeout)
      const settle: Control['settle'] = (header, payload) => {
        clearTimeout(timer)
        resolve({ header, payload })
      }
      this.#controls.set(id, { settle })
      this.#write({ id, method, ...members })
    })
  }

  #send(pending: Pending): void {
    const { request } = pending
    if (pending.askedServer !== undefined && !this.#mayRepeat(pending)) {
      pending.reject(new RequestLostError('outcome-unknown'))
      return
    }
    const id = frameId()
    pending.askedServer = this.#server ?? ''
    pending.isKnownToAll = this.has(repeatedSendCapability)
    pending.timer = setTimeout(() => {
      this.#asked.delete(id)
      pending.reject(new RequestLostError('timeout'))
    }, answerTimeout)
    this.#asked.set(id, pending)
    const { method, host, path, params, headers } = request
    const http_request = { host, path, method, params, headers }
    this.#write({ id, method: 'message', active_grant: 'ip_messaging', payload_type: request.contentType, http_request }, request.body)
  }

  /** A change is repeated only where the very server that may have done it already knows it by its mutation id; a message, where all know it. */
  #mayRepeat({ request: { repeat }, askedServer, isKnownToAll }: Pending): boolean {
    if (repeat === 'always' || (repeat === 'any-server' && isKnownToAll && this.has(repeatedSendCapability))) return true
    return this.has(mutationCapability) && askedServer !== '' && askedServer === this.#server
  }

  #write(header: FrameHeader, body?: string): void {
    try {
      this.#socket?.send(encodeFrame(header, body) as Uint8Array<ArrayBuffer>)
    } catch (cause) {
      this.#lost(new ConnectionError(`The socket refused to send: ${(cause as Error).message}`))
    }
  }

  /** Lets go of the socket and of what was under way on it. */
  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    clearTimeout(this.#lifeTimer)
    clearTimeout(this.#retryTimer)
    this.#retryTimer = undefined
    socket?.close()
    const asked = [...this.#asked.values()]
    this.#asked.clear()
    for (const pending of asked) clearTimeout(pending.timer)
    this.#waiting = [...asked, ...this.#waiting]
    const controls = [...this.#controls.values()]
    this.#controls.clear()
    for (const { settle } of controls) settle(undefined, undefined)
  }

  /** What was under way waits, the socket goes, and the next attempt has its time – unless a new token is needed first. */
  #lost(error: ConnectionError, payload?: unknown): void {
    if (this.#ended || (!this.#socket && !this.#isTrying)) return
    this.#drop()
    const { message: reason, errorCode: code, httpStatusCode } = error
    if (error.terminal) {
      this.#change(error.isAboutToken ? 'denied' : 'disconnected', { reason, code, httpStatusCode })
      for (const { reject } of this.#outcomes.splice(0)) reject(error)
    } else {
      this.#retry(error.isUnreachable ? 'retrying' : 'connecting', { reason, code, httpStatusCode }, payload)
    }
    this.listener.failed(error)
  }

  get #isTrying(): boolean {
    return this.state === 'connecting' || this.state === 'retrying'
  }

  #retry(state: 'retrying' | 'connecting', why: Partial<ConnectionDetails>, payload: unknown): void {
    const asked = (payload as { backoff_policy?: { reconnect_min_ms?: unknown } } | undefined)?.backoff_policy?.reconnect_min_ms
    const { retryPolicy } = this.options
    const wait = pause(typeof asked === 'number' ? { ...retryPolicy, min: asked } : retryPolicy, this.#failures++)
    // Without a network it waits for the network.
    if (isOffline()) {
      this.#change(state, why)
      return
    }
    this.#retryTimer = setTimeout(() => this.#dial(), wait)
    this.#change(state, { ...why, nextTryAt: new Date(Date.now() + wait) })
  }
}

const frameId = () => `TM${newUuid()}`
const isGood = ({ code }: Status) => code >= 200 && code < 300

const describe = ({ description, status, code }: Status) => description ?? status ?? `The server refused with ${code}`

/** What a refused `init` or `update` means (wire-protocol §2.5): another token is needed, or just another attempt. */
function refusal(status: Status): ConnectionError {
  const { code, errorCode } = status
  return new ConnectionError(describe(status), { status: code, code: errorCode ?? null, terminal: code === 401 || code === 403 })
}

/** What a `close` from the server means (wire-protocol §2.7). */
function closed(status: Status): ConnectionError {
  if (status.code === 410)
    return new ConnectionError(describe(status), { status: 401, code: status.errorCode ?? tokenExpired, terminal: true })
  const terminal = [401, 403, 406, 417].includes(status.code)
  return new ConnectionError(describe(status), { status: status.code, code: status.errorCode ?? null, terminal })
}

/** The number of a refusal because the token has expired. */
export const tokenExpired = 20104

function readPayload({ payload_type }: FrameHeader, bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined
  const text = decoder.decode(bytes)
  if (typeof payload_type === 'string' && payload_type.startsWith('text/plain')) return text
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
