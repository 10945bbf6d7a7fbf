import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import { hangUpWhenIdle } from '../base/watch-idle.ts'
import type { Context } from '../domain/context.ts'

/** Something long, told piece by piece. */
export interface Stream {
  /** What it is called when somebody saves it. */
  name: string
  chunks: AsyncIterable<string>
}

/**
 * Answers with lines of JSON as they are read: the next piece is made when the one before has gone. When it fails on the way the connection breaks,
 * so nobody takes a part for the whole. A client that does not read for some time is left.
 */
export function sendStream(
  ctx: Context,
  pacing: Clock,
  { name, chunks }: Stream,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  reply.headers({
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  })
  if (request.method === 'HEAD') return reply.send()
  const content = Readable.from(chunks, { highWaterMark: 1 })
  content.on('error', (cause) => ctx.log.warn({ err: cause, request_id: request.id }, 'A download broke off'))
  hangUpWhenIdle(pacing, ctx.limits.transferIdleMilliseconds, request.raw.socket, content)
  return reply.send(content)
}
