import { type Static, Type } from '@sinclair/typebox'
import { ParleyError } from './errors.ts'
import { clearableText, custom, decodeJson, sid, word } from './fields.ts'
import { nullable, SidOf, Url, Word } from './resources/values.ts'

/** What a media is to its message: an attachment, or the body or quoted history of an e-mail (wire-protocol §5.6). */
export const mediaCategories = ['media', 'body', 'history'] as const
export type MediaCategory = (typeof mediaCategories)[number]

/** A media as its message names it: in the row, in REST and in the SDK's commands. */
export interface MessageMedia {
  sid: string
  category: MediaCategory
  filename: string | null
  content_type: string
  /** In bytes. */
  size: number
}

const dateTime = Type.String({ format: 'date-time' })

/** One media file (wire-protocol §3.5). Dates have milliseconds. */
export const MediaRecord = Type.Object({
  sid: SidOf('media'),
  account_sid: SidOf('account'),
  service_sid: SidOf('service'),
  channel_sid: nullable(Type.String({ description: 'The conversation it was sent in' })),
  message_sid: nullable(SidOf('message')),
  date_created: dateTime,
  date_upload_updated: dateTime,
  date_updated: dateTime,
  size: Type.Integer({ description: 'In bytes' }),
  content_type: Type.String(),
  filename: nullable(Type.String()),
  // The SDK reads one name, the original's documentation gives the other (rest-api §6.1).
  file_name: nullable(Type.String({ description: 'The same as `filename`' })),
  category: Word(mediaCategories),
  author: Type.String(),
  is_multipart_upstream: Type.Boolean(),
  url: Url,
  links: Type.Object({
    content: Type.String(),
    content_direct_temporary: Type.String({ description: 'Can be fetched without credentials, for some minutes' }),
  }),
})
export type MediaRecord = Static<typeof MediaRecord>

/** The answer for one of several media: its record, or its SID alone with the code 404. */
export const MediaSetEntry = Type.Object({
  code: Type.Integer(),
  media_record: Type.Union([MediaRecord, Type.Object({ sid: Type.String() })]),
})

/** Media in one question at most. */
const mediaSetMost = 1_000

const mediaSid = sid('media', 'media-sid-invalid')

/** The SIDs in `[{"media_sid":"ME…"}]`. */
const mediaList = custom<string[]>(Type.Array(Type.Object({ media_sid: Type.String() }), { maxItems: mediaSetMost }), (raw, at) => {
  if (!Array.isArray(raw) || raw.length > mediaSetMost)
    throw new ParleyError('parameter-invalid', {
      text: `Invalid parameter ${at.field}: a list of at most ${mediaSetMost} is expected`,
      details: { field: at.field },
    })
  const asked = Type.Object({ media_sid: mediaSid })
  return raw.map((one) => decodeJson(asked, one, at.limits).media_sid)
})

/** The question for several media records at once (wire-protocol §3.5). */
export const FetchMediaSet = Type.Object({ command: word(['get']), list: mediaList })
export type FetchMediaSet = Static<typeof FetchMediaSet>

/** What the query of an upload says (wire-protocol §3.5). */
export const UploadMedia = Type.Object({
  category: Type.Optional(word(mediaCategories)),
  filename: Type.Optional(clearableText()),
})
export type UploadMedia = Static<typeof UploadMedia>
