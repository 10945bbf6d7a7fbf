import { isoInstant as iso, type MessageMedia, type MessageRecipient } from '@parley/protocol'
import type { Exported } from '../../domain/exports/exported.ts'
import type { MediaRow, MessageRow, ParticipantRow, PushBindingRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toConversation } from './conversations.ts'
import { toMessage } from './messages.ts'
import { toParticipant } from './participants.ts'
import { toReceipt } from './receipts.ts'
import { toUser } from './users.ts'

/** The layout of exports: readers ask for it in the first line. */
const version = 1

/**
 * A thing as a line of an export: what REST answers of it, with a `type`, with milliseconds in its dates, and with what REST leaves out. Links, which
 * say nothing, are left out.
 */
export function toLine(exported: Exported, scope: Scope): object {
  switch (exported.type) {
    case 'export':
      return { type: exported.type, version, of: exported.of, date_created: iso(exported.begun) }
    case 'conversation': {
      const { row } = exported
      return line(exported.type, row, toConversation(row, scope), {
        created_by: row.created_by,
        messages_count: row.messages_count,
        participants_count: row.participants_count,
      })
    }
    case 'participant':
      return line(exported.type, exported.row, toParticipant(exported.row, scope), participantDetails(exported.row))
    case 'message':
      return line(exported.type, exported.row, toMessage(exported.row, scope), messageDetails(exported.row))
    case 'receipt':
      return line(exported.type, exported.row, toReceipt(exported.row, scope), {})
    case 'media':
      return line(exported.type, exported.row, mediaDetails(exported.row, scope), {})
    case 'user':
      return line(exported.type, exported.row, toUser(exported.row, scope, false), {})
    case 'binding':
      return line(exported.type, exported.row, bindingDetails(exported.row), {})
    case 'end':
      return { type: exported.type, counts: exported.counts }
  }
}

interface Dated {
  date_created: number
  date_updated: number
}

function line(type: Exported['type'], { date_created, date_updated }: Dated, resource: object, details: object): object {
  return { type, ...resource, ...details, date_created: iso(date_created), date_updated: iso(date_updated), links: undefined }
}

const participantDetails = ({ notification_level, last_read_timestamp, removed_at }: ParticipantRow) => ({
  notification_level,
  last_read_timestamp: last_read_timestamp === null ? null : iso(last_read_timestamp),
  // Whether, and when, they have left.
  date_removed: removed_at === null ? null : iso(removed_at),
})

const messageDetails = ({ subject, last_updated_by, media, channel_metadata, recipients }: MessageRow) => ({
  subject,
  last_updated_by,
  media: media === null ? null : (JSON.parse(media) as MessageMedia[]),
  channel_metadata: channel_metadata === null ? null : (JSON.parse(channel_metadata) as unknown),
  recipients: recipients === null ? [] : (JSON.parse(recipients) as MessageRecipient[]),
})

/** Without its keys, which are not the user's to know. */
const bindingDetails = ({ sid, account_sid, chat_service_sid, user_sid, binding_type, address, message_types }: PushBindingRow) => ({
  sid,
  account_sid,
  chat_service_sid,
  user_sid,
  binding_type,
  address,
  message_types: JSON.parse(message_types) as string[],
})

/** The bytes are not in an export: who may read it may fetch them at `content_url`, with the same credentials. */
function mediaDetails(row: MediaRow, { root, named }: Scope) {
  const { sid, account_sid, chat_service_sid, conversation_sid, message_sid, author, category, filename, content_type, size, sha256 } = row
  const service = named ? root : `${root}/Services/${chat_service_sid}`
  const content_url = `${service}/Media/${sid}/Content`
  return {
    sid,
    account_sid,
    chat_service_sid,
    conversation_sid,
    message_sid,
    author,
    category,
    filename,
    content_type,
    size,
    sha256,
    content_url,
  }
}
