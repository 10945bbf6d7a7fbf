import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A customer's server that is called by webhooks. */
export interface Receiver {
  url: string
  close(): void
}

/**
 * Answers every call at once, but for those that `hangs` says, which get no answer. `called` is told the body of a message, if there is one, and whether
 * it was asked about before it was sent.
 */
export async function startReceiver(
  called: (body: string, before: boolean) => void,
  hangs: (body: string) => boolean = () => false,
): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const said = new URLSearchParams(Buffer.concat(chunks).toString())
      const body = said.get('Body') ?? ''
      called(body, said.get('EventType') === 'onMessageAdd')
      if (!hangs(body)) response.writeHead(200, { 'content-length': 0 }).end()
    })
  })
  server.listen(0, '127.0.0.1', 4_096)
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
