export type { RetryPolicy } from './back-off.ts'
export { CancellablePromise } from './cancellable-promise.ts'
export { ChannelMetadata } from './channel-metadata.ts'
export { Client, type CreateConversationOptions } from './client.ts'
export type { ClientEvents, ConnectionProblem, State } from './client-events.ts'
export type { ConversationLimits } from './configuration.ts'
export type { ConnectionDetails, ConnectionState } from './connection.ts'
export {
  type ContentData,
  type ContentDataAction,
  type ContentDataActionOther,
  type ContentDataActionPhone,
  type ContentDataActionReply,
  type ContentDataActionUrl,
  type ContentDataCallToAction,
  type ContentDataCard,
  type ContentDataListItem,
  type ContentDataListPicker,
  type ContentDataLocation,
  type ContentDataMedia,
  type ContentDataOther,
  type ContentDataQuickReply,
  type ContentDataReply,
  type ContentDataText,
  ContentTemplate,
  ContentTemplateVariable,
} from './content-template.ts'
export {
  Conversation,
  type ConversationBindings,
  type ConversationEmailBinding,
  type ConversationEvents,
  type ConversationState,
  type ConversationStatus,
  type ConversationUpdatedEventArgs,
  type ConversationUpdateReason,
  type LastMessage,
  type NotificationLevel,
} from './conversation.ts'
export { AggregatedDeliveryReceipt, type DeliveryAmount, type DeliveryStatus, DetailedDeliveryReceipt } from './delivery-receipts.ts'
export { ArgumentError, ConnectionError, type LostReason, RequestError, RequestLostError } from './errors.ts'
export { ReplayEventEmitter, type StreamOptions } from './events.ts'
export type { JSONArray, JSONObject, JSONValue } from './json.ts'
export { Media } from './media.ts'
export type { MediaCategory, SendMediaOptions } from './media-service.ts'
export { Message, type MessageEvents, type MessageType, type MessageUpdatedEventArgs, type MessageUpdateReason } from './message.ts'
export { MessageBuilder } from './message-builder.ts'
export type { ClientOptions, LogLevel } from './options.ts'
export { type Paginator, RestPaginator } from './paginator.ts'
export {
  Participant,
  type ParticipantBindingOptions,
  type ParticipantBindings,
  type ParticipantEmailBinding,
  type ParticipantEmailLevel,
  type ParticipantEvents,
  type ParticipantType,
  type ParticipantUpdatedEventArgs,
  type ParticipantUpdateReason,
} from './participant.ts'
export {
  NotificationTypes,
  PushNotification,
  type PushNotificationData,
  type PushNotificationDescriptor,
  type PushNotificationType,
} from './push-notification.ts'
export type { NotificationsChannelType, WebPushSubscription } from './push-registrations.ts'
export { EmailRecipientDescriptor, type EmailRecipientLevel, type RecipientDescriptor, UnknownRecipientDescriptor } from './recipients.ts'
export type { Role } from './roles.ts'
export type { TokenProvider, TokenReason } from './token-renewal.ts'
export type { Fetch, WebSocketClass, WebSocketLike } from './transport/transport.ts'
export { type SendEmailOptions, UnsentMessage } from './unsent-message.ts'
export { User, type UserEvents, type UserUpdatedEventArgs, type UserUpdateReason } from './user.ts'
export type { ParticipantAnswer } from './wire.ts'
