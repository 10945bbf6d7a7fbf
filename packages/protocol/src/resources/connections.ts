import { type Static, Type } from '@sinclair/typebox'
import { DateTime, nullable, SidOf, Url } from './values.ts'

/** A client that is connected to this node, and has said who it is (no resource of the original). */
export const ConnectionResource = Type.Object({
  sid: SidOf('connection'),
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  user_sid: SidOf('user'),
  identity: Type.String(),
  /** The API key that signed its token. */
  key_sid: SidOf('apiKey'),
  /** What the client says of itself: `JS`, `3.0.1`, `Node.js 20.20.2`. */
  sdk: nullable(Type.String()),
  sdk_version: nullable(Type.String()),
  environment: nullable(Type.String()),
  /** What it uses beyond the original's protocol. */
  capabilities: Type.Array(Type.String()),
  /** Where it comes from, as trusted proxies say. */
  address: Type.String(),
  node_sid: Type.String(),
  /** Sync objects that it watches. */
  subscriptions: Type.Integer(),
  /** What was sent and it has not read yet. */
  bytes_waiting: Type.Integer(),
  date_created: DateTime,
  /** When something was last heard of it, beyond that it is there. */
  date_active: DateTime,
  date_token_expires: DateTime,
  url: Url,
})
export type ConnectionResource = Static<typeof ConnectionResource>
