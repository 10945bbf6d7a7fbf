import { type Static, Type } from '@sinclair/typebox'
import { durationText } from './durations.ts'
import { filledText, flag, required, sid } from './fields.ts'

const named = {
  friendly_name: required(
    filledText({ limit: 'friendlyNameLength', tooLong: 'friendly-name-too-long', empty: 'friendly-name-missing' }),
    'friendly-name-missing',
  ),
}

/** Parameters of creating a service (rest-api §3.11). */
export const CreateService = Type.Object(named)
export type CreateService = Static<typeof CreateService>

/** Parameters of calling a service otherwise: an extension of Parley. */
export const RenameService = Type.Object(named)
export type RenameService = Static<typeof RenameService>

/** Parameters of the account's configuration (rest-api §3.12). */
export const UpdateConfiguration = Type.Object({
  default_chat_service_sid: Type.Optional(sid('service', 'service-not-found')),
  default_messaging_service_sid: Type.Optional(sid('messagingService', 'messaging-service-invalid')),
  default_inactive_timer: Type.Optional(
    durationText({ invalid: 'timer-inactive-invalid', tooShort: 'timer-inactive-too-short', atLeastSeconds: 60 }),
  ),
  default_closed_timer: Type.Optional(
    durationText({ invalid: 'timer-closed-invalid', tooShort: 'timer-closed-too-short', atLeastSeconds: 600 }),
  ),
})
export type UpdateConfiguration = Static<typeof UpdateConfiguration>

/** Parameters of a service's configuration (rest-api §3.13). */
export const UpdateServiceConfiguration = Type.Object({
  default_conversation_creator_role_sid: Type.Optional(sid('role', 'role-not-found')),
  default_conversation_role_sid: Type.Optional(sid('role', 'role-not-found')),
  default_chat_service_role_sid: Type.Optional(sid('role', 'role-not-found')),
  reachability_enabled: Type.Optional(flag()),
})
export type UpdateServiceConfiguration = Static<typeof UpdateServiceConfiguration>
