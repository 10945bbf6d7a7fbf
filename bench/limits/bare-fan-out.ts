import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { websocketFrame } from './framing.ts'

/**
 * Fan-out and nothing else: the bytes of one message event, framed once, to every connected socket, one write a socket, round after round.
 * A new round starts when the system has taken all bytes of the last one; nobody acknowledges.
 */
const frame = websocketFrame('x'.repeat(900))
const everybody = new Set<Socket>()

function round(): void {
  let waiting = 1
  const done = () => {
    if (--waiting === 0) setImmediate(round)
  }
  for (const socket of everybody) {
    waiting++
    socket.write(frame, done)
  }
  done()
}

const http = createServer((_request, response) => {
  response.end()
  round()
})
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false })
http.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket as Socket, head, (websocket) => {
    everybody.add(socket as Socket)
    websocket.on('error', () => websocket.terminate())
    websocket.on('close', () => everybody.delete(socket as Socket))
  })
})
http.listen(0, '127.0.0.1', 4_096, () => console.log(`Parley is ready on http://127.0.0.1:${(http.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
