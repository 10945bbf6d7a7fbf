import { type Static, Type } from '@sinclair/typebox'
import { DateTime, nullable, SidOf, Url, Word } from './values.ts'

/** The erasure of a user, an extension of Parley: how far it is, and what it has taken away so far. The user's SID is all that stays of them. */
export const ErasureResource = Type.Object({
  user_sid: SidOf('user'),
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  status: Word(['running', 'completed'] as const),
  conversations_left: Type.Integer(),
  messages_erased: Type.Integer(),
  media_erased: Type.Integer(),
  date_created: DateTime,
  date_updated: DateTime,
  date_completed: nullable(DateTime),
  url: Url,
})
export type ErasureResource = Static<typeof ErasureResource>
