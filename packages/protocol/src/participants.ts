import { type Static, Type } from '@sinclair/typebox'
import { ParleyError } from './errors.ts'
import { clearableIndex, clearableInstant, clearableText, filledText, instant, jsonText, refined, sid, text } from './fields.ts'
import { isSid } from './sids.ts'

/** Who somebody is in chat: free text, case matters, and it may not look like a user's SID. */
export const Identity = refined(
  filledText({ limit: 'identityLength', tooLong: 'identity-too-long', empty: 'identity-missing' }),
  (identity, at) => {
    if (isSid('user', identity)) throw new ParleyError('identity-looks-like-sid', { details: { field: at.field } })
  },
)

const roleSid = Type.Optional(sid('role', 'conversation-role-not-found'))
const dates = {
  date_created: Type.Optional(instant('date-created-invalid')),
  date_updated: Type.Optional(instant('date-updated-invalid')),
}

/**
 * Parameters of adding a participant (rest-api §3.5): an `identity` for chat, or an address with the proxy address that faces it.
 * `name` and `level` exist for e-mail, from the SDK only.
 */
export const AddParticipant = Type.Object({
  identity: Type.Optional(Identity),
  messaging_binding: Type.Optional(
    Type.Object({
      address: Type.Optional(text({ limit: 'addressLength', tooLong: 'address-invalid' })),
      proxy_address: Type.Optional(text({ limit: 'addressLength', tooLong: 'proxy-address-invalid' })),
      projected_address: Type.Optional(text({ limit: 'addressLength', tooLong: 'address-invalid' })),
      name: Type.Optional(clearableText({ limit: 'friendlyNameLength' })),
      level: Type.Optional(clearableText({ limit: 'friendlyNameLength' })),
    }),
  ),
  attributes: Type.Optional(jsonText('participantAttributesBytes')),
  role_sid: roleSid,
  ...dates,
})
export type AddParticipant = Static<typeof AddParticipant>

/** An address that the literal word `null`, or nothing, takes away (rest-api §1.3). */
const removableAddress = clearableText({ limit: 'addressLength', tooLong: 'address-invalid' })

/** Parameters of changing a participant: absent means unchanged. */
export const UpdateParticipant = Type.Object({
  identity: Type.Optional(Identity),
  messaging_binding: Type.Optional(
    Type.Object({ proxy_address: Type.Optional(removableAddress), projected_address: Type.Optional(removableAddress) }),
  ),
  attributes: Type.Optional(jsonText('participantAttributesBytes')),
  role_sid: roleSid,
  last_read_message_index: Type.Optional(clearableIndex('last-read-index-invalid')),
  last_read_timestamp: Type.Optional(clearableInstant()),
  ...dates,
})
export type UpdateParticipant = Static<typeof UpdateParticipant>

/** Filters of the search for the conversations of a person: exactly one of the two. */
export const ListParticipantConversations = Type.Object({
  identity: Type.Optional(clearableText()),
  address: Type.Optional(clearableText()),
})
export type ListParticipantConversations = Static<typeof ListParticipantConversations>
