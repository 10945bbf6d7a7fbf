import { decodeFrame, encodeFrame, type FrameHeader } from '@parley/protocol'
import type { WebSocketLike } from '../transport/transport.ts'

/** A request as the fake server sees it. */
export interface SeenRequest {
  socket: FakeSocket
  id: string
  method: string
  path: string
  params: Record<string, string>
  headers: Record<string, string>
  body: unknown
}

/** One socket of a client: it opens when the test says so, and breaks when the test says so. */
export class FakeSocket implements WebSocketLike {
  binaryType = ''
  onopen: ((event: never) => void) | null = null
  onmessage: ((event: never) => void) | null = null
  onclose: ((event: never) => void) | null = null
  onerror: ((event: never) => void) | null = null
  readonly frames: { header: FrameHeader; body: unknown }[] = []
  isClosed = false

  constructor(
    readonly url: string,
    private readonly server: FakeServer,
  ) {}

  send(data: Uint8Array<ArrayBuffer>): void {
    const frame = decodeFrame(data)
    if (!frame || this.isClosed) return
    const text = new TextDecoder().decode(frame.payload)
    const seen = { header: frame.header, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text }
    this.frames.push(seen)
    this.server.received(this, seen.header, seen.body)
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    queueMicrotask(() => this.onclose?.({} as never))
  }

  /** The network has gone: the client is told, or – half open – is not. */
  cut({ silently = false } = {}): void {
    this.isClosed = true
    if (!silently) this.onclose?.({} as never)
  }

  say(header: FrameHeader, payload?: unknown): void {
    if (this.isClosed) return
    const bytes = encodeFrame({ payload_type: 'application/json', ...header }, payload)
    this.onmessage?.({ data: bytes.buffer } as never)
  }

  notify(type: string, payload: unknown): void {
    this.say({ id: 'TM1', method: 'notification', message_type: type }, payload)
  }

  reply(id: string, status: object, members: object = {}, payload?: unknown): void {
    this.say({ id, method: 'reply', status, ...members }, payload)
  }
}

const ok = { code: 200, status: 'OK' }

/** The far end of fake sockets. By default it accepts everybody and answers no request. */
export class FakeServer {
  readonly sockets: FakeSocket[] = []
  readonly requests: SeenRequest[] = []
  /** Whether new sockets open by themselves. */
  opens = true
  capabilities: string[] = []
  name = 'server-1'
  /** Refuses `init` and `update` with this. */
  refusal: { status: object; payload?: unknown } | undefined
  /** Answers requests; `undefined` leaves one without an answer. */
  answer: (request: SeenRequest) => { status?: number; body?: unknown } | undefined = () => undefined

  readonly webSocket = ((server: FakeServer) =>
    class extends FakeSocket {
      constructor(url: string) {
        super(url, server)
        server.sockets.push(this)
        if (server.opens) queueMicrotask(() => this.onopen?.({} as never))
        else queueMicrotask(() => this.cut())
      }
    })(this)

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket
  }

  /** Headers of the frames of one method, over all sockets. */
  frames(method: string): FrameHeader[] {
    return this.sockets.flatMap(({ frames }) => frames.map(({ header }) => header).filter((header) => header.method === method))
  }

  received(socket: FakeSocket, header: FrameHeader, body: unknown): void {
    const id = String(header.id)
    if (header.method === 'init' || header.method === 'update') this.#identified(socket, id, header.method)
    else if (header.method === 'message') this.#asked(socket, id, header, body)
  }

  #identified(socket: FakeSocket, id: string, method: string): void {
    const { refusal, capabilities, name } = this
    if (refusal) socket.reply(id, refusal.status, {}, refusal.payload)
    else socket.reply(id, ok, method === 'init' ? { capabilities, continuation_token: 'CT1', parley: { server: name } } : {})
  }

  #asked(socket: FakeSocket, id: string, header: FrameHeader, body: unknown): void {
    const http = header['http_request'] as Omit<SeenRequest, 'socket' | 'id' | 'body'>
    const request = { socket, id, body, method: http.method, path: http.path, params: http.params, headers: http.headers }
    this.requests.push(request)
    const answer = this.answer(request)
    if (answer) this.reply(request, answer.status ?? 200, answer.body ?? {})
  }

  reply({ socket, id }: SeenRequest, code: number, body: unknown): void {
    socket.reply(id, ok, { http_status: { code, status: 'SO' }, http_headers: {} }, body)
  }
}
