import { type Kysely, type RawBuilder, sql } from 'kysely'
import { conversationColumns, jobColumns, mediaColumns, messageColumns, participantColumns } from './columns.ts'
import { jobWriter } from './jobs.ts'
import { textsIn } from './json-rows.ts'
import { withdrawJobsOf } from './pushes.ts'
import type { ConversationRow, JobRow, MediaRow, MessageRow, ParticipantRow, Schema } from './schema.ts'
import { type Database, type Dialect, type Parameters, statement, type Transaction } from './statement.ts'

/**
 * What is kept of one user, wherever it is, for export and erasure. Messages have no index by author, which would cost each of them time: they are
 * looked for in the conversations that the user has been in, range by range. What REST sent in the name of somebody who takes no part has an index.
 */

/** Whose words: an identity, and the participants it has been in a conversation. */
export interface Voice {
  conversation_sid: string
  identity: string
  participant_sids: readonly string[]
}

/** From a place on, up to another that is not included: indexes of messages, or ids of events. */
export interface Range {
  from: number
  to: number
}

interface Named extends Omit<Voice, 'participant_sids'> {
  /** JSON list. */
  participant_sids: string
}
type Bound = <K extends 'identity' | 'participant_sids'>(name: K) => RawBuilder<string>

interface After {
  after: string
  limit: number
}

const isLive = sql<boolean>`removed_at is null`
const isGone = sql<boolean>`removed_at is not null`

const conversationsOf = (state: RawBuilder<boolean>) =>
  statement<After & { user_sid: string }, { conversation_sid: string }>((db, p) =>
    db
      .selectFrom('participants')
      .select('conversation_sid')
      .where('user_sid', '=', p('user_sid'))
      .where('conversation_sid', '>', p('after'))
      .where(state)
      .orderBy('conversation_sid')
      .limit(p('limit') as never),
  )
const seatsOf = (state: RawBuilder<boolean>) =>
  statement<{ user_sid: string; conversation_sid: string }, ParticipantRow>((db, p) =>
    db
      .selectFrom('participants')
      .select(participantColumns)
      .where('user_sid', '=', p('user_sid'))
      .where('conversation_sid', '=', p('conversation_sid'))
      .where(state),
  )
const isIn = conversationsOf(isLive)
const wasIn = conversationsOf(isGone)
const seatsNow = seatsOf(isLive)
const seatsOnce = seatsOf(isGone)

/** Messages without a participant are found by their author. */
const isTheirs = (p: Bound, dialect: Dialect) =>
  sql<boolean>`(participant_sid in (${textsIn(p('participant_sids'), dialect)}) or (author = ${p('identity')} and participant_sid is not null))`

const inRange = (db: Kysely<Schema>, p: Parameters<Range & { conversation_sid: string }>) =>
  db
    .selectFrom('messages')
    .select(messageColumns)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where(isLive)
    .where('position', '>=', p('from'))
    .where('position', '<', p('to'))
    .orderBy('position')

const written = statement<Named & Range & { limit: number }, MessageRow>((db, p, dialect) =>
  inRange(db, p)
    .where(isTheirs(p, dialect))
    .limit(p('limit') as never),
)
const edited = statement<{ conversation_sid: string; identity: string } & Range, MessageRow>((db, p) =>
  inRange(db, p).where('last_updated_by', '=', p('identity')),
)
const writtenInName = statement<After & { chat_service_sid: string; identity: string }, MessageRow>((db, p) =>
  db
    .selectFrom('messages')
    .select(messageColumns)
    .where('chat_service_sid', '=', p('chat_service_sid'))
    .where('author', '=', p('identity'))
    .where(sql<boolean>`participant_sid is null and author <> 'system'`)
    .where('sid', '>', p('after'))
    .orderBy('sid')
    .limit(p('limit') as never),
)
const nextChange = statement<{ conversation_sid: string; from: number }, { event_id: number }>((db, p) =>
  db
    .selectFrom('messages')
    .select('event_id')
    .where('conversation_sid', '=', p('conversation_sid'))
    .where(sql<boolean>`event_id <> created_event_id`)
    .where('event_id', '>=', p('from'))
    .orderBy('event_id')
    .limit(1),
)
const uploads = statement<After & { user_sid: string }, MediaRow>((db, p) =>
  db
    .selectFrom('media')
    .select(mediaColumns)
    .where('user_sid', '=', p('user_sid'))
    .where('sid', '>', p('after'))
    .orderBy('sid')
    .limit(p('limit') as never),
)
const created = statement<{ chat_service_sid: string; identity: string; limit: number }, ConversationRow>((db, p) =>
  db
    .selectFrom('conversations')
    .select(conversationColumns)
    .where('chat_service_sid', '=', p('chat_service_sid'))
    .where('created_by', '=', p('identity'))
    .orderBy('sid')
    .limit(p('limit') as never),
)

const nobody = { author: '', participant_sid: null, last_updated_by: null }
const forgetAuthor = statement<{ sid: string }, unknown>((db, p) => db.updateTable('messages').set(nobody).where('sid', '=', p('sid')))
const forgetTombstones = statement<Named & Range, unknown>((db, p, dialect) =>
  db
    .updateTable('messages')
    .set(nobody)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where(isGone)
    .where(sql<boolean>`event_id <> created_event_id`)
    .where('event_id', '>=', p('from'))
    .where('event_id', '<', p('to'))
    .where(sql<boolean>`(${isTheirs(p, dialect)} or last_updated_by = ${p('identity')})`),
)
const forgetSeats = statement<{ user_sid: string; conversation_sid: string }, unknown>((db, p) =>
  db
    .updateTable('participants')
    .set({
      identity: null,
      user_sid: null,
      attributes: '{}',
      address: null,
      proxy_address: null,
      projected_address: null,
      binding_name: null,
    })
    .where('user_sid', '=', p('user_sid'))
    .where('conversation_sid', '=', p('conversation_sid'))
    .where(isGone),
)
const forgetUploads = statement<{ user_sid: string; now: number; limit: number }, { sid: string }>((db, p) =>
  db
    .updateTable('media')
    .set({ user_sid: null, author: '', filename: null, expires_at: p('now') })
    .where('sid', 'in', (inner) =>
      inner
        .selectFrom('media')
        .select('sid')
        .where('user_sid', '=', p('user_sid'))
        .limit(p('limit') as never),
    )
    .returning('sid'),
)

const forgetPushes = statement<{ chat_service_sid: string; identity: string; limit: number }, { sid: string }>((db, p) =>
  db
    .deleteFrom('pushes')
    .where('sid', 'in', (inner) =>
      inner
        .selectFrom('pushes')
        .select('sid')
        .where('chat_service_sid', '=', p('chat_service_sid'))
        .where('identity', '=', p('identity'))
        .limit(p('limit') as never),
    )
    .returning('sid'),
)
const forgetPushesOf = statement<{ message_sid: string }, { sid: string }>((db, p) =>
  db.deleteFrom('pushes').where('message_sid', '=', p('message_sid')).returning('sid'),
)
const containing = (dialect: Dialect) => sql.raw(dialect === 'postgres' ? 'strpos' : 'instr')
/** What was pushed to others names them as its author, where payloads are kept. */
const forgetPushesBy = statement<{ chat_service_sid: string; author: string; limit: number }, { sid: string }>((db, p, dialect) =>
  db
    .deleteFrom('pushes')
    .where('sid', 'in', (inner) =>
      inner
        .selectFrom('pushes')
        .select('sid')
        .where('chat_service_sid', '=', p('chat_service_sid'))
        .where(sql<boolean>`${containing(dialect)}(payload, ${p('author')}) > 0`)
        .limit(p('limit') as never),
    )
    .returning('sid'),
)
/** Jobs that wait find nobody, and end; the dead ones would stay. */
const deadJobsNaming = statement<{ account_sid: string; kinds: string; user_sid: string; limit: number }, { sid: string }>(
  (db, p, dialect) =>
    db
      .selectFrom('jobs')
      .select('sid')
      .where('account_sid', '=', p('account_sid'))
      .where('state', '=', sql.lit('dead'))
      .where(sql<boolean>`kind in (${textsIn(p('kinds'), dialect)})`)
      .where(sql<boolean>`${containing(dialect)}(payload, ${p('user_sid')}) > 0`)
      .limit(p('limit') as never),
)

/** What was given up of conversations of a service that were to be filled, and names somebody. Its lane is the kind and the conversation. */
const deadAssembliesNaming = statement<
  { account_sid: string; chat_service_sid: string; kind: string; name: string; limit: number },
  JobRow
>((db, p, dialect) =>
  db
    .selectFrom('jobs')
    .select(jobColumns)
    .where('account_sid', '=', p('account_sid'))
    .where('state', '=', sql.lit('dead'))
    .where('kind', '=', p('kind'))
    .where(sql<boolean>`${containing(dialect)}(payload, ${p('name')}) > 0`)
    .where((where) =>
      where.exists(
        where
          .selectFrom('conversations')
          .select('conversations.sid')
          .where('conversations.sid', '=', sql<string>`substr(jobs.lane, length(jobs.kind) + 2)`)
          .where('conversations.chat_service_sid', '=', p('chat_service_sid')),
      ),
    )
    .limit(p('limit') as never),
)
const rewrite = statement<{ position: number; payload: string }, unknown>((db, p) =>
  db
    .updateTable('jobs')
    .set({ payload: p('payload') })
    .where('position', '=', p('position')),
)

const named = ({ participant_sids, ...voice }: Voice): Named => ({ ...voice, participant_sids: JSON.stringify(participant_sids) })

export const personalDataReader = (db: Database) => ({
  /** Conversations that a user is in, or has been in, by their SIDs. */
  async conversationsOf(user_sid: string, after: string, limit: number): Promise<string[]> {
    const rows = [...(await db.all(isIn, { user_sid, after, limit })), ...(await db.all(wasIn, { user_sid, after, limit }))]
    return [...new Set(rows.map(({ conversation_sid }) => conversation_sid))].sort().slice(0, limit)
  },

  /** Who a user is, and has been, in a conversation. */
  async seats(user_sid: string, conversation_sid: string): Promise<ParticipantRow[]> {
    return [...(await db.all(seatsNow, { user_sid, conversation_sid })), ...(await db.all(seatsOnce, { user_sid, conversation_sid }))]
  },

  /** Messages of a range that somebody has written while they took part; so many at most. */
  written: (voice: Voice, range: Range, limit: number): Promise<MessageRow[]> => db.all(written, { ...named(voice), ...range, limit }),
  /** Messages of a range that somebody has changed last. */
  edited: ({ conversation_sid, identity }: Voice, range: Range): Promise<MessageRow[]> =>
    db.all(edited, { conversation_sid, identity, ...range }),
  /** The next event, from an id on, that changed a message or took it away: between two there may be a great many that are none. */
  nextChange: async (conversation_sid: string, from: number): Promise<number | undefined> =>
    (await db.get(nextChange, { conversation_sid, from }))?.event_id,
  /** Messages of a service in the name of somebody who took no part in the conversation, tombstones included. */
  writtenInName: (chat_service_sid: string, identity: string, after: string, limit: number): Promise<MessageRow[]> =>
    db.all(writtenInName, { chat_service_sid, identity, after, limit }),
  /** Files that a user has uploaded. */
  uploads: (user_sid: string, after: string, limit: number): Promise<MediaRow[]> => db.all(uploads, { user_sid, after, limit }),
  /** Conversations of a service that somebody has made. */
  created: (chat_service_sid: string, identity: string, limit: number): Promise<ConversationRow[]> =>
    db.all(created, { chat_service_sid, identity, limit }),
})

export const personalDataWriter = (tx: Transaction) => ({
  /** Takes the author off a message that nobody reads any more. */
  forgetAuthor: (sid: string): Promise<void> => tx.run(forgetAuthor, { sid }),
  /** Takes somebody off the tombstones that events of this range have left. */
  forgetTombstones: (voice: Voice, range: Range): Promise<void> => tx.run(forgetTombstones, { ...named(voice), ...range }),
  /** Leaves nothing of a user in a conversation that they have left, but that somebody was there. */
  forgetSeats: (user_sid: string, conversation_sid: string): Promise<void> => tx.run(forgetSeats, { user_sid, conversation_sid }),
  /** Takes pushes to somebody out of the log. @returns how many */
  forgetPushes: async (chat_service_sid: string, identity: string, limit: number): Promise<number> =>
    withdrawJobsOf(tx, await tx.all(forgetPushes, { chat_service_sid, identity, limit })),
  /** Takes pushes to others that say that somebody did something out of the log. @returns how many */
  forgetPushesBy: async (chat_service_sid: string, identity: string, limit: number): Promise<number> =>
    withdrawJobsOf(tx, await tx.all(forgetPushesBy, { chat_service_sid, author: `"author":${JSON.stringify(identity)}`, limit })),
  /** Takes dead jobs of some kinds away that name a user. @returns how many */
  async forgetDeadJobs(account_sid: string, kinds: readonly string[], user_sid: string, limit: number): Promise<number> {
    const found = await tx.all(deadJobsNaming, { account_sid, kinds: JSON.stringify(kinds), user_sid, limit })
    if (found.length > 0) await jobWriter(tx).withdraw(found.map(({ sid }) => sid))
    return found.length
  },
  /** Jobs that were given up, and were to fill conversations of a service with somebody; `kind` is that of such jobs. */
  deadAssemblies: (of: {
    account_sid: string
    chat_service_sid: string
    kind: string
    identity: string
    limit: number
  }): Promise<JobRow[]> => {
    const { identity, ...rest } = of
    return tx.all(deadAssembliesNaming, { ...rest, name: `"identity":${JSON.stringify(identity)}` })
  },
  /** Says otherwise what a job is to do. */
  rewriteJob: ({ position }: Pick<JobRow, 'position'>, payload: string): Promise<void> => tx.run(rewrite, { position, payload }),
  /** Takes what was pushed of a message out of the log: its words stand there. */
  forgetPushesOf: async (message_sid: string): Promise<void> => {
    await withdrawJobsOf(tx, await tx.all(forgetPushesOf, { message_sid }))
  },
  /** Lets go of files of a user: from now on they are collected. @returns how many */
  forgetUploads: async (user_sid: string, now: number, limit: number): Promise<number> =>
    (await tx.all(forgetUploads, { user_sid, now, limit })).length,
  ...personalDataReader(tx),
})
