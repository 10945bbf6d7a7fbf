import type { Conversation, NotificationLevel } from '../conversation.ts'
import type { JSONValue } from '../json.ts'
import type { MediaCategory } from '../media-service.ts'
import type { Message, MessageType } from '../message.ts'

/** A conversation as it was when it was seen last. */
export interface KeptConversation {
  sid: string
  friendlyName: string | null
  uniqueName: string | null
  attributes: JSONValue
  createdBy: string
  dateCreated: Date | null
  dateUpdated: Date | null
  notificationLevel: NotificationLevel
  lastReadMessageIndex: number | null
  unreadMessagesCount: number | null
  lastMessage: { index: number; dateCreated: Date | null } | null
}

/** A message as it was when it was seen last; of files their records, not their bytes. */
export interface KeptMessage {
  conversationSid: string
  index: number
  sid: string
  author: string | null
  body: string | null
  subject: string | null
  attributes: JSONValue
  type: MessageType
  participantSid: string | null
  contentSid: string | null
  dateCreated: Date | null
  dateUpdated: Date | null
  media: { sid: string; category: MediaCategory; filename: string | null; contentType: string; size: number }[]
}

export const keptConversation = (conversation: Conversation): KeptConversation => ({
  sid: conversation.sid,
  friendlyName: conversation.friendlyName,
  uniqueName: conversation.uniqueName,
  attributes: conversation.attributes,
  createdBy: conversation.createdBy,
  dateCreated: conversation.dateCreated,
  dateUpdated: conversation.dateUpdated,
  notificationLevel: conversation.notificationLevel,
  lastReadMessageIndex: conversation.lastReadMessageIndex,
  unreadMessagesCount: conversation.unreadMessagesCount,
  lastMessage: conversation.lastMessage
    ? { index: conversation.lastMessage.index ?? -1, dateCreated: conversation.lastMessage.dateCreated ?? null }
    : null,
})

export const keptMessage = (message: Message): KeptMessage => ({
  conversationSid: message.conversation.sid,
  index: message.index,
  sid: message.sid,
  author: message.author,
  body: message.body,
  subject: message.subject,
  attributes: message.attributes,
  type: message.type,
  participantSid: message.participantSid,
  contentSid: message.contentSid,
  dateCreated: message.dateCreated,
  dateUpdated: message.dateUpdated,
  media: (message.attachedMedia ?? []).map(({ sid, category, filename, contentType, size }) => ({
    sid,
    category,
    filename,
    contentType,
    size,
  })),
})
