import { createHash } from 'node:crypto'
import { limitExceeded, type MediaCategory, ParleyError } from '@parley/protocol'
import type { MediaRow } from '../../storage/schema.ts'
import type { AccountActor, UserActor } from '../access.ts'
import type { Context } from '../context.ts'
import { decideContentType, sampleBytes } from './content-type.ts'
import { cleanFilename } from './filename.ts'

/** A file on its way in. */
export interface Upload {
  category: MediaCategory
  filename: string | null | undefined
  /** What its sender says it is. */
  content_type: string | undefined
  /** Whether it came as part of a form. */
  is_multipart_upstream: boolean
  /** Fails when the sender goes away before the end. */
  content: AsyncIterable<Buffer> | Iterable<Buffer>
}

/** How long a file waits to be sent in a message, in milliseconds. */
const unattachedMilliseconds = 86_400_000

export const bytesInMegabyte = 1_048_576

/** How long a media may be, in bytes. */
export const largestMedia = ({ limits }: Pick<Context, 'limits'>): number => limits.mediaMegabytes * bytesInMegabyte

/** The refusal of a longer one. */
export const mediaTooLarge = ({ limits }: Pick<Context, 'limits'>): ParleyError =>
  limitExceeded('request-too-large', 'mediaMegabytes', limits.mediaMegabytes)

/**
 * Takes a file in: reserve, stream, commit. The reservation is what leads to the bytes when this process dies on the way; whatever fails here
 * leaves neither row nor bytes behind. The file is read no faster than it is written.
 *
 * @throws 20413 for a longer one than allowed, 20408 when it took longer than its place is kept, 50050 when the service has gone meanwhile, and whatever `content` fails with
 */
export async function uploadMedia(
  ctx: Context,
  actor: AccountActor | UserActor,
  chat_service_sid: string,
  upload: Upload,
): Promise<MediaRow> {
  const reserved = await reserve(ctx, actor, chat_service_sid, upload)
  try {
    const measured = new Measured(upload.content, mediaTooLarge(ctx), largestMedia(ctx))
    await ctx.media.blobs.write(reserved.blob_key, measured)
    return await commit(ctx, {
      ...reserved,
      size: measured.size,
      sha256: measured.sha256(),
      content_type: await decideContentType(upload.content_type, measured.sample()),
    })
  } catch (error) {
    await discard(ctx, reserved)
    throw error
  }
}

function reserve(ctx: Context, actor: AccountActor | UserActor, chat_service_sid: string, upload: Upload): Promise<MediaRow> {
  const now = ctx.clock.now()
  const sid = ctx.ids.sid('media')
  const row: MediaRow = {
    sid,
    account_sid: actor.account_sid,
    chat_service_sid,
    conversation_sid: null,
    message_sid: null,
    user_sid: actor.kind === 'user' ? actor.user_sid : null,
    // The name that the original gives to servers (rest-api §6.1).
    author: actor.kind === 'user' ? actor.identity : 'sender',
    category: upload.category,
    filename: cleanFilename(upload.filename),
    content_type: 'application/octet-stream',
    size: 0,
    sha256: null,
    is_multipart_upstream: upload.is_multipart_upstream ? 1 : 0,
    // SIDs begin with the time: their ends spread over the folders.
    blob_key: `${sid.slice(-2)}/${sid}`,
    uploaded: 0,
    expires_at: now + unattachedMilliseconds,
    date_created: now,
    date_upload_updated: now,
    date_updated: now,
  }
  return ctx.store.write(async (tx) => {
    await tx.media.insert(row)
    return row
  })
}

function commit(ctx: Context, written: MediaRow): Promise<MediaRow> {
  return ctx.store.write(async (tx) => {
    if (!(await tx.services.find(written.chat_service_sid))) throw new ParleyError('service-not-found')
    const now = ctx.clock.now()
    const row: MediaRow = { ...written, uploaded: 1, expires_at: now + unattachedMilliseconds, date_upload_updated: now, date_updated: now }
    // A clock that was set right may have ended the reservation: its bytes are being taken away.
    if (!(await tx.media.complete(row))) throw new ParleyError('request-timeout', { text: 'The upload took too long' })
    return row
  })
}

/** What cannot be cleared away now is found again by its reservation (collect-media.ts). */
async function discard(ctx: Context, { sid, blob_key }: MediaRow): Promise<void> {
  try {
    await ctx.media.blobs.remove(blob_key)
    await ctx.store.write((tx) => tx.media.remove(sid))
  } catch (cause) {
    ctx.log.warn({ err: cause, media_sid: sid }, 'What was left of an upload could not be removed; it is tried again')
  }
}

/** Bytes on their way through: counted, bounded, hashed, and their beginning kept. */
class Measured implements AsyncIterable<Buffer> {
  size = 0
  readonly #hash = createHash('sha256')
  readonly #beginning: Buffer[] = []

  constructor(
    private readonly content: AsyncIterable<Buffer> | Iterable<Buffer>,
    private readonly tooLarge: ParleyError,
    private readonly most: number,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for await (const chunk of this.content) {
      if (this.size < sampleBytes) this.#beginning.push(Buffer.from(chunk.subarray(0, sampleBytes - this.size)))
      this.size += chunk.length
      if (this.size > this.most) throw this.tooLarge
      this.#hash.update(chunk)
      yield chunk
    }
  }

  sample(): Uint8Array {
    return Buffer.concat(this.#beginning)
  }

  /** To be asked once, at the end. */
  sha256(): string {
    return this.#hash.digest('base64url')
  }
}
