import type { EventEmitter } from 'node:events'
import type * as Original from '@twilio/conversations'
import { expectTypeOf, it } from 'vitest'
import type * as Ours from './index.ts'

/**
 * A value of our types can stand wherever the original's type is asked: an app that changes its import compiles. Checked by `npm run check:types`.
 *
 * Two things are not compared. Private members and those that begin with `_` are nobody's business but the package's own; classes with private
 * members fit nothing else in TypeScript, so types are compared member by member, however deep they go. And the methods of Node's EventEmitter
 * are compared by the events of each emitter, because they are generic: `on`, `once`, `off`, `emit` and the like exist in both.
 */
type EmitterMethod =
  | 'on'
  | 'once'
  | 'off'
  | 'emit'
  | 'addListener'
  | 'removeListener'
  | 'removeAllListeners'
  | 'addListenerWithReplay'
  | 'onWithReplay'
  | 'onceWithReplay'
  | 'listenerCount'
  | 'listeners'
  | 'rawListeners'
  | 'eventNames'
  | 'prependListener'
  | 'prependOnceListener'
  | 'setMaxListeners'
  | 'getMaxListeners'
  | 'stream'

/** Deviation: the original's own plumbing, a setter that only its package calls. */
type Plumbing = 'entityName'

/** What is plain data for both sides. */
type Plain = string | number | boolean | bigint | symbol | null | undefined | Date | Blob | Uint8Array | FormData | AbortSignal

type PublicName<T> = { [K in keyof T]-?: K extends EmitterMethod | Plumbing | `_${string}` ? never : K extends string ? K : never }[keyof T]

/** Methods of classes are compared in both directions, and so are these. */
type Method<Args extends unknown[], Result> = { method(...args: Args): Result }['method']

/** The public side of a type, as deep as it goes. */
type Public<T> = T extends Plain
  ? T
  : T extends (...args: infer Args) => infer Result
    ? Method<{ [K in keyof Args]: Public<Args[K]> }, Public<Result>>
    : T extends Original.CancellablePromise<infer Value> | Ours.CancellablePromise<infer Value>
      ? { cancelled: true; value: Public<Value> }
      : T extends Promise<infer Value>
        ? { value: Public<Value> }
        : T extends Map<infer Key, infer Value>
          ? { key: Public<Key>; value: Public<Value> }
          : T extends readonly (infer Item)[]
            ? readonly Public<Item>[]
            : T extends object
              ? { [K in PublicName<T> as undefined extends T[K] ? never : K]: Public<T[K]> } & {
                  [K in PublicName<T> as undefined extends T[K] ? K : never]?: Public<T[K]>
                }
              : T

/** Members of the original that are missing in ours; statics of Node's EventEmitter are none of the SDK's. */
type Missing<Original, Ours> = Exclude<PublicName<Original>, PublicName<Ours> | keyof typeof EventEmitter>

/** The events of an emitter, as its `on` takes them. */
type EventsOf<T> = T extends { emit(event: infer Name, ...args: never[]): boolean } ? Name : never

/** What is given to the listener that a method such as `on` takes. */
type Given<On extends (event: never, listener: never) => unknown> = Parameters<On>[1] extends (value: infer Value, ...more: never[]) => void
  ? Public<Value>
  : never

declare const theirs: {
  client: Original.Client
  conversation: Original.Conversation
  message: Original.Message
  participant: Original.Participant
  user: Original.User
}
declare const ours: {
  client: Ours.Client
  conversation: Ours.Conversation
  message: Ours.Message
  participant: Ours.Participant
  user: Ours.User
}
interface GivenByTheirs {
  client: { [E in EventsOf<Original.Client>]: Given<typeof theirs.client.onWithReplay<E>> }
  conversation: { [E in EventsOf<Original.Conversation>]: Given<typeof theirs.conversation.onWithReplay<E>> }
  message: { [E in EventsOf<Original.Message>]: Given<typeof theirs.message.onWithReplay<E>> }
  participant: { [E in EventsOf<Original.Participant>]: Given<typeof theirs.participant.onWithReplay<E>> }
  user: { [E in EventsOf<Original.User>]: Given<typeof theirs.user.onWithReplay<E>> }
}
interface GivenByOurs {
  client: { [E in EventsOf<Original.Client>]: Given<typeof ours.client.onWithReplay<E>> }
  conversation: { [E in EventsOf<Original.Conversation>]: Given<typeof ours.conversation.onWithReplay<E>> }
  message: { [E in EventsOf<Original.Message>]: Given<typeof ours.message.onWithReplay<E>> }
  participant: { [E in EventsOf<Original.Participant>]: Given<typeof ours.participant.onWithReplay<E>> }
  user: { [E in EventsOf<Original.User>]: Given<typeof ours.user.onWithReplay<E>> }
}

it('every name of the original is exported', () => {
  expectTypeOf<Exclude<keyof typeof Original, keyof typeof Ours | 'default'>>().toEqualTypeOf<never>()
})

it('no public member is missing', () => {
  expectTypeOf<Missing<Original.User, Ours.User>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<typeof Original.User, typeof Ours.User>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.Client, Ours.Client>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.Conversation, Ours.Conversation>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.Message, Ours.Message>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.Participant, Ours.Participant>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.Media, Ours.Media>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.MessageBuilder, Ours.MessageBuilder>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.UnsentMessage, Ours.UnsentMessage>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.RestPaginator<string>, Ours.RestPaginator<string>>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<Original.AggregatedDeliveryReceipt, Ours.AggregatedDeliveryReceipt>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<typeof Original.Client, typeof Ours.Client>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<typeof Original.Conversation, typeof Ours.Conversation>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<typeof Original.Message, typeof Ours.Message>>().toEqualTypeOf<never>()
  expectTypeOf<Missing<typeof Original.Participant, typeof Ours.Participant>>().toEqualTypeOf<never>()
})

it('values of ours stand where those of the original are asked', () => {
  expectTypeOf<Public<Ours.Client>>().toExtend<Public<Original.Client>>()
  expectTypeOf<Public<Ours.Conversation>>().toExtend<Public<Original.Conversation>>()
  expectTypeOf<Public<Ours.Message>>().toExtend<Public<Original.Message>>()
  expectTypeOf<Public<Ours.Participant>>().toExtend<Public<Original.Participant>>()
  expectTypeOf<Public<Ours.User>>().toExtend<Public<Original.User>>()
  expectTypeOf<Public<Ours.Media>>().toExtend<Public<Original.Media>>()
  expectTypeOf<Public<Ours.MessageBuilder>>().toExtend<Public<Original.MessageBuilder>>()
  expectTypeOf<Public<Ours.UnsentMessage>>().toExtend<Public<Original.UnsentMessage>>()
  expectTypeOf<Public<Ours.RestPaginator<Ours.Message>>>().toExtend<Public<Original.RestPaginator<Original.Message>>>()
  expectTypeOf<Public<Ours.Paginator<Ours.Message>>>().toExtend<Public<Original.Paginator<Original.Message>>>()
  expectTypeOf<Public<Ours.AggregatedDeliveryReceipt>>().toExtend<Public<Original.AggregatedDeliveryReceipt>>()
  expectTypeOf<Public<Ours.DetailedDeliveryReceipt>>().toExtend<Public<Original.DetailedDeliveryReceipt>>()
  expectTypeOf<Public<Ours.ContentTemplate>>().toExtend<Public<Original.ContentTemplate>>()
  expectTypeOf<Public<Ours.ContentTemplateVariable>>().toExtend<Public<Original.ContentTemplateVariable>>()
  expectTypeOf<Public<Ours.ContentData>>().toExtend<Public<Original.ContentData>>()
  expectTypeOf<Public<Ours.ChannelMetadata>>().toExtend<Public<Original.ChannelMetadata>>()
  expectTypeOf<Public<Ours.RecipientDescriptor>>().toExtend<Public<Original.RecipientDescriptor>>()
  expectTypeOf<Public<Ours.PushNotification>>().toExtend<Public<Original.PushNotification>>()
})

it('what an app gives to the original can be given to ours', () => {
  expectTypeOf<Original.CreateConversationOptions>().toExtend<Ours.CreateConversationOptions>()
  expectTypeOf<Original.SendMediaOptions>().toExtend<Ours.SendMediaOptions>()
  expectTypeOf<Original.SendEmailOptions>().toExtend<Ours.SendEmailOptions>()
  expectTypeOf<Original.JSONValue>().toExtend<Ours.JSONValue>()
  expectTypeOf<Original.ParticipantBindingOptions>().toExtend<Ours.ParticipantBindingOptions>()
  // Deviation: ready-made objects of the original's inner packages (`transport`, `twilsockClient`, `syncClient`, `notificationsClient`) and
  // registrations for them (`initRegistrations`) cannot be given: there is nothing here to put them into. `Chat` and `IPMessaging` hold options, so
  // the same is true inside them.
  type InnerPackages = 'transport' | 'twilsockClient' | 'syncClient' | 'notificationsClient' | 'initRegistrations' | 'Chat' | 'IPMessaging'
  expectTypeOf<Omit<Original.ClientOptions, InnerPackages>>().toExtend<Ours.ClientOptions>()
  expectTypeOf<Exclude<keyof Original.ClientOptions, keyof Ours.ClientOptions | InnerPackages>>().toEqualTypeOf<never>()
})

it('the same reasons, states and levels', () => {
  expectTypeOf<Ours.ConversationUpdateReason>().toEqualTypeOf<Original.ConversationUpdateReason>()
  expectTypeOf<Ours.MessageUpdateReason>().toEqualTypeOf<Original.MessageUpdateReason>()
  expectTypeOf<Ours.ParticipantUpdateReason>().toEqualTypeOf<Original.ParticipantUpdateReason>()
  expectTypeOf<Ours.UserUpdateReason>().toEqualTypeOf<Original.UserUpdateReason>()
  expectTypeOf<Ours.ConversationStatus>().toEqualTypeOf<Original.ConversationStatus>()
  expectTypeOf<Ours.NotificationLevel>().toEqualTypeOf<Original.NotificationLevel>()
  expectTypeOf<Ours.ConnectionState>().toEqualTypeOf<Original.ConnectionState>()
  expectTypeOf<Ours.State>().toEqualTypeOf<Original.State>()
  expectTypeOf<Ours.MessageType>().toEqualTypeOf<Original.MessageType>()
  expectTypeOf<Ours.MediaCategory>().toEqualTypeOf<Original.MediaCategory>()
  expectTypeOf<Ours.DeliveryAmount>().toEqualTypeOf<Original.DeliveryAmount>()
  expectTypeOf<Ours.DeliveryStatus>().toEqualTypeOf<Original.DeliveryStatus>()
  expectTypeOf<Ours.NotificationsChannelType>().toEqualTypeOf<Original.NotificationsChannelType>()
  expectTypeOf<Ours.PushNotificationType>().toEqualTypeOf<Original.PushNotificationType>()
  expectTypeOf<Ours.EmailRecipientLevel>().toEqualTypeOf<Original.EmailRecipientLevel>()
})

it('the same events', () => {
  expectTypeOf<EventsOf<Original.Client>>().toExtend<EventsOf<Ours.Client>>()
  expectTypeOf<EventsOf<Original.Conversation>>().toExtend<EventsOf<Ours.Conversation>>()
  expectTypeOf<EventsOf<Original.Message>>().toExtend<EventsOf<Ours.Message>>()
  expectTypeOf<EventsOf<Original.Participant>>().toExtend<EventsOf<Ours.Participant>>()
  expectTypeOf<EventsOf<Original.User>>().toExtend<EventsOf<Ours.User>>()

  // And what listeners are given with them.
  expectTypeOf<GivenByOurs>().toExtend<GivenByTheirs>()

  // Listeners as apps write them.
  const client = undefined as unknown as Ours.Client
  const listen = () => {
    client.on('conversationUpdated', ({ conversation, updateReasons }) => {
      expectTypeOf(conversation).toEqualTypeOf<Ours.Conversation>()
      expectTypeOf(updateReasons).toEqualTypeOf<Ours.ConversationUpdateReason[]>()
    })
    client.onWithReplay('connectionStateChanged', (state) => expectTypeOf(state).toEqualTypeOf<Ours.ConnectionState>())
    client.onceWithReplay('initFailed', ({ error }) => expectTypeOf(error?.terminal).toEqualTypeOf<boolean | undefined>())
    client.addListenerWithReplay('messageAdded', (message) => expectTypeOf(message).toEqualTypeOf<Ours.Message>())
  }
  expectTypeOf(listen).toBeFunction()
})
