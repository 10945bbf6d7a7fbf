import { defaultRetryPolicy, type RetryPolicy } from './back-off.ts'
import type { TokenProvider } from './token-renewal.ts'
import type { Fetch, WebSocketClass } from './transport/transport.ts'

/** How loud. Kept for the original's options; this client reports by events and errors, and writes no log. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Options of a client. Those of the original that mean nothing here are accepted and left alone. */
export interface ClientOptions {
  /** More than the original: address of the server, such as `https://chat.example.com`. In a page: where the page came from. */
  url?: string
  /** More than the original: fetches tokens when they are needed, so that the app need not listen to token events. */
  tokenProvider?: TokenProvider
  /** More than the original: a `WebSocket` class, where the environment has none. */
  webSocket?: WebSocketClass
  /** More than the original: `fetch`, where the environment has none. It is used for media only. */
  fetch?: Fetch
  /** More than the original: messages that are kept although the app does not hold them. 1,000 unless told. */
  messageCacheCapacity?: number
  /** More than the original: conversations of the first page, up to 1,000; others follow by themselves. */
  startPageSize?: number
  /** How a lost connection is tried again: milliseconds, and by which part chance moves them. */
  retryPolicy?: Partial<RetryPolicy>
  /** `{ uri, retryPolicy }`: address of the websocket, as the original has it. */
  Twilsock?: Record<string, unknown>
  /** Milliseconds between two signs of typing. */
  typingIndicatorTimeoutOverride?: number
  userInfosToSubscribeOverride?: number
  /** What the server is told about the app: `appv`, `dev`, … */
  clientMetadata?: Record<string, unknown>
  logLevel?: LogLevel
  region?: string
  productId?: string
  channelMetadataCacheCapacity?: number
  messageRecipientsCacheCapacity?: number
  consumptionReportIntervalOverride?: string
  httpCacheIntervalOverride?: string
  retryWhenThrottledOverride?: boolean
  backoffConfigOverride?: Record<string, unknown>
  Chat?: ClientOptions
  IPMessaging?: ClientOptions
  Sync?: Record<string, unknown>
  Notification?: Record<string, unknown>
  disableDeepClone?: boolean
  typingUri?: string
  apiUri?: string
  throwErrorsAlways?: boolean
}

const socketPath = '/v3/wsconnect'

/** Where the client connects. @throws when nobody says it */
export function socketUrl(options: ClientOptions): string {
  const given = ofWebSocket(options)['uri']
  if (typeof given === 'string') return given
  const { location } = globalThis as { location?: { origin?: string } }
  const server = options.url ?? location?.origin
  if (!server?.startsWith('http')) throw new Error('The address of the server is missing: give it as the option `url`')
  return server.replace(/^http/, 'ws').replace(/\/+$/, '') + socketPath
}

/** The original has it among the options of its websocket. */
export const retryPolicyOf = (options: ClientOptions): RetryPolicy => ({
  ...defaultRetryPolicy,
  ...(ofWebSocket(options)['retryPolicy'] as Partial<RetryPolicy> | undefined),
  ...options.retryPolicy,
})

/** The original takes them by either name (wire-protocol §1.1). */
const ofWebSocket = ({ Twilsock, ...others }: ClientOptions): Record<string, unknown> => ({
  ...(others as { twilsock?: Record<string, unknown> }).twilsock,
  ...Twilsock,
})
