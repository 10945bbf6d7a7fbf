import type { Socket } from 'node:net'
import { frameStart } from '@parley/protocol'

/**
 * What goes to sockets. A frame that many receive is encoded once, websocket header included, and its bytes are shared; what goes to one socket
 * in the same turn of the event loop is one write.
 */

/** Bytes of one websocket message, ready for any socket: servers do not mask. */
export type Packet = Buffer

const binaryMessage = 0x82

/** A whole Twilsock frame as a packet. `header` is JSON text without its closing brace; the payload's size and type are added. */
export function packet(header: string, payload: string): Packet {
  const size = payload === '' ? 0 : Buffer.byteLength(payload)
  const head = payload === '' ? `${header}}` : `${header},"payload_type":"application/json","payload_size":${size}}`
  const headBytes = Buffer.byteLength(head)
  const start = `${frameStart}${headBytes}\r\n`
  const length = start.length + headBytes + 2 + size
  const prefix = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const bytes = Buffer.allocUnsafe(prefix + length)
  bytes[0] = binaryMessage
  if (prefix === 2) bytes[1] = length
  else if (prefix === 4) {
    bytes[1] = 126
    bytes.writeUInt16BE(length, 2)
  } else {
    bytes[1] = 127
    bytes.writeBigUInt64BE(BigInt(length), 2)
  }
  bytes.write(start, prefix, 'latin1')
  bytes.write(`${head}\r\n${payload}`, prefix + start.length)
  return bytes
}

let lastId = 0

/** A notification; its id is only echoed in acknowledgements. */
export function notification(messageType: string, payload: string): Packet {
  lastId = (lastId + 1) % 1_000_000_000
  return packet(`{"method":"notification","id":"TM${lastId}","message_type":"${messageType}"`, payload)
}

/** Outboxes with something to send, emptied together at the end of the turn. */
let filled: Outbox[] = []

function flushAll() {
  const outboxes = filled
  filled = []
  for (const outbox of outboxes) outbox.flush()
  joined = nothingJoined
}

const nothingJoined: { packets: readonly Packet[]; bytes: Packet } = { packets: [], bytes: Buffer.alloc(0) }
let joined = nothingJoined

/** Packets as one. All members of a conversation get the same in a turn, one after the other, so what was joined last often is the answer. */
function join(packets: readonly Packet[]): Packet {
  const [first] = packets
  if (first && packets.length === 1) return first
  const isSame = packets.length === joined.packets.length && packets.every((packet, at) => packet === joined.packets[at])
  if (!isSame) joined = { packets, bytes: Buffer.concat(packets) }
  return joined.bytes
}

/** From this many bytes on, whoever sends many packets in a row waits until the client has read them. */
const crowdedBytes = 1_048_576

/** The packets that wait for one socket. */
export class Outbox {
  #waiting: Packet[] = []
  #waitingBytes = 0
  #room: Promise<void> | undefined

  constructor(
    private readonly socket: Socket,
    /** When more than this waits already, the client counts as one that does not read. A single packet may be larger. */
    public maxBytes: number,
    private readonly overflowed: () => void,
  ) {}

  /** Bytes that the client has not read yet, as far as is known here. */
  get waiting(): number {
    return this.#waitingBytes + this.socket.writableLength
  }

  push(bytes: Packet): void {
    if (this.#waitingBytes + this.socket.writableLength > this.maxBytes) {
      this.overflowed()
      return
    }
    if (this.#waiting.length === 0 && filled.push(this) === 1) process.nextTick(flushAll)
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
  }

  flush(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    if (!this.socket.writable) return
    this.socket.write(join(waiting))
  }

  /** When so much waits that more should not be pushed: resolves when the client has read it, or is gone. `undefined` while there is room. */
  room(): Promise<void> | undefined {
    if (this.#waitingBytes + this.socket.writableLength <= crowdedBytes) return undefined
    this.flush()
    if (!this.socket.writable || !this.socket.writableNeedDrain) return undefined
    // Many may wait; the socket is asked once.
    this.#room ??= drained(this.socket).then(() => {
      this.#room = undefined
    })
    return this.#room
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
