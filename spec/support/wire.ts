import { decodeFrame, encodeFrame, type FrameHeader } from '@parley/protocol'
import type { Page, WebSocketRoute } from 'playwright-core'

interface Refusal {
  path: RegExp
  status: number
  body: object
}

/** How the network between a page and the server is: it carries, it swallows, or it is not there. */
type Network = 'good' | 'silent' | 'gone'

/**
 * Sits between a page and the server. A test says how the network is, what the server refuses, and what it says of its own accord. Sockets that a
 * page opens from now on go through it.
 */
export class Wire {
  network: Network = 'good'
  /** Whether a goodbye of the page is heard: else it waits in vain for an answer. */
  closes = true
  /** What pages have opened, and what it leads to: nothing where the network swallows all. */
  #sockets = new Map<WebSocketRoute, WebSocketRoute | undefined>()
  #refusals: Refusal[] = []

  static async between(page: Page): Promise<Wire> {
    const wire = new Wire()
    await page.routeWebSocket(/\/v3\//, (socket) => wire.#opened(socket))
    return wire
  }

  #opened(socket: WebSocketRoute): void {
    if (this.network === 'gone') return void socket.close()
    const server = this.network === 'good' ? socket.connectToServer() : undefined
    this.#sockets.set(socket, server)
    socket.onMessage((message) => {
      const header = typeof message === 'string' ? undefined : decodeFrame(message)?.header
      if (header?.method === 'close' && !this.closes) return
      const refusal = header && this.#refusalOf(header)
      if (refusal) answer(socket, header.id, refusal)
      else server?.send(message)
    })
    socket.onClose(() => {
      if (this.closes) void this.#close(socket)
    })
  }

  #refusalOf({ http_request }: FrameHeader): Refusal | undefined {
    const { path = '' } = (http_request ?? {}) as { path?: string }
    return this.#refusals.find((one) => one.path.test(path))
  }

  /** From now on requests over the connection to paths like this are answered so. */
  refuse(path: RegExp, { status = 500, ...body }: { status?: number; code?: number; message?: string } = {}): void {
    this.#refusals.push({ path, status, body: { status, ...body } })
  }

  /** The server takes everything again. */
  refuseNothing(): void {
    this.#refusals = []
  }

  /** Breaks what is connected. */
  async break(): Promise<void> {
    for (const socket of [...this.#sockets.keys()]) await this.#close(socket)
  }

  async #close(socket: WebSocketRoute): Promise<void> {
    const server = this.#sockets.get(socket)
    this.#sockets.delete(socket)
    await socket.close()
    await server?.close()
  }

  /** Says something to the page in the server's name. */
  say(header: FrameHeader): void {
    for (const socket of this.#sockets.keys()) socket.send(Buffer.from(encodeFrame(header)))
  }
}

function answer(socket: WebSocketRoute, id: unknown, { status, body }: Refusal): void {
  const header = { method: 'reply', id, status: { code: 200, status: 'OK' }, http_status: { code: status, status: 'Refused' } }
  socket.send(Buffer.from(encodeFrame({ ...header, payload_type: 'application/json' }, body)))
}
