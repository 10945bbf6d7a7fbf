import type { ConnectionResource } from '@parley/protocol'
import type { Connection } from '../../domain/connections/connections.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export const toConnection = (connection: Connection, node_sid: string, { root }: Scope): ConnectionResource => ({
  sid: connection.sid,
  account_sid: connection.account_sid,
  chat_service_sid: connection.chat_service_sid,
  user_sid: connection.user_sid,
  identity: connection.identity,
  key_sid: connection.key_sid,
  sdk: connection.sdk,
  sdk_version: connection.sdk_version,
  environment: connection.environment,
  capabilities: [...connection.capabilities],
  address: connection.address,
  node_sid,
  subscriptions: connection.subscriptions,
  bytes_waiting: connection.bytes_waiting,
  date_created: toDateTime(connection.date_created),
  date_active: toDateTime(connection.date_active),
  date_token_expires: toDateTime(connection.date_token_expires),
  url: `${root}/Connections/${connection.sid}`,
})
