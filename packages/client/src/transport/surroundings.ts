import type { Fetch, WebSocketClass } from './transport.ts'

/** What a page or worker tells about itself; absent in Node. */
interface EventSource {
  addEventListener?(name: string, listener: () => void): void
  removeEventListener?(name: string, listener: () => void): void
}

const surroundings = globalThis as unknown as EventSource & {
  WebSocket?: WebSocketClass
  fetch?: Fetch
  document?: EventSource & { visibilityState?: string }
  navigator?: { onLine?: boolean; userAgent?: string }
  process?: { versions?: { node?: string } }
}

let defaultWebSocket: WebSocketClass | undefined

/** For surroundings that have no `WebSocket` of their own. */
export function useWebSocket(given: WebSocketClass | undefined): void {
  defaultWebSocket = given
}

export function webSocketClass(given?: WebSocketClass): WebSocketClass {
  const found = given ?? surroundings.WebSocket ?? defaultWebSocket
  if (!found) throw new Error('There is no WebSocket here: give one with the option `webSocket`, or install the package ws (Node 20)')
  return found
}

export function fetchFunction(given?: Fetch): Fetch {
  const found = given ?? surroundings.fetch
  if (!found) throw new Error('There is no fetch here: give one with the option `fetch`')
  return found.bind(globalThis)
}

export const isOffline = () => surroundings.navigator?.onLine === false

/** What the server is told about where the client runs. */
export function environment(): { env: string; envv: string } {
  const node = surroundings.process?.versions?.node
  return node ? { env: 'Node.js', envv: node } : { env: 'browser', envv: (surroundings.navigator?.userAgent ?? 'unknown').slice(0, 128) }
}

/** What can be noticed of the network and of the page. */
export interface Notice {
  online(): void
  offline(): void
  /** The page is looked at again: timers may have slept for hours. */
  visible(): void
}

/** @returns stops it */
export function watchSurroundings({ online, offline, visible }: Notice): () => void {
  const seen = () => {
    if (surroundings.document?.visibilityState === 'visible') visible()
  }
  const watched = [
    [surroundings, 'online', online],
    [surroundings, 'offline', offline],
    [surroundings.document, 'visibilitychange', seen],
  ] as const
  for (const [source, name, listener] of watched) source?.addEventListener?.(name, listener)
  return () => {
    for (const [source, name, listener] of watched) source?.removeEventListener?.(name, listener)
  }
}
