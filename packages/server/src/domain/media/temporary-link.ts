import { ParleyError } from '@parley/protocol'
import type { MediaRow } from '../../storage/schema.ts'
import type { Context } from '../context.ts'
import { isThere } from './find-media.ts'

/** What a link that needs no credentials says: which media, until when (seconds since 1970), and that we said so. */
export interface TemporaryLink {
  media_sid: string
  expires: number
  signature: string
}

const signed = (media_sid: string, expires: number) => `${media_sid} ${expires}`

/** A link that opens a media for anybody who has it, for some minutes. */
export function temporaryLink(ctx: Context, media_sid: string): TemporaryLink {
  const expires = Math.floor(ctx.clock.now() / 1_000) + ctx.media.urlSeconds
  return { media_sid, expires, signature: ctx.media.signer.sign(signed(media_sid, expires)) }
}

/** The media a link opens. @throws 20403 for a link that is not ours or has expired, 20404 when the media has gone meanwhile */
export async function openTemporaryLink(ctx: Context, { media_sid, expires, signature }: TemporaryLink): Promise<MediaRow> {
  if (!ctx.media.signer.verify(signed(media_sid, expires), signature))
    throw new ParleyError('forbidden', { text: 'The signature of this URL is wrong' })
  const now = ctx.clock.now()
  if (expires * 1_000 <= now) throw new ParleyError('forbidden', { text: 'This URL has expired: ask for a new one' })
  const media = await ctx.store.read.media.find(media_sid)
  if (!isThere(media, now)) throw new ParleyError('resource-not-found')
  return media
}
