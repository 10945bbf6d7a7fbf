import type { ConversationRow, JobRow, MessageRow, ParticipantRow, UserRow } from './schema.ts'

/**
 * News of a committed change to an object that clients watch (design §4). `id` is the object's event id: durable, growing, taken in the
 * transaction of the change. Ids of messages, roster, conversations and user grow by one with each change, so a receiver can see a gap;
 * those of documents may skip.
 */
export type Change =
  | { object: 'document'; sid: string; id: number; kind: 'updated'; conversation: ConversationRow; onlyLastMessage: boolean }
  | { object: 'messages'; sid: string; id: number; kind: ItemKind; message: MessageRow }
  | { object: 'roster'; sid: string; id: number; kind: ItemKind; participant: ParticipantRow }
  /** `document`, `messages` and `roster` of a conversation end together. */
  | { object: 'conversation'; sid: string; kind: 'deleted'; conversation: ConversationRow }
  /** The map of a user's conversations; `sid` is the user's. */
  | { object: 'conversations'; sid: string; id: number; kind: ItemKind; participant: ParticipantRow }
  /** One item of a user's info map; `sid` is the user's. */
  | { object: 'user'; sid: string; id: number; kind: 'updated'; key: UserInfoKey; user: UserRow }
  /** Not a Sync object: there is work in a pool (jobs.ts), from `run_at` on; `sid` names the pool. */
  | { object: 'jobs'; sid: string; kind: 'waiting'; run_at: number; jobs: readonly AnnouncedJob[] }
  /** Not a Sync object: jobs were taken away that were not done. */
  | { object: 'jobs'; sid: string; kind: 'withdrawn' }
  /** Not a Sync object: the webhooks of an account or a service were configured. */
  | { object: 'webhooks'; sid: string; kind: 'configured' }
  /** Not a Sync object: who wants pushes in a service, or what it pushes, has changed. */
  | { object: 'push'; sid: string; kind: 'changed' }
  /** Not a Sync object: who may connect, and what they may do, has changed. */
  | {
      object: 'access'
      sid: string
      kind: 'key-revoked' | 'account-closed' | 'service-deleted' | 'service-configured' | 'user-deleted' | 'roles-changed'
    }

export type ItemKind = 'added' | 'updated' | 'removed'
export type UserInfoKey = 'friendlyName' | 'attributes' | 'reachability'

/** Something that is kept in memory; not too much of it. */
export interface Carried {
  /** In characters, more or less. */
  readonly size: number
}

/** A job that was inserted, as it is told when its transaction has committed. */
export interface AnnouncedJob {
  lane: string
  /**
   * The row, where nobody else inserts into this database, so that whoever hears of all jobs of a lane knows their order; absent elsewhere, and for
   * one that was there before.
   */
  row?: JobRow
  carried?: Carried | undefined
}
