import { decodeFrame, type FrameHeader } from '@parley/protocol'
import { WebSocket } from 'ws'
import type { WebSocketClass, WebSocketLike } from '../transport/transport.ts'

/** Real sockets that a test can look into, cut, and keep from opening. */
export class Cable {
  readonly sent: FrameHeader[] = []
  #sockets: WebSocket[] = []
  /** While it is cut no socket opens. */
  isCut = false
  /** Frames from the server that the client does not get to see. */
  swallows: (header: FrameHeader) => boolean = () => false
  /** Frames from the server that the client gets to see when they are let through. */
  delays: (header: FrameHeader) => boolean = () => false
  readonly delayed: (() => void)[] = []

  readonly webSocket: WebSocketClass = ((cable: Cable) =>
    class extends WebSocket {
      constructor(url: string) {
        super(cable.isCut ? 'ws://127.0.0.1:1' : url)
        cable.#sockets.push(this)
      }
      override send(data: Uint8Array): void {
        const frame = decodeFrame(data)
        if (frame) cable.sent.push(frame.header)
        super.send(data)
      }
      override emit(name: string, ...args: unknown[]): boolean {
        if (name === 'message') {
          const frame = decodeFrame(new Uint8Array(args[0] as ArrayBuffer))
          if (frame && cable.swallows(frame.header)) return true
          if (frame && cable.delays(frame.header)) {
            cable.delayed.push(() => super.emit(name, ...args))
            return true
          }
        }
        return super.emit(name, ...args)
      }
    } as unknown as new (
      url: string,
    ) => WebSocketLike)(this)

  /** Sockets that were opened. */
  get count(): number {
    return this.#sockets.length
  }

  cut(): void {
    this.isCut = true
    for (const socket of this.#sockets.splice(0)) socket.terminate()
  }

  mend(): void {
    this.isCut = false
  }

  /** Lets the client hear a frame that no server has sent. */
  hear(frame: Uint8Array): void {
    this.#sockets.at(-1)?.emit('message', frame.buffer, true)
  }

  /** The paths of the requests that were sent. */
  paths(): string[] {
    return this.sent.flatMap(({ http_request }) => (http_request ? [(http_request as { path: string }).path] : []))
  }
}
