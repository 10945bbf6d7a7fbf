/** What the server says, as it says it (wire-protocol §5). Only members that the client reads. */

export interface ConversationDocument {
  sid: string
  friendlyName: string | null
  uniqueName: string | null
  attributes: unknown
  createdBy: string | null
  dateCreated: string
  dateUpdated: string
  messages: string
  roster: string
  lastMessage: { index: number; timestamp: string } | null
  state: { current: 'active' | 'inactive' | 'closed'; dateUpdated: string }
  bindings: { email?: { name?: string; projected_address: string }; sms?: { address?: string } }
}

export interface MyConversationItem {
  status: 'joined' | 'notParticipating'
  channel: string
  lastConsumedMessageIndex: number | null
  notificationLevel: 'default' | 'muted'
}

export interface RosterItem {
  identity: string | null
  type: string
  attributes: unknown
  roleSid: string
  dateCreated: string
  dateUpdated: string
  lastConsumedMessageIndex: number | null
  lastConsumptionTimestamp: string | number | null
  userInfo: string
  bindings: { email?: { name: string; address: string; level: 'to' | 'cc' } }
}

export interface MediaItem {
  sid: string
  category: 'media' | 'body' | 'history'
  filename: string | null
  contentType: string
  size: number
}

export interface DeliveryItem {
  total: number
  sent: 'none' | 'some' | 'all'
  delivered: 'none' | 'some' | 'all'
  read: 'none' | 'some' | 'all'
  failed: 'none' | 'some' | 'all'
  undelivered: 'none' | 'some' | 'all'
}

export interface MessageItem {
  sid: string
  author: string | null
  text: string | null
  subject: string | null
  contentSid: string | null
  type: 'text' | 'media'
  attributes: unknown
  timestamp: string
  dateUpdated: string
  lastUpdatedBy: string | null
  memberSid: string | null
  medias: MediaItem[]
  media: MediaItem
  delivery: DeliveryItem
  channelMetadata: boolean
}

/** An item of a user's info: its key is `friendlyName`, `attributes` or `reachability`. */
export interface UserInfoItem {
  value?: string
  online?: boolean
  notifiable?: boolean
}

/** `GET /Client/v2/Configuration`. */
export interface ConfigurationAnswer {
  identity: string
  options: {
    user_infos_to_subscribe?: number
    reachability_enabled?: boolean
    my_conversations_page_size?: number
    media_attachments_count_limit?: number
    media_attachment_size_limit_in_mb?: number
    media_attachments_total_size_limit_in_mb?: number
    email_histories_allowed_mime_types?: string[]
    email_bodies_allowed_mime_types?: string[]
    proxy_addresses?: string[]
  }
  sync_objects: { my_conversations: string; my_user_info: string }
  links: {
    my_conversations: string
    conversations: string
    users: string
    typing: string
    media_service: string
    media_set_service?: string | null
    messages_receipts: string
  }
}

/** A root of Sync (wire-protocol §4.1). */
export interface SyncRoot<Data = unknown> {
  sid: string
  last_event_id: number
  data: Data
  links: { items: string }
  items?: SyncItem[]
}

export interface SyncItem<Data = unknown> {
  key?: string
  index?: number
  data: Data
  last_event_id: number
  date_created?: string
}

export interface SyncPage<Data> {
  items: SyncItem<Data>[]
  meta: { previous_token: string | null; next_token: string | null }
}

export interface ConversationAnswer {
  sid: string
  url: string
  messages_count: number
  participants_count: number
  status?: 'joined' | 'notParticipating'
  notification_level?: 'default' | 'muted'
  sync_objects: { conversation: string }
}

export interface MyConversationAnswer extends ConversationAnswer {
  conversation_sid: string
  last_read_message_index: number | null
  unread_messages_count: number | null
}

/** What adding a participant is answered. It goes to the app as it is. */
export interface ParticipantAnswer {
  account_sid: string
  chat_service_sid: string
  conversation_sid: string
  role_sid: string
  sid: string
  attributes: string
  date_created: string
  date_updated: string
  identity: string
  messaging_binding: { type: 'chat' | 'sms' | 'whatsapp' | 'email'; address: string; proxy_address: string } | null
  url: string
  links: { conversation: string }
}
