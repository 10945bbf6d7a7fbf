import { check, object } from './check-arguments.ts'
import type { Media } from './media.ts'

export type PushNotificationType =
  | 'twilio.conversations.new_message'
  | 'twilio.conversations.added_to_conversation'
  | 'twilio.conversations.removed_from_conversation'

/** Names of notifications, in push payloads and on the wire. */
// biome-ignore lint/complexity/noStaticOnlyClass: it is a class in the original, too
export class NotificationTypes {
  static readonly TYPING_INDICATOR = 'twilio.ipmsg.typing_indicator'
  static readonly NEW_MESSAGE = 'twilio.conversations.new_message'
  static readonly ADDED_TO_CONVERSATION = 'twilio.conversations.added_to_conversation'
  static readonly REMOVED_FROM_CONVERSATION = 'twilio.conversations.removed_from_conversation'
  static readonly CONSUMPTION_UPDATE = 'twilio.channel.consumption_update'
}

/** What a push is about. */
export interface PushNotificationData {
  conversationSid?: string
  conversationTitle?: string
  messageIndex?: number
  messageSid?: string
  /** The first attachment. */
  media?: Media
  mediaCount?: number
}

export interface PushNotificationDescriptor {
  title: string | null
  body: string | null
  sound: string | null
  badge: number | null
  action: string | null
  type: PushNotificationType
  data: Record<string, unknown>
}

/** A push, read. */
export class PushNotification {
  readonly title: string | null
  readonly body: string | null
  readonly sound: string | null
  readonly badge: number | null
  /** `click_action` of FCM, `category` of APN. */
  readonly action: string | null
  readonly type: PushNotificationType
  readonly data: PushNotificationData

  /** @internal */
  constructor({ title, body, sound, badge, action, type, data }: PushNotificationDescriptor) {
    this.title = title
    this.body = body
    this.sound = sound
    this.badge = badge
    this.action = action
    this.type = type
    this.data = data
  }
}

type Payload = Record<string, unknown>

/** Members of a payload's data, their names in {@link PushNotificationData}, and how they are read. */
const dataMembers: [member: string, name: keyof PushNotificationData, read: (raw: unknown) => unknown][] = [
  ['conversation_sid', 'conversationSid', String],
  ['conversation_title', 'conversationTitle', String],
  ['message_sid', 'messageSid', String],
  ['message_index', 'messageIndex', Number],
  ['media_count', 'mediaCount', Number],
  ['media', 'media', (raw) => (typeof raw === 'string' ? parsed(raw) : raw)],
]

/** What cannot be read is left out: the rest of the push is worth showing. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads a payload of APN or FCM (wire-protocol §6.2). @throws for one that is none of ours */
export function parsePush(payload: unknown): PushNotification {
  check([payload], object)
  const whole = payload as Payload
  const aps = whole['aps'] as Payload | undefined
  const data = (aps ? whole : whole['data']) as Payload | undefined
  if (!data) throw new Error('This push has neither `data` nor `aps`: it is none of conversations')
  const type = data['twi_message_type'] as PushNotificationType | undefined
  if (!type) throw new Error('This push has no `twi_message_type`: it is none of conversations')
  const read = (aps ? ofApn(aps) : ofFcm(data)) as Pick<PushNotificationDescriptor, 'title' | 'body' | 'sound' | 'badge' | 'action'>
  const known = dataMembers.flatMap(([member, name, reader]) => {
    const raw = data[member]
    const value = raw === undefined || raw === null ? undefined : reader(raw)
    return value === undefined ? [] : [[name, value] as const]
  })
  return new PushNotification({ ...read, type, data: Object.fromEntries(known) })
}

function ofApn({ alert, sound = null, badge = null, category = null }: Payload): Payload {
  const { title = null, body = null } = typeof alert === 'object' && alert !== null ? (alert as Payload) : { body: alert }
  return { title, body, sound, badge, action: category }
}

function ofFcm(data: Payload): Payload {
  const { twi_title: title = null, twi_body: body = null, twi_sound: sound = null, twi_action: action = null } = data
  return { title, body, sound, badge: null, action }
}
