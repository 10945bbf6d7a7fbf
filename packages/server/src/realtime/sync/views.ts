import { type DeliverySummary, isoInstant as iso, type MessageMedia, syncObjectName } from '@parley/protocol'
import type { UserInfoKey } from '../../storage/changes.ts'
import type { ConversationRow, MessageRow, ParticipantRow, UserRow } from '../../storage/schema.ts'

/**
 * How rows look as Sync data: what the SDK reads of conversations, participants, messages and users (wire-protocol §5.3 – §5.7).
 * A view is always whole: members that are absent from an update would wipe what the client knows, or keep what is no longer true.
 */

/** The conversation document (§5.4). It is shared by all users, so nothing of one user's own stands in it. */
export function documentData(row: ConversationRow) {
  return {
    sid: row.sid,
    friendlyName: row.friendly_name,
    uniqueName: row.unique_name,
    attributes: attributesData(row.attributes),
    createdBy: row.created_by,
    dateCreated: iso(row.date_created),
    dateUpdated: iso(row.date_updated),
    messages: syncObjectName({ kind: 'messages', owner: row.sid }),
    roster: syncObjectName({ kind: 'roster', owner: row.sid }),
    ...lastMessageData(row),
    state: { current: row.state, dateUpdated: iso(row.state_updated) },
    bindings: row.email_address === null ? {} : { email: { name: row.email_name, projected_address: row.email_address } },
  }
}

/** Nesting up to which JSON is written without fear for the stack. */
const deepest = 1_000

/** Attributes as the object they are, or, nested too deep for anybody to write them again, as text: clients take both (wire-protocol §5.2). */
function attributesData(json: string): unknown {
  if (json.length > deepest) {
    let depth = 0
    for (const character of json) {
      if (character === '[' || character === '{') depth++
      else if (character === ']' || character === '}') depth--
      if (depth > deepest) return json
    }
  }
  return JSON.parse(json)
}

/** Absent while there never was a message; null when the last one has gone. */
function lastMessageData({ last_message_index: index, last_message_date: date, messages_event_id }: ConversationRow) {
  if (index !== null && date !== null) return { lastMessage: { index, timestamp: iso(date) } }
  return messages_event_id > 0 ? { lastMessage: null } : {}
}

/** An item of the roster (§5.5). */
export function rosterData(row: ParticipantRow) {
  return {
    identity: row.identity,
    type: row.type,
    attributes: row.attributes,
    roleSid: row.role_sid,
    dateCreated: iso(row.date_created),
    dateUpdated: iso(row.date_updated),
    lastConsumedMessageIndex: row.last_read_message_index,
    lastConsumptionTimestamp: row.last_read_timestamp === null ? null : iso(row.last_read_timestamp),
    userInfo: row.user_sid === null ? undefined : syncObjectName({ kind: 'userInfo', owner: row.user_sid }),
    bindings: bindingsData(row),
  }
}

function bindingsData(row: ParticipantRow) {
  if (row.type !== 'email' || row.address === null) return undefined
  return { email: { name: row.binding_name, address: row.address, level: row.binding_level } }
}

/** An item of a user's own conversations (§5.3). */
export function myConversationData(row: ParticipantRow) {
  const owner = row.conversation_sid
  return {
    status: 'joined',
    channel: syncObjectName({ kind: 'document', owner }),
    messages: syncObjectName({ kind: 'messages', owner }),
    roster: syncObjectName({ kind: 'roster', owner }),
    lastConsumedMessageIndex: row.last_read_message_index,
    notificationLevel: row.notification_level,
  }
}

/** An item of the messages list (§5.6). */
export function messageData(row: MessageRow) {
  return {
    sid: row.sid,
    author: row.author,
    text: row.body,
    subject: row.subject,
    contentSid: row.content_sid,
    type: 'text',
    attributes: row.attributes,
    timestamp: iso(row.date_created),
    dateUpdated: iso(row.date_updated),
    lastUpdatedBy: row.last_updated_by,
    memberSid: row.participant_sid,
    ...(row.media === null ? {} : mediaData(row.media)),
    ...(row.delivery === null ? {} : { delivery: JSON.parse(row.delivery) as DeliverySummary }),
    ...(row.channel_metadata === null ? {} : { channelMetadata: true }),
  }
}

/** All media, and the first attachment under its older name: parts of an e-mail and filled templates are no attachments. */
function mediaData(json: string) {
  const medias = (JSON.parse(json) as MessageMedia[]).map(({ sid, category, filename, content_type, size }) => ({
    sid,
    category,
    filename,
    contentType: content_type,
    size,
  }))
  const media = medias.find(({ category }) => category === 'media')
  return { medias, ...(media ? { type: 'media', media } : {}) }
}

export const userInfoKeys = ['attributes', 'friendlyName', 'reachability'] as const satisfies UserInfoKey[]

/** An item of a user's info (§5.7). */
export function userInfoData(row: UserRow, key: UserInfoKey) {
  switch (key) {
    case 'friendlyName':
      return { value: row.friendly_name ?? '' }
    case 'attributes':
      return { value: row.attributes }
    case 'reachability':
      return { online: row.is_online === 1, notifiable: row.is_notifiable === 1 }
  }
}
