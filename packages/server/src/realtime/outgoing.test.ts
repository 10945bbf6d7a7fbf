import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Writable } from 'node:stream'
import { decodeFrame } from '@parley/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { notification, Outbox, type Packet, packet } from './outgoing.ts'

describe('packets', () => {
  let server: Server
  let client: WebSocket
  let socket: Socket
  const sockets = new WebSocketServer({ noServer: true })

  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const upgraded = new Promise<Socket>((resolve) =>
      server.on('upgrade', (request, raw, head) => sockets.handleUpgrade(request, raw, head, () => resolve(raw as Socket))),
    )
    client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    socket = await upgraded
    await once(client, 'open')
  })

  afterAll(async () => {
    client.terminate()
    server.close()
    await once(server, 'close')
  })

  /** What a websocket client makes of bytes as they come. */
  async function received(bytes: Packet) {
    socket.write(bytes)
    const [data, isBinary] = (await once(client, 'message')) as [Buffer, boolean]
    expect(isBinary).toBe(true)
    const frame = decodeFrame(data)
    return frame && { header: frame.header, payload: Buffer.from(frame.payload).toString('utf8') }
  }

  const wellFormed = fc.string({ unit: 'binary', maxLength: 300 })

  it('are whole frames to a websocket client, whatever they carry', async () => {
    await fc.assert(
      fc.asyncProperty(
        wellFormed,
        fc.oneof(wellFormed, fc.constantFrom('', '{}', 'x'.repeat(126), 'é'.repeat(70_000))),
        async (id, payload) => {
          const frame = await received(packet(`{"method":"reply","id":${JSON.stringify(id)}`, payload))
          const described = payload === '' ? {} : { payload_type: 'application/json', payload_size: Buffer.byteLength(payload) }
          expect(frame).toEqual({ header: { method: 'reply', id, ...described }, payload })
        },
      ),
      { numRuns: 200, seed: 1 },
    )
  })

  it.each([99, 100, 101, 102, 103, 65_500, 65_510, 65_511, 65_520, 400_000])(
    'are whole frames around a payload of %i bytes',
    async (size) => {
      const payload = JSON.stringify('x'.repeat(size - 2))
      expect((await received(packet('{"method":"n"', payload)))?.payload).toBe(payload)
    },
  )

  it('that notify have ids of their own', async () => {
    const frames = [await received(notification('a.b', '{}')), await received(notification('a.b', '{}'))]
    const [first, second] = frames.map((frame) => frame?.header.id)
    expect(first).toMatch(/^TM\d+$/)
    expect(second).not.toBe(first)
    expect(frames[0]?.header).toMatchObject({ method: 'notification', message_type: 'a.b' })
  })
})

describe('an outbox', () => {
  /** A socket whose other side reads when it is told to. */
  function openSocket() {
    const writes: Buffer[] = []
    let read: (() => void) | undefined
    const socket = new Writable({
      highWaterMark: 16_384,
      write(chunk: Buffer, _, done) {
        writes.push(chunk)
        read = done
      },
    })
    return { socket: socket as unknown as Socket, writes, read: () => read?.() }
  }

  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const bytes = (size: number, fill = 0) => Buffer.alloc(size, fill)

  it('writes what is pushed in one turn at once, in order', async () => {
    const { socket, writes } = openSocket()
    const outbox = new Outbox(socket, 1_000, () => expect.fail('There is room'))
    for (const fill of [1, 2, 3]) outbox.push(bytes(2, fill))
    expect(writes).toEqual([])
    await turn()
    expect(writes).toEqual([Buffer.from([1, 1, 2, 2, 3, 3])])
  })

  it('joins what many are sent in one turn once, and gives everybody their own', async () => {
    const sockets = Array.from({ length: 4 }, openSocket)
    const outboxes = sockets.map(({ socket }) => new Outbox(socket, 1_000, () => expect.fail('There is room')))
    const [first, second] = [bytes(2, 1), bytes(2, 2)]
    for (const [at, outbox] of outboxes.entries()) {
      outbox.push(first)
      outbox.push(at === 3 ? bytes(2, 3) : second)
    }
    outboxes[1]?.push(bytes(1, 4))
    await turn()
    const written = sockets.map(({ writes }) => writes)
    expect(written).toEqual(
      [
        [1, 1, 2, 2],
        [1, 1, 2, 2, 4],
        [1, 1, 2, 2],
        [1, 1, 3, 3],
      ].map((all) => [Buffer.from(all)]),
    )

    for (const outbox of outboxes) for (const packet of [first, second]) outbox.push(packet)
    await turn()
    for (const { read } of sockets) read()
    const [together, ...others] = written.map((writes) => writes[1])
    expect(together).toEqual(Buffer.from([1, 1, 2, 2]))
    for (const other of others) expect(other).toBe(together)
  })

  it('gives up on a client that does not read, within the turn or over many', async () => {
    for (const pause of [async () => {}, turn]) {
      const { socket } = openSocket()
      let overflowed = 0
      const outbox = new Outbox(socket, 1_000, () => overflowed++)
      for (let pushed = 0; pushed < 10; pushed++) {
        outbox.push(bytes(100))
        await pause()
      }
      expect(overflowed).toBe(0)
      outbox.push(bytes(100))
      await pause()
      expect(overflowed).toBe(0)
      outbox.push(bytes(1))
      expect(overflowed).toBe(1)
    }
  })

  it('takes an answer that is larger than all that may wait, from somebody who reads', async () => {
    const { socket, writes, read } = openSocket()
    const outbox = new Outbox(socket, 1_000, () => expect.fail('Nothing waited'))
    outbox.push(bytes(5_000))
    await turn()
    read()
    outbox.push(bytes(5_000))
    await turn()
    expect(writes.map((write) => write.length)).toEqual([5_000, 5_000])
  })

  it('lets whoever writes much wait for the client, and go on when it has read', async () => {
    const { socket, read } = openSocket()
    const outbox = new Outbox(socket, 16_777_216, () => expect.fail('There is room'))
    outbox.push(bytes(1_000_000))
    expect(outbox.room()).toBeUndefined()
    outbox.push(bytes(1_000_000))
    let rooms = 0
    const waiting = Array.from({ length: 100 }, async () => {
      await outbox.room()
      rooms++
    })
    await turn()
    expect(rooms).toBe(0)
    expect(socket.listenerCount('drain')).toBe(1)
    read()
    await Promise.all(waiting)
    expect(rooms).toBe(100)
    expect(outbox.room()).toBeUndefined()
    expect(socket.listenerCount('drain') + socket.listenerCount('close')).toBe(0)
  })

  it('lets nobody wait for a client that has gone', async () => {
    const { socket } = openSocket()
    const outbox = new Outbox(socket, 16_777_216, () => expect.fail('There is room'))
    outbox.push(bytes(2_000_000))
    const room = outbox.room()
    socket.destroy()
    await room
    outbox.push(bytes(2_000_000))
    await outbox.room()
  })
})
