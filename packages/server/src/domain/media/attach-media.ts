import { type Limits, limitExceeded, type MessageMedia, ParleyError } from '@parley/protocol'
import type { ConversationRow, MediaRow } from '../../storage/schema.ts'
import type { Actor } from '../access.ts'
import { isThere } from './find-media.ts'
import { bytesInMegabyte } from './upload-media.ts'

/** The media that a message names, each once. @throws 20001 for more than one message may have */
export function namedMedia(params: { media_sid?: string[]; media_sids?: string[] }, limits: Limits): string[] {
  const { media_sid = [], media_sids = [] } = params
  if (media_sid.length === 0 && media_sids.length === 0) return []
  const sids = [...new Set([...media_sid, ...media_sids])]
  if (sids.length > limits.mediaPerMessage) throw limitExceeded('parameter-invalid', 'mediaPerMessage', limits.mediaPerMessage, 'media_sid')
  return sids
}

/**
 * Media as the message has them that sends them, in the order of their SIDs. It runs where the rows are locked, so none can be sent twice.
 *
 * @throws 50507 for one that is not there: unknown, of another service, uploaded by somebody else, or expired; 50508 for one that is in another
 *   message; 50512 when they are too much together
 */
export function attachMedia(
  { limits, now }: { limits: Limits; now: number },
  actor: Actor,
  conversation: ConversationRow,
  sids: readonly string[],
  rows: ReadonlyMap<string, MediaRow>,
): MessageMedia[] {
  const media = sids.map((media_sid) => {
    const row = rows.get(media_sid)
    const own = row?.chat_service_sid === conversation.chat_service_sid && (actor.kind !== 'user' || row.user_sid === actor.user_sid)
    if (!own || !isThere(row, now)) throw new ParleyError('media-not-found', { details: { media_sid } })
    if (row.message_sid !== null) throw new ParleyError('media-attached', { details: { media_sid } })
    return row
  })
  const bytes = media.reduce((sum, { size }) => sum + size, 0)
  if (bytes > limits.mediaMegabytesPerMessage * bytesInMegabyte)
    throw limitExceeded('media-too-large', 'mediaMegabytesPerMessage', limits.mediaMegabytesPerMessage)
  return media.map(({ sid, category, filename, content_type, size }) => ({ sid, category, filename, content_type, size }))
}
