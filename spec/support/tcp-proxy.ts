import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The network between an app and the server, which a test can cut. */
export interface TcpProxy extends AsyncDisposable {
  /** The address of the far side as seen through this network. */
  url(original: string): string
  /** Ends all connections, as when a cable is pulled, and lets nobody through until `mend`. */
  cut(): void
  /** What the far side says is lost from now on, on the connections that there are; it hears everything. */
  mute(): void
  /** What the near side says is lost from now on, on the connections that there are; new ones are refused until `mend`. */
  deafen(): void
  mend(): void
  /** How many connections were made through this network. */
  readonly connections: number
  close(): Promise<void>
}

/** A network that leads to a port of this machine. */
export async function openTcpProxy(target: { port: number; host?: string }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const pairs = new Set<{ near: Socket; far: Socket }>()
  let isCut = false
  let connections = 0

  const hold = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }

  const server = createServer((near) => {
    hold(near)
    if (isCut) {
      near.destroy()
      return
    }
    connections++
    const far = connect(target.port, target.host ?? '127.0.0.1')
    hold(far)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.pipe(far)
    far.pipe(near)
    const pair = { near, far }
    pairs.add(pair)
    near.on('close', () => pairs.delete(pair))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const destroyAll = () => {
    for (const socket of [...sockets]) socket.destroy()
  }
  const close = async () => {
    destroyAll()
    server.close()
    await once(server, 'close')
  }
  return {
    url(original) {
      const url = new URL(original)
      url.host = `127.0.0.1:${port}`
      return url.href
    },
    mute() {
      for (const { near, far } of pairs) far.unpipe(near).resume()
    },
    deafen() {
      isCut = true
      for (const { near, far } of pairs) near.unpipe(far).resume()
    },
    cut() {
      isCut = true
      destroyAll()
    },
    mend() {
      isCut = false
    },
    get connections() {
      return connections
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
