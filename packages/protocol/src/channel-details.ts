import { type Static, Type } from '@sinclair/typebox'
import { limitExceeded, ParleyError } from './errors.ts'
import { custom, decodeJson, type Reading, text, word } from './fields.ts'

/**
 * What a channel knows of a message beyond its text: the SDKs read it, and the original's channels write it within the house. Accounts may write it
 * through REST, for channels of their own: an extension of Parley.
 */

/** `type` names the kind of channel, `data` is the channel's own (wire-protocol §5.8). */
export interface ChannelMetadata {
  type: string
  data: unknown
}

export const recipientLevels = ['to', 'from', 'cc'] as const

const recipient = Type.Object({
  level: word(recipientLevels),
  address: text({ limit: 'addressLength' }),
  name: Type.Optional(text({ limit: 'friendlyNameLength' })),
})

/** Somebody an e-mail went to, or came from (wire-protocol §5.8). */
export interface MessageRecipient extends Required<Static<typeof recipient>> {
  type: 'email'
}

const invalid = ({ field }: Reading, expected: string) =>
  new ParleyError('parameter-invalid', { text: `Invalid parameter ${field}: ${expected} is expected`, details: { field } })

/** An object: JSON text from a form, or as it is. */
function objectOf(raw: unknown, at: Reading, expected: string): Record<string, unknown> {
  try {
    const read: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as Record<string, unknown>
  } catch {
    // Refused below, as everything that is no object.
  }
  throw invalid(at, expected)
}

/** Nesting up to which JSON is written without fear for the stack. */
const deepest = 100

const isShallow = (value: unknown, depth = deepest): boolean =>
  typeof value !== 'object' || value === null || (depth > 0 && Object.values(value).every((member) => isShallow(member, depth - 1)))

const metadataExample = '{"type": "whatsapp", "data": …}'

/** Metadata as JSON text; an empty value takes them away. */
export const ChannelMetadataField = custom<string | null>(Type.String({ description: `JSON text: ${metadataExample}` }), (raw, at) => {
  if (raw === null || raw === '') return null
  const { type, data = null } = objectOf(raw, at, metadataExample)
  if (typeof type !== 'string' || type === '' || !isShallow(data)) throw invalid(at, metadataExample)
  const json = JSON.stringify({ type, data } satisfies ChannelMetadata)
  const most = at.limits.channelMetadataBytes
  if (new TextEncoder().encode(json).length > most) throw limitExceeded('parameter-invalid', 'channelMetadataBytes', most, at.field)
  return json
})

const recipientExample = '{"level": "to", "address": "carol@example.com", "name": "Carol"}'

/** A refusal names the parameter as it was sent, not what is inside of it. */
function readRecipient(value: object, at: Reading): Required<Static<typeof recipient>> {
  try {
    const { level, address, name = '' } = decodeJson(recipient, value, at.limits)
    if (address !== '') return { level, address, name }
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error
  }
  throw invalid(at, recipientExample)
}

/** The recipients of an e-mail, each as JSON; one empty value takes them away. */
export const RecipientsField = custom<MessageRecipient[]>(
  Type.Array(Type.String({ description: `JSON text: ${recipientExample}` })),
  (raw, at) => {
    const values = Array.isArray(raw) ? raw : [raw]
    if (values.length === 1 && (values[0] === '' || values[0] === null)) return []
    const most = at.limits.recipientsPerMessage
    if (values.length > most) throw limitExceeded('parameter-invalid', 'recipientsPerMessage', most, at.field)
    return values.map((value) => {
      const { level, address, name } = readRecipient(objectOf(value, at, recipientExample), at)
      return { type: 'email', level, name, address }
    })
  },
)
