import { createRequire } from 'node:module'
import { useWebSocket } from './transport/surroundings.ts'
import type { WebSocketClass } from './transport/transport.ts'

// Node 20 has no WebSocket of its own: the package ws does it, when the app has it.
if (!('WebSocket' in globalThis)) {
  try {
    useWebSocket((createRequire(import.meta.url)('ws') as { WebSocket: WebSocketClass }).WebSocket)
  } catch {
    // A client that is made without the option `webSocket` says what is missing.
  }
}

export * from './index.ts'
