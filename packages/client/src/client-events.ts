import type { ConnectionDetails, ConnectionState } from './connection.ts'
import type { Conversation, ConversationUpdateReason } from './conversation.ts'
import type { Message, MessageUpdateReason } from './message.ts'
import type { Participant, ParticipantUpdateReason } from './participant.ts'
import type { PushNotification } from './push-notification.ts'
import type { User, UserUpdateReason } from './user.ts'

/** How far the client has come: whether it can be used. */
export type State = 'failed' | 'initialized'

/** What is wrong with the connection. */
export interface ConnectionProblem {
  /** Whether the client has stopped trying by itself. */
  terminal: boolean
  message: string
  httpStatusCode?: number | null
  /** 20104 for an expired token. */
  errorCode?: number | null
}

/** What a client can say. */
export type ClientEvents = {
  conversationAdded: (conversation: Conversation) => void
  conversationJoined: (conversation: Conversation) => void
  conversationLeft: (conversation: Conversation) => void
  conversationRemoved: (conversation: Conversation) => void
  conversationUpdated: (data: { conversation: Conversation; updateReasons: ConversationUpdateReason[] }) => void
  participantJoined: (participant: Participant) => void
  participantLeft: (participant: Participant) => void
  participantUpdated: (data: { participant: Participant; updateReasons: ParticipantUpdateReason[] }) => void
  messageAdded: (message: Message) => void
  messageRemoved: (message: Message) => void
  messageUpdated: (data: { message: Message; updateReasons: MessageUpdateReason[] }) => void
  tokenAboutToExpire: () => void
  tokenExpired: () => void
  typingEnded: (participant: Participant) => void
  typingStarted: (participant: Participant) => void
  pushNotification: (pushNotification: PushNotification) => void
  userSubscribed: (user: User) => void
  userUnsubscribed: (user: User) => void
  userUpdated: (data: { user: User; updateReasons: UserUpdateReason[] }) => void
  stateChanged: (state: State) => void
  initialized: () => void
  initFailed: (data: { error?: ConnectionProblem }) => void
  connectionStateChanged: (state: ConnectionState, details: ConnectionDetails) => void
  connectionError: (data: ConnectionProblem) => void
  /** More than the original: the connection's state, its reason or the time of the next try has changed. */
  connectionDetailsChanged: (details: ConnectionDetails) => void
  /** More than the original: how many messages of others are unread in a conversation. */
  unreadMessagesCountChanged: (data: { conversation: Conversation; unreadMessagesCount: number }) => void
}
