import { type Static, Type } from '@sinclair/typebox'
import { clearableText, flag, listOf, required, sid, text, word } from './fields.ts'

/** What is worth a push. SDKs and payloads put {@link pushMessageTypePrefix} before it. */
export const pushMessageTypes = ['new_message', 'added_to_conversation', 'removed_from_conversation'] as const
export type PushMessageType = (typeof pushMessageTypes)[number]

export const pushMessageTypePrefix = 'twilio.conversations.'

/** Whose secrets a credential holds; `gcm` is the older name of `fcm`, and goes the same way. */
export const credentialTypes = ['apn', 'gcm', 'fcm'] as const
export type CredentialType = (typeof credentialTypes)[number]

/** How a device is reached. No binding is a `twilsock` here; `webpush` goes beyond the original. */
export const bindingTypes = ['apn', 'gcm', 'fcm', 'twilsock', 'webpush'] as const
export type BindingType = (typeof bindingTypes)[number]

const secret = () => Type.Optional(clearableText({ limit: 'credentialSecretBytes' }))
const name = () => Type.Optional(clearableText({ limit: 'credentialFriendlyNameLength', tooLong: 'friendly-name-too-long' }))

/**
 * Parameters of creating a credential (rest-api §3.17). For APNs either `certificate` and `private_key`, or the key of a token (`.p8`) in
 * `private_key`, with `key_id`, `team_id` and `topic`, which go beyond the original. For FCM the JSON of a service account in `secret`.
 */
export const CreateCredential = Type.Object({
  type: required(word(credentialTypes), 'parameter-missing'),
  friendly_name: name(),
  certificate: secret(),
  private_key: secret(),
  sandbox: Type.Optional(flag()),
  api_key: secret(),
  secret: secret(),
  key_id: name(),
  team_id: name(),
  topic: Type.Optional(clearableText({ limit: 'uniqueNameLength' })),
})
export type CreateCredential = Static<typeof CreateCredential>

/** Parameters of changing a credential: absent means unchanged. */
export const UpdateCredential = Type.Partial(CreateCredential)
export type UpdateCredential = Static<typeof UpdateCredential>

const template = () => Type.Optional(clearableText({ limit: 'notificationTemplateLength', tooLong: 'notification-template-too-long' }))
const sound = () => Type.Optional(clearableText({ limit: 'notificationSoundLength', tooLong: 'notification-sound-too-long' }))
const enabled = () => Type.Optional(flag())

/** Parameters of a service's notification configuration (rest-api §3.15). An empty template is the default one again. */
export const UpdateNotifications = Type.Object({
  log_enabled: enabled(),
  new_message: Type.Optional(
    Type.Object({
      enabled: enabled(),
      template: template(),
      sound: sound(),
      badge_count_enabled: enabled(),
      with_media: Type.Optional(Type.Object({ enabled: enabled(), template: template() })),
    }),
  ),
  added_to_conversation: Type.Optional(Type.Object({ enabled: enabled(), template: template(), sound: sound() })),
  removed_from_conversation: Type.Optional(Type.Object({ enabled: enabled(), template: template(), sound: sound() })),
})
export type UpdateNotifications = Static<typeof UpdateNotifications>

/** Filters of a service's bindings (rest-api §3.16). */
export const ListBindings = Type.Object({
  binding_type: Type.Optional(listOf(word(bindingTypes), { max: 100 })),
  identity: Type.Optional(listOf(text({ limit: 'identityLength' }), { max: 100 })),
})
export type ListBindings = Static<typeof ListBindings>

/** What became of a push: it waits for its turn, the provider took it, it will not be sent, or it could not be. */
export const pushStates = ['waiting', 'sent', 'skipped', 'failed'] as const
export type PushState = (typeof pushStates)[number]

/** Why a push was not sent, or would not be. */
export const pushReasons = [
  'type-disabled',
  'not-a-participant',
  'author',
  'muted',
  'no-binding',
  'type-not-wanted',
  'no-credential',
  'credential-incomplete',
  'credential-refused',
  'online',
  'read',
  'removed',
  'gone',
  'expired',
  'unregistered',
  'address-refused',
  'too-large',
  'provider-refused',
  'provider-unavailable',
] as const
export type PushReason = (typeof pushReasons)[number]

/** Filters of a service's push log. */
export const ListPushes = Type.Object({
  identity: Type.Optional(text({ limit: 'identityLength' })),
  message_sid: Type.Optional(sid('message')),
})
export type ListPushes = Static<typeof ListPushes>

/** What a push is looked into for: somebody, and a message if it is about one. */
export const ExplainPush = Type.Object({
  identity: text({ limit: 'identityLength' }),
  message_sid: Type.Optional(sid('message')),
})
export type ExplainPush = Static<typeof ExplainPush>

/** Parameters of a test push. */
export const TestPush = Type.Object({ body: Type.Optional(text({ limit: 'notificationTemplateLength' })) })
export type TestPush = Static<typeof TestPush>
