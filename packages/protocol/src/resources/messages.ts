import { type Static, Type } from '@sinclair/typebox'
import { DateTime, JsonText, Links, nullable, SidOf, Url } from './values.ts'

const MediaOfMessage = Type.Object({
  sid: SidOf('media'),
  size: Type.Integer(),
  content_type: Type.String(),
  filename: nullable(Type.String()),
})

const share = Type.Unsafe<'none' | 'some' | 'all'>(Type.String({ enum: ['none', 'some', 'all'] }))

/** How far a message has come with all whom it is sent to by channels (rest-api §4.3). */
export const DeliverySummary = Type.Object({
  total: Type.Integer(),
  sent: share,
  delivered: share,
  read: share,
  failed: share,
  undelivered: share,
})
export type DeliverySummary = Static<typeof DeliverySummary>

/** What a channel says of a message beyond its text (wire-protocol §5.8). */
export const ChannelMetadataResource = Type.Object({ type: Type.String(), data: Type.Unknown() })
export type ChannelMetadataResource = Static<typeof ChannelMetadataResource>

/** A message (rest-api §3.3). */
export const MessageResource = Type.Object({
  sid: SidOf('message'),
  account_sid: SidOf('account'),
  chat_service_sid: Type.Optional(SidOf('service')),
  conversation_sid: SidOf('conversation'),
  index: Type.Integer(),
  author: Type.String(),
  body: nullable(Type.String()),
  media: nullable(Type.Array(MediaOfMessage)),
  attributes: JsonText,
  participant_sid: nullable(SidOf('participant')),
  date_created: DateTime,
  date_updated: DateTime,
  delivery: nullable(DeliverySummary),
  content_sid: nullable(SidOf('contentTemplate')),
  url: Url,
  links: Links('delivery_receipts', 'channel_metadata'),
})
export type MessageResource = Static<typeof MessageResource>
