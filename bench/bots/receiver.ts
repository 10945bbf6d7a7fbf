import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A customer's server that is called by webhooks. */
export interface Receiver {
  url: string
  close(): void
}

/** Answers every call at once. `called` is told the body of the message, if there is one. */
export async function startReceiver(called: (body: string) => void): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      called(new URLSearchParams(Buffer.concat(chunks).toString()).get('Body') ?? '')
      response.writeHead(200, { 'content-length': 0 }).end()
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
