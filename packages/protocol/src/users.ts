import { type Static, Type } from '@sinclair/typebox'
import { clearableIndex, clearableInstant, clearableText, jsonText, required, sid, word } from './fields.ts'
import { Identity } from './participants.ts'

const changeable = {
  friendly_name: Type.Optional(clearableText({ limit: 'friendlyNameLength', tooLong: 'friendly-name-too-long' })),
  attributes: Type.Optional(jsonText('userAttributesBytes')),
  role_sid: Type.Optional(sid('role', 'role-not-found')),
}

/** Parameters of creating a user (rest-api §3.8). */
export const CreateUser = Type.Object({ identity: required(Identity, 'identity-missing'), ...changeable })
export type CreateUser = Static<typeof CreateUser>

/** Parameters of changing a user: absent means unchanged. */
export const UpdateUser = Type.Object(changeable)
export type UpdateUser = Static<typeof UpdateUser>

export const notificationLevels = ['default', 'muted'] as const
export type NotificationLevel = (typeof notificationLevels)[number]

/** What a user can change about a conversation for themselves (rest-api §3.9). */
export const UpdateUserConversation = Type.Object({
  notification_level: Type.Optional(word(notificationLevels, 'notification-level-invalid')),
  last_read_message_index: Type.Optional(clearableIndex('last-read-index-invalid')),
  last_read_timestamp: Type.Optional(clearableInstant()),
})
export type UpdateUserConversation = Static<typeof UpdateUserConversation>
