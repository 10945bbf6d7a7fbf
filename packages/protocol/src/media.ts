import { type Static, Type } from '@sinclair/typebox'
import { ParleyError } from './errors.ts'
import { clearableText, custom, decodeJson, sid, word } from './fields.ts'

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

/** One media file (wire-protocol §3.5). Dates have milliseconds. */
export interface MediaRecord {
  sid: string
  account_sid: string
  service_sid: string
  /** The conversation and message it was sent in. */
  channel_sid: string | null
  message_sid: string | null
  date_created: string
  date_upload_updated: string
  date_updated: string
  /** In bytes. */
  size: number
  content_type: string
  filename: string | null
  /** The same: the SDK reads one name, the original's documentation gives the other (rest-api §6.1). */
  file_name: string | null
  category: MediaCategory
  author: string
  is_multipart_upstream: boolean
  url: string
  links: {
    content: string
    /** Can be fetched without credentials, for some minutes. */
    content_direct_temporary: string
  }
}

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
