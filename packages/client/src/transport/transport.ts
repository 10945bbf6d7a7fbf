/**
 * What the client needs of its surroundings. Browsers, workers, React Native and Node 22 have both; elsewhere they are given as options.
 */

/** A socket as the WebSocket standard has it, of which the client uses this much. */
export interface WebSocketLike {
  binaryType: string
  send(data: Uint8Array<ArrayBuffer>): void
  close(): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
}

/** `WebSocket` of a browser or of Node, or the class of the package `ws`. */
export type WebSocketClass = new (url: string) => WebSocketLike

/** `fetch` of a browser or of Node. It is used for media only. */
export type Fetch = typeof globalThis.fetch
