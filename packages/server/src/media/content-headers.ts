import type { FastifyReply } from 'fastify'
import { isShowable } from '../domain/media/content-type.ts'
import type { MediaRow } from '../storage/schema.ts'

/**
 * What keeps uploaded files from becoming pages of ours: the type is never guessed again, only what cannot run is shown by a browser itself, and
 * that without scripts, forms, or our origin. Apps of other origins may show them.
 */
const safety = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
}

/** The headers of an answer with a media's bytes, but those about their range. */
export function setContentHeaders(reply: FastifyReply, media: MediaRow): void {
  reply.headers(safety)
  reply.header('content-type', media.content_type)
  reply.header('content-disposition', disposition(isShowable(media.content_type) ? 'inline' : 'attachment', media.filename))
  reply.header('accept-ranges', 'bytes')
  reply.header('etag', etagOf(media))
  reply.header('last-modified', new Date(media.date_upload_updated).toUTCString())
}

/** The bytes of a media never change, so their digest names them. */
export const etagOf = (media: MediaRow): string => `"${media.sha256}"`

/** RFC 6266: the name as browsers of today read it, and before it in ASCII for those that do not. */
function disposition(kind: 'inline' | 'attachment', filename: string | null): string {
  if (filename === null) return kind
  const ascii = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const named = `${kind}; filename="${ascii}"`
  return ascii === filename ? named : `${named}; filename*=UTF-8''${encoded(filename)}`
}

/** RFC 5987: only these characters stand for themselves. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
