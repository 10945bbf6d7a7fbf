import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { CreateConversation } from './conversations.ts'
import { ParleyError } from './errors.ts'
import { custom, decodeJson, listOf } from './fields.ts'
import { AddParticipant } from './participants.ts'

/** A participant as JSON: the parameters of adding one, under their names in answers. */
const participant = custom<AddParticipant>(
  Type.String({ description: 'JSON of the parameters of a participant' }) as TSchema,
  (raw, at) => {
    const said = parsed(raw)
    if (typeof said !== 'object' || said === null || Array.isArray(said))
      throw new ParleyError('parameter-invalid', {
        text: `Invalid parameter ${at.field}: a JSON object is expected`,
        details: { field: at.field },
      })
    return decodeJson(AddParticipant, said, at.limits)
  },
)

function parsed(raw: unknown): unknown {
  try {
    return JSON.parse(String(raw))
  } catch {
    return undefined
  }
}

/** Parameters of making a conversation together with those who take part (rest-api §3.2). */
export const CreateConversationWithParticipants = Type.Object({
  ...CreateConversation.properties,
  participant: Type.Optional(listOf(participant, { limit: 'participantsPerRequest', tooMany: 'request-participants-exceeded' })),
})
export type CreateConversationWithParticipants = Static<typeof CreateConversationWithParticipants>
