import { type Static, Type } from '@sinclair/typebox'
import { CreateConversation } from './conversations.ts'
import { SendMessage } from './messages.ts'

/**
 * What a pre-action webhook may change by its answer (webhooks §5): a JSON object of these fields, which take the place of those of the action,
 * and are read by the same rules. Webhooks of participants, of users and of removals accept or refuse, and change nothing.
 */

/** Answers to `onConversationAdd` and `onConversationUpdate`. */
export const ConversationAnswer = Type.Object({
  friendly_name: CreateConversation.properties.friendly_name,
  unique_name: CreateConversation.properties.unique_name,
  attributes: CreateConversation.properties.attributes,
})
export type ConversationAnswer = Static<typeof ConversationAnswer>

/** Answers to `onMessageAdd` and `onMessageUpdate`. */
export const MessageAnswer = Type.Object({
  body: SendMessage.properties.body,
  author: SendMessage.properties.author,
  attributes: SendMessage.properties.attributes,
})
export type MessageAnswer = Static<typeof MessageAnswer>

/** Answers that change nothing. */
export const NoAnswer = Type.Object({})
export type NoAnswer = Static<typeof NoAnswer>
