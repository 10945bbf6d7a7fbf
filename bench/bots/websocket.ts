import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/**
 * The client's half of a websocket, cut down to what a load generator on one core needs: all sockets read into one shared buffer, frames
 * are handed out in place, and what one turn of the event loop writes to a socket leaves in one system call. `ws` does the same work for
 * nearly four times the processor time (61 µs a message of `ingest` against 16), which would measure the generator and not the server.
 *
 * Frames are masked with a key that is not zero, so that the server pays for unmasking as it does with every real client.
 */
export class Network {
  readonly #readBuffer = Buffer.allocUnsafeSlow(256 * 1_024)
  readonly outbox = new Outbox()

  /** Opens a websocket. Resolves after the server agreed; rejects if it did not. */
  connect(url: URL, receiver: Receiver): Promise<WebSocketLine> {
    return new Promise((resolve, reject) => {
      const line: WebSocketLine = new WebSocketLine(this.outbox, receiver, (failure) => (failure ? reject(failure) : resolve(line)))
      const socket = connect({
        host: url.hostname,
        port: Number(url.port),
        noDelay: true,
        onread: {
          buffer: this.#readBuffer,
          callback: (size, buffer) => {
            line.receive(buffer as Buffer, size)
            return true
          },
        },
      })
      line.open(socket, url)
    })
  }
}

/** Takes what a websocket brings. `message` must not keep the buffer: the next read overwrites it. */
export interface Receiver {
  message(buffer: Buffer, start: number, end: number): void
  closed(): void
}

const mask = [0x5a, 0xc3, 0x3c, 0xa5] as const
const continuation = 0
const closeCode = 8
const pingCode = 9
const pongCode = 10
const endOfHandshake = Buffer.from('\r\n\r\n')

/** One websocket. */
export class WebSocketLine {
  readonly #outbox: Outbox
  readonly #receiver: Receiver
  #settle: ((failure?: Error) => void) | undefined
  #socket: Socket | undefined
  #rest: Buffer | undefined

  constructor(outbox: Outbox, receiver: Receiver, settle: (failure?: Error) => void) {
    this.#outbox = outbox
    this.#receiver = receiver
    this.#settle = settle
  }

  open(socket: Socket, url: URL): void {
    this.#socket = socket
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => {
      this.#fail(new Error('The server closed the connection during the handshake'))
      this.#socket = undefined
      this.#receiver.closed()
    })
    socket.write(
      `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    )
  }

  /** Cuts the connection without a word, as a lost network does. */
  destroy(): void {
    this.#socket?.destroy()
  }

  /** Queues one binary frame; it leaves at the end of this turn of the event loop. */
  send(text: string): void {
    this.#outbox.frame(this, text)
  }

  /** Queues bytes that are a masked frame already. */
  sendFramed(size: number, fill: (target: Buffer, offset: number) => void): void {
    this.#outbox.reserve(this, size, fill)
  }

  /** Called by the outbox. */
  write(bytes: Buffer): void {
    this.#socket?.write(bytes)
  }

  receive(buffer: Buffer, size: number): void {
    if (this.#rest) {
      const joined = Buffer.concat([this.#rest, buffer.subarray(0, size)])
      this.#rest = undefined
      this.#consume(joined, joined.length)
    } else this.#consume(buffer, size)
  }

  #consume(buffer: Buffer, end: number): void {
    let at = this.#settle ? this.#handshake(buffer, end) : 0
    while (end - at >= 2) {
      const first = buffer[at]!
      let length = buffer[at + 1]! & 0x7f
      let header = 2
      if (length === 126) {
        if (end - at < 4) break
        length = buffer.readUInt16BE(at + 2)
        header = 4
      } else if (length === 127) {
        if (end - at < 10) break
        length = Number(buffer.readBigUInt64BE(at + 2))
        header = 10
      }
      const next = at + header + length
      if (next > end) break
      this.#frame(first, buffer, at + header, next)
      at = next
    }
    if (at < end && this.#socket) this.#rest = Buffer.from(buffer.subarray(at, end))
  }

  /** Answers where the frames begin; `end` if the handshake is not complete. */
  #handshake(buffer: Buffer, end: number): number {
    const found = buffer.subarray(0, end).indexOf(endOfHandshake)
    if (found < 0) return 0
    const status = buffer.toString('latin1', 0, Math.min(found, 64)).split('\r\n', 1)[0] ?? ''
    if (!status.startsWith('HTTP/1.1 101')) {
      this.#fail(new Error(`The server refused the websocket: ${status}`))
      this.destroy()
      return end
    }
    this.#settle?.()
    this.#settle = undefined
    return found + endOfHandshake.length
  }

  #frame(first: number, buffer: Buffer, start: number, end: number): void {
    const opcode = first & 0x0f
    if (opcode === pingCode) this.#outbox.bytes(this, pongCode, buffer.subarray(start, end))
    else if (opcode === closeCode) this.destroy()
    else if (opcode === continuation || (first & 0x80) === 0) throw new Error('Fragmented frames are not expected from this server')
    else if (opcode !== pongCode) this.#receiver.message(buffer, start, end)
  }

  #fail(error: Error): void {
    this.#settle?.(error)
    this.#settle = undefined
  }
}

/** Bytes of a frame's head for a payload of this size: the short form, or two or eight bytes of length; then the key. */
function headSize(size: number): number {
  return size < 126 ? 6 : size < 65_536 ? 8 : 14
}

function writeHead(target: Buffer, offset: number, opcode: number, size: number): number {
  let at = offset
  target[at++] = 0x80 | opcode
  if (size < 126) target[at++] = 0x80 | size
  else if (size < 65_536) {
    target[at++] = 0x80 | 126
    at = target.writeUInt16BE(size, at)
  } else {
    target[at++] = 0x80 | 127
    at = target.writeBigUInt64BE(BigInt(size), at)
  }
  for (const byte of mask) target[at++] = byte
  return at
}

/** Masks in place; the first byte lies at `position` within its frame's payload. */
function applyMask(target: Buffer, from: number, to: number, position = 0): void {
  for (let at = from, phase = position; at < to; at++, phase++) target[at] = target[at]! ^ mask[phase & 3]!
}

const slabSize = 1_024 * 1_024

/** Collects the frames of one turn of the event loop and writes them, socket by socket, before the loop polls again. */
export class Outbox {
  #slab = Buffer.allocUnsafeSlow(slabSize)
  #offset = 0
  #pending: { line: WebSocketLine; slab: Buffer; start: number; end: number }[] = []

  frame(line: WebSocketLine, text: string): void {
    const size = Buffer.byteLength(text)
    this.reserve(line, headSize(size) + size, (target, offset) => {
      const at = writeHead(target, offset, 2, size)
      target.write(text, at)
      applyMask(target, at, at + size)
    })
  }

  bytes(line: WebSocketLine, opcode: number, payload: Buffer): void {
    this.reserve(line, headSize(payload.length) + payload.length, (target, offset) => {
      const at = writeHead(target, offset, opcode, payload.length)
      payload.copy(target, at)
      applyMask(target, at, at + payload.length)
    })
  }

  reserve(line: WebSocketLine, size: number, fill: (target: Buffer, offset: number) => void): void {
    if (this.#offset + size > this.#slab.length) {
      this.#slab = Buffer.allocUnsafeSlow(Math.max(slabSize, size))
      this.#offset = 0
    }
    const start = this.#offset
    fill(this.#slab, start)
    this.#offset += size
    const last = this.#pending.at(-1)
    if (last?.line === line && last.slab === this.#slab) last.end = this.#offset
    else {
      if (!last) setImmediate(() => this.flush())
      this.#pending.push({ line, slab: this.#slab, start, end: this.#offset })
    }
  }

  flush(): void {
    const pending = this.#pending
    this.#pending = []
    for (const { line, slab, start, end } of pending) line.write(slab.subarray(start, end))
  }
}

/**
 * A frame whose text is known but for one gap of a fixed size: masked once, then copied. For the acknowledgement of every frame, which is
 * half of all that a client sends.
 */
export class FrameTemplate {
  readonly #bytes: Buffer
  readonly #gap: number
  readonly #phase: number
  readonly #gapSize: number

  constructor(before: string, gapSize: number, after: string) {
    const size = before.length + gapSize + after.length
    this.#bytes = Buffer.alloc(headSize(size) + size)
    const payload = writeHead(this.#bytes, 0, 2, size)
    this.#gap = payload + before.length
    this.#phase = before.length
    this.#gapSize = gapSize
    this.#bytes.write(before, payload, 'latin1')
    this.#bytes.write(after, this.#gap + gapSize, 'latin1')
    applyMask(this.#bytes, payload, payload + size)
  }

  /** Sends the frame with the bytes at `from` of `source` in the gap. */
  send(line: WebSocketLine, source: Buffer, from: number): void {
    line.sendFramed(this.#bytes.length, (target, offset) => {
      this.#bytes.copy(target, offset)
      const at = offset + this.#gap
      source.copy(target, at, from, from + this.#gapSize)
      applyMask(target, at, at + this.#gapSize, this.#phase)
    })
  }
}
