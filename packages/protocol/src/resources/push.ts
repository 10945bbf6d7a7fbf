import { type Static, Type } from '@sinclair/typebox'
import { bindingTypes, credentialTypes, pushMessageTypes, pushReasons, pushStates } from '../push.ts'
import { DateTime, nullable, SidOf, Url, Word } from './values.ts'

/** A credential (rest-api §3.17), without its secrets. `sandbox` is a word and not a boolean. */
export const CredentialResource = Type.Object({
  sid: SidOf('credential'),
  account_sid: SidOf('account'),
  friendly_name: nullable(Type.String()),
  type: Word(credentialTypes),
  sandbox: Word(['True', 'False']),
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
})
export type CredentialResource = Static<typeof CredentialResource>

/** What can be said of a credential without showing it: whether pushes can be sent with it, and if not why. */
export const CredentialCheckResource = Type.Object({
  credential_sid: SidOf('credential'),
  complete: Type.Boolean(),
  /** What is missing or wrong, in words. */
  problem: nullable(Type.String()),
  /** `token` or `certificate` for APNs, `service account` for FCM. */
  method: nullable(Type.String()),
  key_id: nullable(Type.String()),
  team_id: nullable(Type.String()),
  topic: nullable(Type.String()),
  project_id: nullable(Type.String()),
  /** What the provider said when it refused the credential last, since it was changed. */
  refusal: nullable(Type.String()),
  refused_at: nullable(DateTime),
  url: Url,
})
export type CredentialCheckResource = Static<typeof CredentialCheckResource>

const EventConfiguration = Type.Object({ enabled: Type.Boolean(), template: Type.String(), sound: nullable(Type.String()) })

/** A service's notification configuration (rest-api §3.15). */
export const NotificationsResource = Type.Object({
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  log_enabled: Type.Boolean(),
  new_message: Type.Object({
    ...EventConfiguration.properties,
    badge_count_enabled: Type.Boolean(),
    with_media: Type.Object({ enabled: Type.Boolean(), template: Type.String() }),
  }),
  added_to_conversation: EventConfiguration,
  removed_from_conversation: EventConfiguration,
  url: Url,
})
export type NotificationsResource = Static<typeof NotificationsResource>

/** A device that wants pushes (rest-api §3.16). `endpoint` is that of the access token, else the device's address. */
export const PushBindingResource = Type.Object({
  sid: SidOf('binding'),
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  credential_sid: nullable(SidOf('credential')),
  date_created: DateTime,
  date_updated: DateTime,
  endpoint: Type.String(),
  identity: Type.String(),
  binding_type: Word(bindingTypes),
  message_types: Type.Array(Word(pushMessageTypes)),
  url: Url,
})
export type PushBindingResource = Static<typeof PushBindingResource>

/** One push to one device, and what the provider said to it. */
export const PushResource = Type.Object({
  sid: SidOf('push'),
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  conversation_sid: nullable(SidOf('conversation')),
  message_sid: nullable(SidOf('message')),
  identity: Type.String(),
  binding_sid: SidOf('binding'),
  binding_type: Word(bindingTypes),
  credential_sid: nullable(SidOf('credential')),
  message_type: Word(pushMessageTypes),
  state: Word(pushStates),
  reason: nullable(Word(pushReasons)),
  attempts: Type.Integer(),
  /** HTTP status, and body as far as it is kept, of the provider's last answer. */
  provider_status: nullable(Type.Integer()),
  provider_answer: nullable(Type.String()),
  /** The provider's name for the push. */
  provider_id: nullable(Type.String()),
  /** What was sent, while the service's `log_enabled` is on. */
  payload: nullable(Type.String()),
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
})
export type PushResource = Static<typeof PushResource>

const Obstacle = Type.Object({ reason: Word(pushReasons), explanation: Type.String() })

/** Whether somebody is pushed to, and if not why. */
export const PushExplanationResource = Type.Object({
  chat_service_sid: SidOf('service'),
  identity: Type.String(),
  message_sid: nullable(SidOf('message')),
  /** Whether at least one device is pushed to. */
  reached: Type.Boolean(),
  /** What stands in the way of every device. */
  obstacles: Type.Array(Obstacle),
  bindings: Type.Array(
    Type.Object({ sid: SidOf('binding'), binding_type: Word(bindingTypes), reached: Type.Boolean(), obstacles: Type.Array(Obstacle) }),
  ),
  /** What the log has about it, the latest first. */
  pushes: Type.Array(PushResource),
  url: Url,
})
export type PushExplanationResource = Static<typeof PushExplanationResource>

/** What came of a test push. */
export const TestPushResource = Type.Object({
  binding_sid: SidOf('binding'),
  state: Word(pushStates),
  reason: nullable(Word(pushReasons)),
  explanation: nullable(Type.String()),
  provider_status: nullable(Type.Integer()),
  provider_answer: nullable(Type.String()),
  provider_id: nullable(Type.String()),
  payload: nullable(Type.String()),
})
export type TestPushResource = Static<typeof TestPushResource>
