import type { PushMessageType } from '@parley/protocol'
import type { NewJob } from '../../storage/jobs.ts'

/** Something happened: who is to be told is found out after the commit. */
export const happeningJobKind = 'push'
/** One device is to be told. */
export const deliveryJobKind = 'push-delivery'

/** What happened in a conversation. Jobs hold SIDs alone: what was deleted or erased meanwhile is said to nobody, and stands nowhere. */
export interface Happening {
  type: PushMessageType
  conversation_sid: string
  /** Of a new message. */
  message_sid?: string
  /** Whom it was done to: added, removed. */
  user_sid?: string
  /** Who did it: absent when it was the account, or Parley itself. */
  by_user_sid?: string
  /** Participants up to this one have been looked at. */
  behind?: string
}

/** One push, which waits for its turn; it is composed when it is sent. */
export interface Delivery {
  push_sid: string
  /** Who added or removed somebody. */
  by_user_sid?: string
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
