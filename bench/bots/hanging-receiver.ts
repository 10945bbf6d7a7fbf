import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/**
 * A customer's server that hangs, or answers at once, as the body of a message says; its parent is told how often it hung. It is a process of its own, and
 * does not even read what it is asked: a server that has a thousand requests in its memory stops now and then, and whoever is asked behind them waits
 * for that, not for who asks.
 */

/** How often the parent is told, in milliseconds. */
const every = 50

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'
/** Messages are short, so all of a request comes at once. */
const isToHang = (request: Buffer) => request.includes('&Body=hang&')

let asked = 0
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy())
  socket.on('data', (request) => {
    if (isToHang(request)) asked++
    else socket.write(answer)
  })
})
server.listen(0, '127.0.0.1', 4_096)
await once(server, 'listening')
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
setInterval(() => process.send?.({ asked }), every)
process.once('disconnect', () => process.exit())
