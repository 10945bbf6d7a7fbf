import type { BindingType, PushMessageType, PushReason } from '@parley/protocol'
import type { ProviderAccess } from './credential-secrets.ts'

/** What a push says, in no provider's words. */
export interface Notice {
  message_type: PushMessageType
  /** The filled template. */
  body: string
  sound: string | null
  /** Conversations with unread messages; null when the app's icon shows no number. */
  badge: number | null
  data: NoticeData
}

/** What an app finds in a push besides its text (channels §8.1). */
export interface NoticeData {
  conversation_sid?: string
  conversation_title?: string
  author?: string
  message_sid?: string
  message_index?: number
  media_count?: number
  /** The first attachment. */
  media?: { sid: string; filename: string | null; content_type: string; size: number }
}

/** A device, and with what its provider lets us in; web push has no credential, but keys of the device. */
export interface PushTarget {
  binding_type: BindingType
  address: string
  access: ProviderAccess | undefined
  keys: { p256dh: string; auth: string } | undefined
  /** Pushes of the same topic replace each other on a device that was off. */
  topic: string
  /** How long the provider tries, in seconds. */
  lifetime: number
}

/** What the provider said. */
export interface ProviderAnswer {
  status: number | null
  /** Its words, as far as they are kept. */
  answer: string | null
  /** Its name for the push. */
  id: string | null
}

/** What came of sending. */
export type PushVerdict =
  | { kind: 'sent' }
  /** The device is no more: its binding goes. */
  | { kind: 'gone'; reason: PushReason }
  /** Not this time; `after` in milliseconds if the provider said when. */
  | { kind: 'later'; after?: number | undefined }
  /** Never; `alarm` when it is the credential that the provider refuses. */
  | { kind: 'refused'; reason: PushReason; alarm?: boolean }

export type PushOutcome = PushVerdict & ProviderAnswer & { payload: string | null }

/** Reaches the providers of pushes. */
export interface PushSender {
  /** Sends, and says what the provider said. Never throws for what lies with the provider or the network. */
  send(target: PushTarget, notice: Notice): Promise<PushOutcome>
  /** Changes the number on the icon of an app on an iPhone, and shows nothing. Never throws, as `send`. */
  sendBadge(target: PushTarget, badge: number): Promise<PushOutcome>
  /** Whether the address of a browser may be called at all. */
  mayCall(address: string): boolean
}
