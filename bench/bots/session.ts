import { FrameTemplate, type Network, type WebSocketLine } from './websocket.ts'

/** The answer to a request: the HTTP status, or the Twilsock status where there is none, and the payload. */
export interface Reply {
  status: number
  body: unknown
}

/** Sees every frame that is not a reply. The payload lies in `buffer` and must not be kept. */
export type NoticeListener = (header: string, buffer: Buffer, start: number, end: number) => void

type ReplyHandler = (header: string, buffer: Buffer, start: number, end: number) => void

interface Pending {
  reply: ReplyHandler
  lost: (error: Error) => void
}

interface ReplyHeader {
  status: { code: number; status: string; description?: string }
  http_status?: { code: number }
}

const nameAndVersion = 'TWILSOCK V3.0 '
let count = 0

/** As long as the client's ids, `TM` and a UUID, and as unlike one another as needed; but counted, which is cheaper than random. */
function nextId(): string {
  count++
  return `TM00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`
}

const syncClientInfo = '{"sdk":"js","sdkVer":"4.0.1","os":"Linux","osVer":null,"pl":"Node.js","plVer":"20.20.2"}'

/** The headers that each part of the SDK sends (wire-protocol §3.1). */
function headersOf(method: string, path: string): Record<string, string> {
  if (!path.startsWith('/Client/'))
    return { 'Content-Type': 'application/json', 'Twilio-Request-Id': `RQ${nextId().slice(2)}`, 'Twilio-Sync-Client-Info': syncClientInfo }
  if (method === 'GET') return {}
  return { 'Content-Type': 'application/json; charset=utf-8', 'X-Twilio-Mutation-Id': nextId().slice(2) }
}

const acknowledgements = new Map<number, FrameTemplate>()

function acknowledgement(idSize: number): FrameTemplate {
  let template = acknowledgements.get(idSize)
  if (!template) {
    const after = '","method":"reply","payload_type":"application/json","status":{"code":200,"status":"OK"},"payload_size":0}'
    const headerSize = '{"id":"'.length + idSize + after.length
    template = new FrameTemplate(`${nameAndVersion}${headerSize}\r\n{"id":"`, idSize, `${after}\r\n`)
    acknowledgements.set(idSize, template)
  }
  return template
}

function toFrame(header: Record<string, unknown>, payload: string): string {
  const text = JSON.stringify({ ...header, payload_size: Buffer.byteLength(payload) })
  return `${nameAndVersion}${Buffer.byteLength(text)}\r\n${text}\r\n${payload}`
}

/**
 * One connection that behaves as the client SDK does: `init`, requests inside frames, an acknowledgement for everything that is not a reply
 * (wire-protocol §2, §3).
 */
export class Session {
  readonly identity: string
  onNotice: NoticeListener = () => {}
  onClosed: () => void = () => {}
  #line: WebSocketLine | undefined
  readonly #pending = new Map<string, Pending>()

  private constructor(identity: string) {
    this.identity = identity
  }

  /** Connects and initialises. Rejects if the server refuses the token. */
  static async start(network: Network, url: URL, identity: string, token: string): Promise<Session> {
    const session = new Session(identity)
    session.#line = await network.connect(url, {
      message: (buffer, start, end) => session.#receive(buffer, start, end),
      closed: () => session.#closed(),
    })
    const reply = await session.#call(
      {
        method: 'init',
        token,
        continuation_token: null,
        metadata: {
          ver: '1.0.2',
          env: 'Node.js',
          envv: '20.20.2',
          os: 'Linux',
          osv: 'unknown',
          osa: 64,
          type: 'conversations',
          sdk: 'JS',
          sdkv: '3.0.1',
        },
        registrations: [
          {
            product: 'ip_messaging',
            type: 'ers',
            notification_protocol_version: 0,
            message_types: [
              'twilio.ipmsg.typing_indicator',
              'twilio.sync.event',
              'com.twilio.rtd.cds.document',
              'com.twilio.rtd.cds.list',
              'com.twilio.rtd.cds.map',
            ],
          },
        ],
        tweaks: null,
        capabilities: ['client_update', 'offline_storage', 'telemetry.v1'],
      },
      '',
    )
    if (reply.status !== 200) throw new Error(`init was refused with ${reply.status}`)
    return session
  }

  /** A Sync read or a REST read; answers with any status. `path` and `params` are percent-encoded by the caller. */
  get(path: string, params: Record<string, string> = {}): Promise<Reply> {
    return this.#request('GET', path, params, '')
  }

  /** A command with a JSON body; answers with any status. */
  post(path: string, body: unknown): Promise<Reply> {
    return this.#request('POST', path, {}, JSON.stringify(body))
  }

  /** Sends a message as `sendMessage` does; resolves with the HTTP status of the reply. */
  sendMessage(serviceSid: string, conversationSid: string, body: string): Promise<number> {
    const id = nextId()
    const payload = `{"body":${JSON.stringify(body)},"attributes":"{}"}`
    const header =
      `{"id":"${id}","method":"message","active_grant":"ip_messaging","payload_type":"application/json; charset=utf-8",` +
      `"http_request":{"host":"localhost","path":"/Client/v2/Services/${serviceSid}/Conversations/${conversationSid}/Messages","method":"POST","params":{},` +
      `"headers":{"Content-Type":"application/json; charset=utf-8","X-Twilio-Mutation-Id":"${id.slice(2)}"}},"payload_size":${Buffer.byteLength(payload)}}`
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { reply: (text) => resolve(httpStatus(text)), lost: reject })
      this.#send(`${nameAndVersion}${header.length}\r\n${header}\r\n${payload}`)
    })
  }

  /** Cuts the connection without a word. */
  destroy(): void {
    this.#line?.destroy()
  }

  #request(method: string, path: string, params: Record<string, string>, body: string): Promise<Reply> {
    const http_request = { host: 'localhost', path, method, params, headers: headersOf(method, path) }
    return this.#call({ method: 'message', active_grant: 'ip_messaging', payload_type: 'application/json', http_request }, body)
  }

  #call(header: Record<string, unknown>, payload: string): Promise<Reply> {
    const id = nextId()
    return new Promise((resolve, reject) => {
      this.#pending.set(id, {
        reply: (text, buffer, start, end) => {
          const { status, http_status } = JSON.parse(text) as ReplyHeader
          const body: unknown = end > start ? JSON.parse(buffer.toString('utf8', start, end)) : undefined
          resolve({ status: http_status?.code ?? status.code, body })
        },
        lost: reject,
      })
      this.#send(toFrame({ id, ...header }, payload))
    })
  }

  #send(text: string): void {
    if (!this.#line) throw new Error('The session is closed')
    this.#line.send(text)
  }

  #receive(buffer: Buffer, start: number, end: number): void {
    let at = start + nameAndVersion.length
    let size = 0
    for (let digit = buffer[at]! - 48; digit >= 0 && digit <= 9; digit = buffer[++at]! - 48) size = size * 10 + digit
    at += 2
    const header = buffer.toString('latin1', at, at + size)
    const idStart = header.indexOf('"id":"') + 6
    const idEnd = header.indexOf('"', idStart)
    const payload = at + size + 2
    if (header.includes('"method":"reply"')) {
      const id = header.slice(idStart, idEnd)
      const pending = this.#pending.get(id)
      this.#pending.delete(id)
      pending?.reply(header, buffer, payload, end)
    } else {
      acknowledgement(idEnd - idStart).send(this.#line!, buffer, at + idStart)
      this.onNotice(header, buffer, payload, end)
    }
  }

  #closed(): void {
    this.#line = undefined
    for (const { lost } of this.#pending.values()) lost(new Error(`The connection of ${this.identity} was lost`))
    this.#pending.clear()
    this.onClosed()
  }
}

/** Reads `http_status.code` without parsing the header: this runs for every message sent. */
function httpStatus(header: string): number {
  const found = header.indexOf('"http_status":{"code":')
  return found < 0
    ? ((JSON.parse(header) as ReplyHeader).http_status?.code ?? 0)
    : Number.parseInt(header.slice(found + 22, found + 25), 10)
}
