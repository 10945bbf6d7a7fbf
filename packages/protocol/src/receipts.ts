import { type Static, Type } from '@sinclair/typebox'
import { ParleyError } from './errors.ts'
import { clearableIndex, custom, refined, sid, word } from './fields.ts'

/** What became of a message on its way to one participant (channels §1.4). REST tells `queued` as null: it is with nobody else yet. */
export const deliveryStatuses = ['queued', 'sent', 'delivered', 'read', 'failed', 'undelivered'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

const channelMessageSid = /^[A-Za-z]{2}[0-9a-fA-F]{32}$/

/** Names a message on its channel: `SM…`, `WA…`. */
const ChannelMessageSid = custom<string>(Type.String({ pattern: channelMessageSid.source }), (raw, { field }) => {
  if (typeof raw === 'string' && channelMessageSid.test(raw)) return raw.slice(0, 2) + raw.slice(2).toLowerCase()
  throw new ParleyError('sid-invalid', { details: { field, expected: 'two letters and 32 hexadecimal digits' } })
})

const largestErrorCode = 999_999

const ErrorCode = refined(clearableIndex(), (code, { field }) => {
  if (code !== null && code > largestErrorCode)
    throw new ParleyError('parameter-invalid', {
      text: `Invalid parameter ${field}: at most ${largestErrorCode} is expected`,
      details: { field },
    })
})

/**
 * A channel's report on one message and one participant who is reached by it. An extension of Parley: the original's channels report within the
 * house.
 */
export const RecordReceipt = Type.Object({
  participant_sid: sid('participant'),
  channel_message_sid: ChannelMessageSid,
  status: word(deliveryStatuses),
  /** Why it failed or was not delivered (channels §1.8). */
  error_code: Type.Optional(ErrorCode),
})
export type RecordReceipt = Static<typeof RecordReceipt>
