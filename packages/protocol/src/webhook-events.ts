import { type Static, type TProperties, Type } from '@sinclair/typebox'
import { conversationStates } from './conversations.ts'
import { Word } from './resources/values.ts'
import { type SidKind, sidPrefix } from './sids.ts'

/**
 * What webhooks are told: 23 events and the parameters of each (webhooks §4), as a receiver finds them in the form or query. Every value is
 * text; what has no value is left out. Receivers should accept parameters that are not here.
 */

/** Asked before anything is done: the answer may change or refuse the action. */
export const preActionEvents = [
  'onConversationAdd',
  'onConversationUpdate',
  'onConversationRemove',
  'onParticipantAdd',
  'onParticipantUpdate',
  'onParticipantRemove',
  'onMessageAdd',
  'onMessageUpdate',
  'onMessageRemove',
  'onUserUpdate',
] as const
export type PreActionEvent = (typeof preActionEvents)[number]

/** Told after it was done. */
export const postActionEvents = [
  'onConversationAdded',
  'onConversationUpdated',
  'onConversationStateUpdated',
  'onConversationRemoved',
  'onParticipantAdded',
  'onParticipantUpdated',
  'onParticipantRemoved',
  'onMessageAdded',
  'onMessageUpdated',
  'onMessageRemoved',
  'onDeliveryUpdated',
  'onUserAdded',
  'onUserUpdated',
] as const
export type PostActionEvent = (typeof postActionEvents)[number]

export const webhookEventTypes = [...preActionEvents, ...postActionEvents] as const
export type WebhookEventType = PreActionEvent | PostActionEvent

/** Where an action came from. `SYSTEM` is Parley itself: timers, and the replay of what is past. */
export const webhookSources = ['SDK', 'API', 'SMS', 'WHATSAPP', 'MESSENGER', 'GBM', 'EMAIL', 'RCS', 'APPLE', 'SYSTEM'] as const
export type WebhookSource = (typeof webhookSources)[number]

/** Why a conversation's state changed: somebody set it, a timer ran out, or something happened in it. */
export const stateReasons = ['API', 'TIMER', 'EVENT'] as const
export type StateReason = (typeof stateReasons)[number]

const bindingTypes = ['CHAT', 'SMS', 'WHATSAPP', 'MESSENGER', 'GBM', 'EMAIL', 'RCS', 'APPLE'] as const
const deliveryStatuses = ['sent', 'delivered', 'read', 'failed', 'undelivered'] as const

const text = (description: string) => Type.String({ description })
const sid = (kind: SidKind, description: string) => Type.String({ pattern: `^${sidPrefix[kind]}[0-9a-f]{32}$`, description })
const number = (description: string) => Type.String({ pattern: '^\\d+$', description })
const json = (description: string) => Type.String({ contentMediaType: 'application/json', description })
const instant = (description: string) =>
  Type.String({ format: 'date-time', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$', description })
const words = <const W extends string>(list: readonly W[], description: string) =>
  ({ ...Word(list), description }) as ReturnType<typeof Word<W>>
const maybe = Type.Optional

const conversationSid = { ConversationSid: sid('conversation', 'the conversation') }
const created = { DateCreated: instant('when it was made') }
const updated = { DateUpdated: instant('when it was last changed') }
const removed = { DateRemoved: instant('when it was removed') }
const messagingService = { MessagingServiceSid: maybe(sid('messagingService', 'the messaging service of the conversation')) }

const aboutConversation = {
  FriendlyName: maybe(text('friendly name')),
  UniqueName: maybe(text('unique name')),
  Attributes: json('attributes, JSON text'),
  ...messagingService,
  State: words(conversationStates, 'state'),
}
const origin = {
  'MessagingBinding.Address': maybe(text('address of the person whose message makes the conversation')),
  'MessagingBinding.ProxyAddress': maybe(text('address of ours that was written to')),
  'MessagingBinding.ProjectedAddress': maybe(text('address of ours that stands for a chat user in a group')),
  'MessagingBinding.AuthorAddress': maybe(text('address of the author, in a group')),
}
const media = { Media: maybe(json('JSON array of `{Sid, Filename, ContentType, Size}`; absent without media')) }

const aboutParticipant = {
  ...conversationSid,
  Identity: maybe(text('identity of a chat user')),
  RoleSid: maybe(sid('role', 'role in the conversation')),
  Attributes: json('attributes, JSON text'),
  'MessagingBinding.Address': maybe(text('address of the person')),
  'MessagingBinding.ProxyAddress': maybe(text('address of ours that faces it')),
  'MessagingBinding.ProjectedAddress': maybe(text('address of ours that stands for a chat user in a group')),
  'MessagingBinding.Type': words(bindingTypes, 'how they are reached'),
}
const participantSid = { ParticipantSid: sid('participant', 'the participant') }

const aboutMessage = {
  ...conversationSid,
  Body: maybe(text('text; absent for a message of media alone')),
  Author: text('identity, address or name of the author'),
  ParticipantSid: maybe(sid('participant', 'the author as participant')),
  Attributes: json('attributes, JSON text'),
  ...media,
}
const existingMessage = { MessageSid: sid('message', 'the message'), Index: number('index of the message in its conversation') }

const aboutUser = {
  UserSid: sid('user', 'the user'),
  Identity: text('identity'),
  RoleSid: sid('role', 'role in the service'),
  Attributes: json('attributes, JSON text'),
  FriendlyName: maybe(text('friendly name')),
}

/** An event with its parameters, and those that every request has (webhooks §3.1). */
const event = <const E extends WebhookEventType, P extends TProperties>(name: E, description: string, parameters: P) =>
  Type.Object(
    {
      AccountSid: sid('account', 'the account'),
      EventType: Type.Literal(name),
      Source: words(webhookSources, 'where the action came from'),
      ClientIdentity: maybe(text('identity of the acting user; only for actions of an SDK')),
      ChatServiceSid: sid('service', 'the service'),
      RetryCount: number('0 at first, 1 for the first retry'),
      ...parameters,
    },
    { description },
  )

/** JSON schemas of all events, by their names. */
export const webhookEvents = {
  onConversationAdd: event('onConversationAdd', 'A conversation is about to be made.', {
    ...aboutConversation,
    MessageBody: maybe(text('text of the inbound message that makes it')),
    ...media,
    ...origin,
  }),
  onConversationUpdate: event('onConversationUpdate', 'A conversation is about to be changed; the values are those that it will have.', {
    ...conversationSid,
    ...created,
    ...updated,
    ...aboutConversation,
  }),
  onConversationRemove: event('onConversationRemove', 'A conversation is about to be deleted.', {
    ...conversationSid,
    ...created,
    ...updated,
    ...aboutConversation,
  }),
  onParticipantAdd: event('onParticipantAdd', 'Somebody is about to join, or to be added.', aboutParticipant),
  onParticipantUpdate: event('onParticipantUpdate', 'A participant is about to be changed; the values are those that they will have.', {
    ...aboutParticipant,
    ...participantSid,
    ...created,
    ...updated,
  }),
  onParticipantRemove: event('onParticipantRemove', 'A participant is about to leave, or to be removed.', {
    ...aboutParticipant,
    ...participantSid,
    ...created,
    ...updated,
  }),
  onMessageAdd: event('onMessageAdd', 'A message is about to be sent.', aboutMessage),
  onMessageUpdate: event('onMessageUpdate', 'A message is about to be changed; the values are those that it will have.', {
    ...aboutMessage,
    ...existingMessage,
    ...created,
    ...updated,
  }),
  onMessageRemove: event('onMessageRemove', 'A message is about to be deleted.', {
    ...aboutMessage,
    ...existingMessage,
    ...created,
    ...updated,
  }),
  onUserUpdate: event('onUserUpdate', 'A user is about to be changed; the values are those that they will have.', {
    ...aboutUser,
    ...updated,
  }),

  onConversationAdded: event('onConversationAdded', 'A conversation was made.', {
    ...conversationSid,
    ...created,
    ...updated,
    ...aboutConversation,
    ...origin,
  }),
  onConversationUpdated: event('onConversationUpdated', 'A conversation was changed.', {
    ...conversationSid,
    ...created,
    ...updated,
    ...aboutConversation,
  }),
  onConversationStateUpdated: event('onConversationStateUpdated', 'The state of a conversation has changed.', {
    ...conversationSid,
    ...messagingService,
    StateFrom: words(conversationStates, 'state before'),
    StateTo: words(conversationStates, 'state since'),
    StateUpdated: instant('when the state changed'),
    Reason: words(stateReasons, 'why'),
  }),
  onConversationRemoved: event('onConversationRemoved', 'A conversation was deleted.', {
    ...conversationSid,
    ...created,
    ...updated,
    ...removed,
    ...aboutConversation,
  }),
  onParticipantAdded: event('onParticipantAdded', 'Somebody has joined, or was added.', {
    ...aboutParticipant,
    ...participantSid,
    ...created,
  }),
  onParticipantUpdated: event('onParticipantUpdated', 'A participant was changed, or has read on.', {
    ...aboutParticipant,
    ...participantSid,
    ...created,
    ...updated,
    LastReadMessageIndex: maybe(number('index of the last message that they have read')),
  }),
  onParticipantRemoved: event('onParticipantRemoved', 'A participant has left, or was removed.', {
    ...aboutParticipant,
    ...participantSid,
    ...created,
    ...updated,
    ...removed,
  }),
  onMessageAdded: event('onMessageAdded', 'A message was sent.', {
    ...aboutMessage,
    ...existingMessage,
    ...messagingService,
    ...created,
  }),
  onMessageUpdated: event('onMessageUpdated', 'A message was changed.', { ...aboutMessage, ...existingMessage, ...created, ...updated }),
  onMessageRemoved: event('onMessageRemoved', 'A message was deleted.', {
    ...aboutMessage,
    ...existingMessage,
    ...created,
    ...updated,
    ...removed,
  }),
  onDeliveryUpdated: event('onDeliveryUpdated', 'A channel has reported about the delivery of a message.', {
    ...conversationSid,
    MessageSid: sid('message', 'the message'),
    ...participantSid,
    DeliveryReceiptSid: sid('deliveryReceipt', 'the receipt'),
    ChannelMessageSid: maybe(text('the message as the channel knows it')),
    Status: words(deliveryStatuses, 'how far it has come'),
    ErrorCode: number('0 without error'),
    ...created,
    ...updated,
  }),
  onUserAdded: event('onUserAdded', 'A user has come into being.', { ...aboutUser, ...created }),
  onUserUpdated: event('onUserUpdated', 'A user was changed.', {
    ...aboutUser,
    ...created,
    ...updated,
    isOnline: words(['true', 'false'], 'whether they are connected'),
    isNotifiable: words(['true', 'false'], 'whether they can be reached by push'),
  }),
} satisfies { [E in WebhookEventType]: { static: { EventType: E } } }

/** The parameters of one event, as a receiver finds them. */
export type WebhookParameters<E extends WebhookEventType = WebhookEventType> = { [T in E]: Static<(typeof webhookEvents)[T]> }[E]
