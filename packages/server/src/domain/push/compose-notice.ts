import type { MessageMedia, PushMessageType } from '@parley/protocol'
import type { ConversationRow, MessageRow, NotificationConfigurationRow, UserRow } from '../../storage/schema.ts'
import { defaultTemplates } from './configure-notifications.ts'
import type { Notice } from './push-sender.ts'

/** The longest text of a push, in characters, after it was filled (channels §8.1). */
const longestText = 178

/** What a push is about. */
export interface Subject {
  type: PushMessageType
  conversation: Pick<ConversationRow, 'sid' | 'friendly_name' | 'unique_name'>
  /** Who did it, by identity or address, and the user they are if they are one. */
  by: string
  byUser: Pick<UserRow, 'friendly_name'> | undefined
  message: MessageRow | undefined
}

/** What a service says of an event; `undefined` when it says nothing. */
export function wordsFor(
  configuration: NotificationConfigurationRow,
  type: PushMessageType,
  message: Pick<MessageRow, 'media' | 'body'> | undefined,
): { template: string; sound: string | null } | undefined {
  const said = (enabled: 0 | 1, template: string | null, usual: string, sound: string | null) =>
    enabled ? { template: template ?? usual, sound } : undefined
  const c = configuration
  if (type === 'added_to_conversation')
    return said(c.added_to_conversation_enabled, c.added_to_conversation_template, defaultTemplates[type], c.added_to_conversation_sound)
  if (type === 'removed_from_conversation')
    return said(
      c.removed_from_conversation_enabled,
      c.removed_from_conversation_template,
      defaultTemplates[type],
      c.removed_from_conversation_sound,
    )
  const { new_message_template: plain, new_message_sound: sound } = c
  if (!message?.media) return said(c.new_message_enabled, plain, defaultTemplates.new_message, sound)
  const withMedia = said(
    c.new_message_with_media_enabled,
    c.new_message_with_media_template,
    defaultTemplates.new_message_with_media,
    sound,
  )
  // Its text alone is worth a push, too.
  return withMedia ?? (message.body ? said(c.new_message_enabled, plain, defaultTemplates.new_message, sound) : undefined)
}

/** Puts a push together; its badge is counted when it is sent. */
export function composeNotice(
  { type, conversation, by, byUser, message }: Subject,
  words: { template: string; sound: string | null },
): Notice {
  const { sid, friendly_name, unique_name } = conversation
  const media = message?.media ? (JSON.parse(message.media) as MessageMedia[]) : []
  const [first] = media
  const participant = byUser?.friendly_name || by
  const body = fill(words.template, {
    CONVERSATION: unique_name || friendly_name || sid,
    CONVERSATION_FRIENDLY_NAME: friendly_name || unique_name || sid,
    CONVERSATION_UNIQUE_NAME: unique_name || friendly_name || sid,
    CONVERSATION_SID: sid,
    PARTICIPANT: participant,
    PARTICIPANT_FRIENDLY_NAME: participant,
    PARTICIPANT_IDENTITY: participant,
    PARTICIPANT_SID: message?.participant_sid ?? '',
    USER: participant,
    MESSAGE: message?.body ?? '',
    MEDIA_COUNT: String(media.length),
    MEDIA: first?.filename ?? '',
  })
  return {
    message_type: type,
    body,
    sound: words.sound,
    badge: null,
    data: {
      conversation_sid: sid,
      conversation_title: friendly_name || unique_name || sid,
      author: by,
      ...(message ? { message_sid: message.sid, message_index: message.position } : {}),
      ...(first ? { media_count: media.length, media: shown(first) } : {}),
    },
  }
}

const shown = ({ sid, filename, content_type, size }: MessageMedia) => ({
  sid,
  filename: filename === null ? null : filename.slice(0, 255),
  content_type: content_type.slice(0, 255),
  size,
})

/** Puts values in place of their names, once: what stands in a value is no template. A name that is not known stays as it is. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  const filled = template.replace(/\$\{([A-Z_]+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? '') : whole))
  // By whole characters: half of one is no text.
  return filled.length <= longestText ? filled : [...filled].slice(0, longestText).join('')
}
