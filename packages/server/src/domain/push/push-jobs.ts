import type { PushMessageType } from '@parley/protocol'
import type { NewJob } from '../../storage/jobs.ts'
import type { Notice } from './push-sender.ts'

/** Something happened: who is to be told is found out after the commit. */
export const happeningJobKind = 'push'
/** One device is to be told. */
export const deliveryJobKind = 'push-delivery'

/** What happened in a conversation. */
export interface Happening {
  type: PushMessageType
  conversation_sid: string
  /** Who did it: an identity or an address, or `system`. */
  by: string
  /** Of a new message. */
  message_sid?: string
  /** Whom it was done to: added, removed. */
  user_sid?: string
  /** Participants up to this one have been looked at. */
  behind?: string
}

/** One push, composed; it waits for its turn. */
export interface Delivery {
  push_sid: string
  /** Without its badge, which is counted when it is sent. */
  notice: Notice
  /** Whether the number on the app's icon belongs to it. */
  counts_badge: boolean
  /** Whether what is sent is kept in the log. */
  kept: boolean
}

/** A job to find out who is to be told. */
export const happeningJob = (
  { sid, account_sid, now }: { sid: string; account_sid: string; now: number },
  happening: Happening,
): NewJob => ({
  sid,
  account_sid,
  kind: happeningJobKind,
  key: null,
  payload: JSON.stringify(happening),
  run_at: now,
  date_created: now,
})
