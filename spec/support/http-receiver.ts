import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Happenings } from './until.ts'

/** A webhook that came. */
export interface Received {
  method: string
  /** Path and query. */
  path: string
  headers: IncomingMessage['headers']
  /** Of the body of a POST, or of the query of a GET. */
  parameters: Record<string, string>
}

type Answering = (received: Received, response: ServerResponse, request: IncomingMessage) => void

/** A server that answers as a test says: slowly, never, wrongly. It answers 200 until it is told otherwise. */
export interface HttpReceiver extends AsyncDisposable {
  url: string
  received: Happenings<Received>
  /** From now on answers so. */
  answers(answering: Answering): void
  /** Connections that were made to it. */
  connections(): number
  close(): Promise<void>
}

const ok: Answering = (_, response) => response.writeHead(200).end()

export async function startHttpReceiver({
  port = 0,
  tls,
}: {
  port?: number
  tls?: { cert: string; key: string }
} = {}): Promise<HttpReceiver> {
  let answering = ok
  let connections = 0
  const received = new Happenings<Received>(({ method, path, parameters }) => `${method} ${path} ${parameters['EventType'] ?? ''}`)
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body: Buffer[] = []
    for await (const chunk of request) body.push(chunk)
    const { method = '', url = '', headers } = request
    const text = method === 'POST' ? Buffer.concat(body).toString() : url.slice(url.indexOf('?') + 1)
    const one = { method, path: url, headers, parameters: Object.fromEntries(new URLSearchParams(text)) }
    answering(one, response, request)
    received.add(one)
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response).catch(() => response.destroy())
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  server.on('connection', () => connections++)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answers: (next) => {
      answering = next
    },
    connections: () => connections,
    close,
    [Symbol.asyncDispose]: close,
  }
}
