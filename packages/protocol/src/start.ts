/**
 * What Parley's own client asks for beyond the original's protocol. It names what it knows among the `capabilities` of `init`; the answer repeats
 * what holds on this connection. Official SDKs never ask, and never see any of it.
 */

/** The user's whole list of conversations, subscribed to, with one request; the way back after a broken connection with another; pings. */
export const startCapability = 'parley.start.v1'

/** A change that comes again with the mutation id of an earlier one of the same user is not made again: it gets the same answer. */
export const mutationCapability = 'parley.mutations.v1'

/**
 * A message that comes again with the mutation id of an earlier one of the same user, in the same conversation, is not sent again, whichever server
 * process is asked and however much later. It takes a mutation id that is a UUID of version 7.
 */
export const repeatedSendCapability = 'parley.sends.v1'

/** Pushes to browsers (RFC 8291, RFC 8292): `parley.application_server_key` of the answer is what a browser subscribes with. */
export const webPushCapability = 'parley.webpush.v1'

/** Requests of `parley.start.v1`. All are `POST`, none changes anything, all may be repeated. */
export const startPaths = {
  /** Everything that is needed to begin: {@link StartRequest}, {@link StartAnswer}. */
  start: '/Client/v2/Parley/Start',
  /** Conversations by SID, or the next page of them: {@link ConversationsRequest}, {@link ConversationsAnswer}. Subscribes to them. */
  conversations: '/Client/v2/Parley/Conversations',
  /** The participants of conversations: {@link RostersRequest}, {@link RostersAnswer}. */
  rosters: '/Client/v2/Parley/Rosters',
  /** Subscribes again to what was watched before, and tells what was missed: {@link ResumeRequest}, {@link ResumeAnswer}. */
  resume: '/Client/v2/Parley/Resume',
} as const

export interface StartRequest {
  /** Conversations in the first page, 1 to 1,000; 1,000 when absent. */
  page_size?: number
}

/** An item of a list or map as it is now, with the id of the event that last changed it. */
export interface ListedItem {
  key?: string
  index?: number
  data: object
  last_event_id: number
}

/** One of the user's own conversations. Its three Sync objects are subscribed to from the `last_event_id`s on. */
export interface ListedConversation {
  sid: string
  document: { last_event_id: number; data: object }
  messages: { last_event_id: number }
  /** `items` only where there are few participants; see {@link startPaths}`.rosters`. */
  roster: { last_event_id: number; items?: ListedItem[] }
  /** The item of the user's own map; `date_joined` is ISO 8601. */
  mine: { last_event_id: number; data: object; date_joined: string }
  last_message: ListedItem | null
  /** Messages of others that the user has not read; counted from the first one while there is no read position. */
  unread_messages_count: number
  messages_count: number
  participants_count: number
}

/** Ordered by activity, the latest first. */
export interface ConversationsAnswer {
  conversations: ListedConversation[]
  meta: { next_token: string | null }
}

export interface StartAnswer extends ConversationsAnswer {
  /** As `GET /Client/v2/Configuration` answers it. */
  configuration: object
  my_user_info: { sid: string; last_event_id: number; items: ListedItem[] }
  my_conversations: { sid: string; last_event_id: number }
}

/** Either of both. SIDs that are none of the user's own conversations are left out of the answer. */
export interface ConversationsRequest {
  /** At most 1,000. */
  sids?: string[]
  page_token?: string
}

export interface RostersRequest {
  /** At most 100. */
  sids: string[]
}

export interface RostersAnswer {
  rosters: { sid: string; last_event_id: number; items: ListedItem[] }[]
}

export interface ResumeRequest {
  /** The replayed events carry it. */
  correlation_id: number
  /** SIDs of Sync objects, and the id of the last event that was seen of each. */
  objects: [sid: string, last_event_id: number][]
}

/** Comes after the events that were missed. */
export interface ResumeAnswer {
  /** Objects that are no more, or not for this user any more. */
  gone: string[]
}
