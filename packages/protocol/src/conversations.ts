import { type Static, Type } from '@sinclair/typebox'
import { durationText } from './durations.ts'
import { ParleyError } from './errors.ts'
import { clearableText, instant, jsonText, lastInstant, refined, sid, word } from './fields.ts'
import { isSid } from './sids.ts'

/** `initializing` only ever comes out; `closed` is final (rest-api §4.1). */
export const conversationStates = ['initializing', 'active', 'inactive', 'closed'] as const
export type ConversationState = (typeof conversationStates)[number]

const settableStates = ['active', 'inactive', 'closed'] as const

const State = word(settableStates, 'state-invalid', 'state-empty')

const UniqueName = refined(clearableText({ limit: 'uniqueNameLength', tooLong: 'unique-name-too-long' }), (name, at) => {
  if (name !== null && isSid('conversation', name)) throw new ParleyError('unique-name-looks-like-sid', { details: { field: at.field } })
})

const changeable = {
  friendly_name: Type.Optional(clearableText({ limit: 'friendlyNameLength', tooLong: 'friendly-name-too-long' })),
  unique_name: Type.Optional(UniqueName),
  attributes: Type.Optional(jsonText('conversationAttributesBytes')),
  messaging_service_sid: Type.Optional(sid('messagingService', 'messaging-service-invalid')),
  state: Type.Optional(State),
  timers: Type.Optional(
    Type.Object({
      inactive: Type.Optional(
        durationText({ invalid: 'timer-inactive-invalid', tooShort: 'timer-inactive-too-short', atLeastSeconds: 60 }),
      ),
      closed: Type.Optional(durationText({ invalid: 'timer-closed-invalid', tooShort: 'timer-closed-too-short', atLeastSeconds: 600 })),
    }),
  ),
  bindings: Type.Optional(
    Type.Object({
      email: Type.Optional(
        Type.Object({
          address: Type.Optional(clearableText({ limit: 'addressLength' })),
          name: Type.Optional(clearableText({ limit: 'friendlyNameLength' })),
        }),
      ),
    }),
  ),
  date_created: Type.Optional(instant('date-created-invalid')),
  date_updated: Type.Optional(instant('date-updated-invalid')),
}

/** Parameters of creating a conversation (rest-api §3.1). */
export const CreateConversation = Type.Object(changeable)
export type CreateConversation = Static<typeof CreateConversation>

/** Parameters of changing a conversation: absent means unchanged. */
export const UpdateConversation = Type.Object(changeable)
export type UpdateConversation = Static<typeof UpdateConversation>

/** Filters of the list of conversations. Any filter makes the list newest-first (rest-api §1.9). */
export const ListConversations = Type.Object({
  start_date: Type.Optional(instant()),
  end_date: Type.Optional(lastInstant()),
  state: Type.Optional(State),
})
export type ListConversations = Static<typeof ListConversations>
