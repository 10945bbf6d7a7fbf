import type { Readable } from 'node:stream'
import { ParleyError } from '@parley/protocol'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { hangUpWhenIdle } from '../base/watch-idle.ts'
import type { Context } from '../domain/context.ts'
import { BlobMissing, type ByteRange } from '../storage/blobs/blob-store.ts'
import type { MediaRow } from '../storage/schema.ts'
import { wantedOf } from './byte-ranges.ts'
import { etagOf, setContentHeaders } from './content-headers.ts'

/** Answers a GET or HEAD with the bytes of a media, or those of them that were asked for. */
export async function sendContent(
  ctx: Context,
  pacing: Clock,
  media: MediaRow,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { size } = media
  setContentHeaders(reply, media)
  const wanted = wantedOf(request.headers, { etag: etagOf(media), modified: media.date_upload_updated, size })
  if (wanted === 'nothing new') return reply.code(304).send()
  if (wanted === 'unsatisfiable') {
    reply.headers({ 'content-range': `bytes */${size}`, 'content-length': '0' })
    return reply.code(416).send()
  }
  const range = wanted === 'everything' ? undefined : wanted
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`)
  reply.header('content-length', String(range ? range.end - range.start + 1 : size))
  if (request.method === 'HEAD') return reply.send()

  const content = await open(ctx, media, range)
  hangUpWhenIdle(pacing, ctx.limits.transferIdleMilliseconds, request.raw.socket, content)
  return reply.send(content)
}

async function open(ctx: Context, { sid, blob_key }: MediaRow, range: ByteRange | undefined): Promise<Readable> {
  try {
    return await ctx.media.blobs.read(blob_key, range)
  } catch (cause) {
    if (!(cause instanceof BlobMissing)) throw cause
    ctx.log.error({ err: cause, media_sid: sid }, 'The bytes of a media are missing')
    throw new ParleyError('resource-not-found', { cause })
  }
}
