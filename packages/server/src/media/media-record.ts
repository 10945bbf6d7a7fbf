import type { MediaRecord } from '@parley/protocol'
import type { Context } from '../domain/context.ts'
import { temporaryLink } from '../domain/media/temporary-link.ts'
import type { MediaRow } from '../storage/schema.ts'

const iso = (milliseconds: number) => new Date(milliseconds).toISOString()

/** A media as the SDK reads it; `origin` is the base of our URLs. */
export function toMediaRecord(ctx: Context, origin: string, row: MediaRow): MediaRecord {
  const path = `/v1/Services/${row.chat_service_sid}/Media/${row.sid}`
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.chat_service_sid,
    channel_sid: row.conversation_sid,
    message_sid: row.message_sid,
    date_created: iso(row.date_created),
    date_upload_updated: iso(row.date_upload_updated),
    date_updated: iso(row.date_updated),
    size: row.size,
    content_type: row.content_type,
    filename: row.filename,
    file_name: row.filename,
    category: row.category,
    author: row.author,
    is_multipart_upstream: row.is_multipart_upstream === 1,
    url: origin + path,
    links: { content: `${path}/Content`, content_direct_temporary: origin + temporaryPath(ctx, row) },
  }
}

/** The name at the end of the path is for eyes, and for those who save the file. */
function temporaryPath(ctx: Context, { sid, filename }: MediaRow): string {
  const { expires, signature } = temporaryLink(ctx, sid)
  return `/media/${sid}/${encodeURIComponent(filename ?? 'file')}?expires=${expires}&signature=${signature}`
}
