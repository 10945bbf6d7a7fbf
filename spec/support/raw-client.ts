import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { decodeFrame, encodeFrame, type FrameHeader } from '@parley/protocol'
import { WebSocket } from 'ws'
import { Happenings, inTime } from './until.ts'
import { usesRefusal } from './uses.ts'

/** What the server sent: a reply, or something of its own accord. */
export interface Incoming {
  header: FrameHeader & { method?: string; id?: unknown; message_type?: string; status?: ReplyStatus; http_status?: ReplyStatus }
  /** The parsed payload; `undefined` when there was none. */
  payload: unknown
}

export interface ReplyStatus {
  code: number
  status: string
  description?: string
  errorCode?: number
}

/** An answer to a request over the connection. */
export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind.
  body: any
}

/** One event of a Sync notification, with what surrounds it. */
export interface SyncEvent {
  event_type: string
  correlation_id: number | undefined
  message_type: string
  id: number | undefined
  /** The member of `events`. */
  // biome-ignore lint/suspicious/noExplicitAny: each type has members of its own.
  event: any
}

export interface RequestOptions {
  params?: Record<string, unknown>
  body?: unknown
  /** Another content type than JSON; the body is then text. */
  type?: string
}

/** One line of a subscription request. */
export interface Wish {
  object_sid: string
  object_type: 'document' | 'list' | 'map'
  last_event_id?: number | null
}

/** Speaks the protocol by hand: a test says every frame, and sees every frame in its order. */
export class RawClient {
  /** Everything that came. */
  readonly incoming = new Happenings<Incoming>(({ header }) => `${header.method} ${header.message_type ?? header.id}`)
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => {
      const frame = isBinary ? decodeFrame(data as Buffer) : undefined
      if (!frame) throw new Error(`The server sent what is no frame: ${data}`)
      const text = new TextDecoder().decode(frame.payload)
      this.incoming.add({ header: frame.header, payload: text === '' ? undefined : JSON.parse(text) } as Incoming)
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()))
  }

  /** Connects, and says nothing yet. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<RawClient> {
    const socket = new WebSocket(url, { headers })
    const client = new RawClient(socket)
    await once(socket, 'open')
    return client
  }

  /** Connects and identifies itself. */
  static async start(url: string, token: string): Promise<RawClient> {
    const client = await RawClient.open(url)
    const { header } = await client.init(token)
    if (header.status?.code !== 200) throw new Error(`init was refused: ${header.status?.description}`)
    return client
  }

  /** Sends a frame as it is. */
  send(header: FrameHeader, payload?: unknown): void {
    this.socket.send(encodeFrame(header, payload))
  }

  /** Sends whatever bytes, or text. */
  sendRaw(data: Buffer | string): void {
    this.socket.send(data)
  }

  /** Sends a frame and waits for its reply. */
  ask(header: FrameHeader, payload?: unknown): Promise<Incoming> {
    const id = header.id ?? `TM${randomUUID()}`
    this.send({ id, ...header }, payload)
    return this.replyTo(id)
  }

  replyTo(id: unknown): Promise<Incoming> {
    return this.incoming.first(`a reply to ${id}`, ({ header }) => header.method === 'reply' && header.id === id)
  }

  async init(token: unknown, more: FrameHeader = {}): Promise<Incoming> {
    const reply = await this.ask({ method: 'init', token, ...more })
    usesRefusal({ code: reply.header.status?.errorCode })
    return reply
  }

  /** An HTTP request in a frame, and its answer. */
  async request(method: string, path: string, { params = {}, body, type = 'application/json' }: RequestOptions = {}): Promise<Answer> {
    const { header, payload } = await this.ask(requestHeader(method, path, params, type), body)
    if (header.status?.code !== 200) throw new Error(`The frame was refused: ${JSON.stringify(header.status)}`)
    const status = header.http_status?.code ?? 0
    if (status >= 400) usesRefusal(payload)
    return { status, body: payload }
  }

  get = (path: string, params: Record<string, unknown> = {}) => this.request('GET', path, { params })
  post = (path: string, body: unknown) => this.request('POST', path, { body })
  delete = (path: string, body: unknown = {}) => this.request('DELETE', path, { body })

  /** Subscribes, and waits for the result of every wish. @returns all that came with this request, in order */
  async subscribe(...wishes: Wish[]): Promise<SyncEvent[]> {
    const correlation_id = ++correlations
    const answer = await this.requestSubscriptions('establish', correlation_id, wishes)
    if (answer.status !== 202) throw new Error(`The subscription was refused: ${JSON.stringify(answer.body)}`)
    const results = ['subscription_established', 'subscription_failed']
    for (const { object_sid } of wishes) {
      await this.hears(
        (event) => event.correlation_id === correlation_id && results.includes(event.event_type) && event.event.object_sid === object_sid,
        `the subscription of ${object_sid}`,
      )
    }
    return this.events.filter((event) => event.correlation_id === correlation_id)
  }

  requestSubscriptions(action: string, correlation_id: number, requests: Wish[]): Promise<Answer> {
    return this.post('/v4/Subscriptions', {
      event_protocol_version: 4,
      action,
      correlation_id,
      retried_requests: 0,
      ttl_in_s: -1,
      requests,
    })
  }

  /** All Sync events that came, in order. */
  get events(): SyncEvent[] {
    return this.incoming.all.flatMap(eventsOf)
  }

  /** The first Sync event that fits, past or to come. */
  async hears(fits: (event: SyncEvent) => boolean, what = 'a Sync event'): Promise<SyncEvent> {
    const found = await this.incoming.first(what, (one) => eventsOf(one).some(fits))
    return eventsOf(found).find(fits) as SyncEvent
  }

  /** Ends the connection, as a client does that goes. */
  async close(): Promise<void> {
    this.socket.close()
    await inTime(this.closed, () => 'the end of a connection')
  }
}

let correlations = 0

/** The header of an HTTP request in a frame. */
export const requestHeader = (
  method: string,
  path: string,
  params: Record<string, unknown> = {},
  type = 'application/json',
): FrameHeader => ({
  method: 'message',
  active_grant: 'ip_messaging',
  payload_type: type,
  http_request: { host: 'any.example.com', path, method, params, headers: {} },
})

function eventsOf({ header, payload }: Incoming): SyncEvent[] {
  const { event_type, correlation_id, events } = (payload ?? {}) as {
    event_type?: string
    correlation_id?: number
    events?: { id?: number }[]
  }
  if (header.method !== 'notification' || event_type === undefined || !events) return []
  return events.map((event) => ({ event_type, correlation_id, message_type: header.message_type ?? '', id: event.id, event }))
}
