import {
  canonicalSid,
  decodeForm,
  decodeJson,
  FetchMediaSet,
  isSid,
  MediaRecord,
  MediaSetEntry,
  ParleyError,
  type RouteDescription,
  UploadMedia,
} from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import type { OriginOf } from '../base/origin.ts'
import type { Context } from '../domain/context.ts'
import { findMedia } from '../domain/media/find-media.ts'
import { openTemporaryLink } from '../domain/media/temporary-link.ts'
import { largestMedia, mediaTooLarge, uploadMedia } from '../domain/media/upload-media.ts'
import { createTokenVerifier } from '../domain/tokens/verify-access-token.ts'
import type { MediaRow } from '../storage/schema.ts'
import { callerOf, type MediaCaller } from './callers.ts'
import { incomingFile, letGo } from './incoming.ts'
import { toMediaRecord } from './media-record.ts'
import { sendContent } from './send-content.ts'

/**
 * The door for media: the original's media service (wire-protocol §3.5), on the same host as everything else, and links that open a file
 * without credentials.
 */
export interface MediaDoorOptions {
  originOf: OriginOf
  /** Time as the machine has it: whether somebody still sends is not a matter of a clock that can be moved. */
  pacing: Clock
}

const media = '/v1/Services/:service/Media'
const one = `${media}/:media`
const set = '/v1/Services/:service/MediaSet'

const nothing = Type.Object({})

/** What can be known of the routes that need credentials. */
const describedRoutes: RouteDescription[] = [
  { method: 'POST', path: media, params: nothing, query: UploadMedia, body: 'bytes', status: 201, answer: MediaRecord, forUsers: true },
  { method: 'GET', path: one, params: nothing, status: 200, answer: MediaRecord, forUsers: true },
  { method: 'GET', path: `${one}/Content`, params: nothing, status: 200, answer: 'bytes', forUsers: true },
  { method: 'POST', path: set, params: FetchMediaSet, body: 'json', status: 200, answer: Type.Array(MediaSetEntry), forUsers: true },
]

const reading = ['GET', 'HEAD'] as const
const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls the media service, once they have been let in. */
    mediaCaller: MediaCaller | undefined
  }
}

/** Registers the routes of media. */
export function serveMedia(app: FastifyInstance, ctx: Context, { originOf, pacing }: MediaDoorOptions): void {
  giveUploadsTime(app, ctx, pacing)
  const tokens = createTokenVerifier(ctx)
  ctx.store.onCommit((changes) => {
    if (changes.some((change) => change.object === 'access')) tokens.forget()
  })

  const record = (request: FastifyRequest, row: MediaRow) => toMediaRecord(ctx, originOf(request.raw), row)
  const caller = (request: FastifyRequest) => request.mediaCaller as MediaCaller
  const inPath = (request: FastifyRequest) => request.params as Record<string, string>

  /** Before the body is read: nobody sends us much without having been let in. */
  const letIn = async (request: FastifyRequest) => {
    const head = { headers: request.headers, ownOrigin: originOf(request.raw) }
    request.mediaCaller = await callerOf(ctx, tokens, head, inPath(request)['service'] ?? '').catch((error: unknown) => {
      letGo(request.raw, pacing)
      throw error
    })
  }

  const mediaInPath = async (request: FastifyRequest): Promise<MediaRow> => {
    const { actor, chat_service_sid } = caller(request)
    const sid = inPath(request)['media'] ?? ''
    const [found] = isSid('media', sid) ? await findMedia(ctx, actor, chat_service_sid, [canonicalSid(sid)]) : []
    if (!found) throw nothingThere(request.url)
    return found
  }

  async function upload(request: FastifyRequest, reply: FastifyReply) {
    const { actor, chat_service_sid } = caller(request)
    try {
      const { category = 'media', filename } = decodeForm(UploadMedia, queryOf(request.url), ctx.limits)
      if (Number(request.headers['content-length'] ?? 0) > largestMedia(ctx) + formOverhead) throw mediaTooLarge(ctx)
      const { uploadMilliseconds: most, transferIdleMilliseconds: idle } = ctx.limits
      const file = await incomingFile(request.raw, pacing, { most, idle })
      const row = await uploadMedia(ctx, actor, chat_service_sid, { ...file, category, filename: filename ?? file.filename })
      reply.code(201)
      return record(request, row)
    } catch (error) {
      letGo(request.raw, pacing)
      throw error
    }
  }

  async function fetchSet(request: FastifyRequest) {
    const { list } = decodeJson(FetchMediaSet, request.body, ctx.limits)
    const { actor, chat_service_sid } = caller(request)
    const found = await findMedia(ctx, actor, chat_service_sid, list)
    return found.map((row, at) =>
      row ? { code: 200, media_record: record(request, row) } : { code: 404, media_record: { sid: list[at] } },
    )
  }

  async function sendTemporary(request: FastifyRequest, reply: FastifyReply) {
    const query = queryOf(request.url)
    const asked = {
      media_sid: inPath(request)['media'] ?? '',
      expires: Number(query.get('expires')?.[0]),
      signature: query.get('signature')?.[0] ?? '',
    }
    const row = await openTemporaryLink(ctx, asked)
    reply.header('cache-control', `private, max-age=${Math.max(0, asked.expires - Math.ceil(ctx.clock.now() / 1_000))}`)
    return sendContent(ctx, pacing, row, request, reply)
  }

  app.register(async (door) => {
    door.decorateRequest('mediaCaller', undefined)
    door.removeAllContentTypeParsers()
    // The body is read by whoever handles it, as it comes.
    door.addContentTypeParser('*', (_, __, done) => done(null))
    door.addHook('onSend', async (_, reply) => {
      reply.header('x-content-type-options', 'nosniff')
    })

    door.post(media, { onRequest: letIn }, upload)
    door.route({
      method: [...reading],
      url: one,
      onRequest: letIn,
      handler: async (request) => record(request, await mediaInPath(request)),
    })
    door.route({
      method: [...reading],
      url: `${one}/Content`,
      onRequest: letIn,
      handler: async (request, reply) => {
        reply.header('cache-control', 'private, no-cache')
        return sendContent(ctx, pacing, await mediaInPath(request), request, reply)
      },
    })
    door.route({ method: [...reading], url: '/media/:media/:filename', handler: sendTemporary })
    door.register(async (json) => {
      json.removeAllContentTypeParsers()
      json.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => parseJson(body as string, done))
      json.post(set, { onRequest: letIn }, fetchSet)
    })

    app.described.push(...describedRoutes)
    refuseOthers(door, media, ['POST'])
    refuseOthers(door, set, ['POST'])
    for (const path of [one, `${one}/Content`, '/media/:media/:filename']) refuseOthers(door, path, reading)
  })
}

/**
 * Node bounds the time of every request alike, which would end long uploads. So we take its bound over: for all others it stays what it was, and
 * uploads look after themselves.
 */
function giveUploadsTime(app: FastifyInstance, { limits }: Context, pacing: Clock): void {
  const usual = app.server.requestTimeout
  app.server.requestTimeout = limits.uploadMilliseconds > longestNodeTimeout ? 0 : Math.max(usual, limits.uploadMilliseconds)
  app.addHook('onRequest', async ({ raw, method, routeOptions }) => {
    if (usual === 0 || raw.complete || (method === 'POST' && routeOptions.url === media)) return
    const timer = pacing.after(usual, () => {
      if (!raw.complete) raw.destroy()
    })
    raw.once('close', () => timer.cancel())
  })
}

const longestNodeTimeout = 2_147_483_647

/** What a form adds to its file, in bytes. */
const formOverhead = 1_048_576

function queryOf(url: string): Map<string, string[]> {
  const at = url.indexOf('?')
  const query = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(at < 0 ? '' : url.slice(at))) query.set(name, [...(query.get(name) ?? []), value])
  return query
}

function parseJson(body: string, done: (error: Error | null, body?: unknown) => void): void {
  try {
    done(null, JSON.parse(body))
  } catch (cause) {
    done(new ParleyError('parameter-invalid', { text: 'The body is expected to be JSON', cause }))
  }
}

const nothingThere = (url: string) =>
  new ParleyError('resource-not-found', {
    text: `The requested resource ${url.split('?', 1)[0]?.replace(/^\/v1(?=\/)/, '')} was not found`,
  })

function refuseOthers(door: FastifyInstance, url: string, served: readonly string[]): void {
  const allowed = [...served, 'OPTIONS'].join(', ')
  const refuse = async (_: FastifyRequest, reply: FastifyReply) => {
    reply.header('allow', allowed)
    throw new ParleyError('method-not-allowed', { details: { allowed } })
  }
  door.route({ method: everyMethod.filter((method) => !served.includes(method)), url, onRequest: refuse, handler: refuse })
}
