import { type Kysely, sql } from 'kysely'
import { columnsFrom, conversationColumns, messageColumns, participantColumns, without } from './columns.ts'
import type { ConversationRow, MessageRow, ParticipantRow, Schema } from './schema.ts'
import { atMost, type Database, type Dialect, type Parameters, statement } from './statement.ts'

/**
 * A user's own conversations as a list: the latest activity first, each with its last message and what is unread in it. All of it is read with a
 * fixed number of statements, however long the list is.
 */
export interface ListedRow {
  participant: ParticipantRow
  conversation: ConversationRow
  last_message: MessageRow | undefined
  /** Messages of others that the user has not read, up to the limit. */
  unread_messages_count: number
}

/** A place in the list: the instant of the last activity, and the conversation's SID. */
export interface ListCursor {
  activity: number
  sid: string
}

export const startOfList: ListCursor = { activity: Number.MAX_SAFE_INTEGER, sid: 'ZZ' }

/** Where each object of one of the user's conversations stands. */
export type ListPosition = Pick<ConversationRow, 'sid' | 'document_event_id' | 'messages_event_id' | 'roster_event_id'>

const activity = sql<number>`coalesce(conversations.last_message_date, conversations.date_created)`

const among = <P extends { sids: string }>(p: Parameters<P>, dialect: Dialect) => {
  const sids = p('sids')
  return dialect === 'postgres'
    ? sql<boolean>`participants.conversation_sid in (select json_array_elements_text(${sids}::json))`
    : sql<boolean>`participants.conversation_sid in (select value from json_each(${sids}))`
}

// That keys are not empty goes without saying; said, it leads SQLite to the indexes that know no tombstones.
const own = (db: Kysely<Schema>, user_sid: ReturnType<Parameters<{ user_sid: string }>>) =>
  db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
    .where('participants.user_sid', '=', user_sid as never)
    .where('participants.removed_at', 'is', null)
    .where(sql<boolean>`participants.conversation_sid > ''`)

const page = statement<{ user_sid: string; activity: number; sid: string; limit: number }, ListCursor>((db, p) =>
  own(db, p('user_sid'))
    .select(['conversations.sid', activity.as('activity')])
    .where(sql<boolean>`(${activity}, conversations.sid) < (${p('activity')}, ${p('sid')})`)
    .orderBy(activity, 'desc')
    .orderBy('conversations.sid', 'desc')
    .limit(p('limit') as never),
)

const conversationOthers = without(conversationColumns, 'sid')

/** A row of three tables: the participant's columns, the conversation's as `c_…`, the last message's as `m_…`. */
type Wide = ParticipantRow & { unread: number; m_sid: string | null } & Record<string, unknown>

const listed = statement<{ user_sid: string; sids: string; unread_limit: number }, Wide>(
  (db, p, dialect) =>
    own(db, p('user_sid'))
      .leftJoin('messages as last', (join) =>
        join
          .onRef('last.conversation_sid', '=', 'conversations.sid')
          .onRef('last.position', '=', 'conversations.last_message_index')
          .on('last.removed_at', 'is', null),
      )
      .where(among(p, dialect))
      .select(participantColumns.map((name) => `participants.${name}` as const))
      .select(conversationOthers.map((name) => `conversations.${name} as c_${name}` as const))
      .select(messageColumns.map((name) => `last.${name} as m_${name}` as const))
      .select(
        sql<number>`(select count(*) from (
          select 1 from messages
          where messages.conversation_sid = conversations.sid
            and messages.position > coalesce(participants.last_read_message_index, -1)
            and messages.removed_at is null
            and messages.author <> participants.identity
          limit ${atMost(p('unread_limit'))}
        ) as counted)`.as('unread'),
      ) as never,
)

const rosters = statement<{ user_sid: string; sids: string; most: number }, ParticipantRow>((db, p, dialect) =>
  db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
    .innerJoin('participants as me', 'me.conversation_sid', 'participants.conversation_sid')
    .select(participantColumns.map((name) => `participants.${name}` as const))
    .where(among(p, dialect))
    .where('participants.removed_at', 'is', null)
    .where(sql<boolean>`participants.sid > ''`)
    .where('me.user_sid', '=', p('user_sid'))
    .where('me.removed_at', 'is', null)
    .where('conversations.participants_count', '<=', p('most'))
    .orderBy('participants.conversation_sid')
    .orderBy('participants.sid'),
)

const positions = statement<{ user_sid: string }, ListPosition>((db, p) =>
  own(db, p('user_sid')).select([
    'conversations.sid',
    'conversations.document_event_id',
    'conversations.messages_event_id',
    'conversations.roster_event_id',
  ]),
)

/** Whether a participant has not read some message of another. */
export const hasUnread = sql<boolean>`exists (
  select 1 from messages
  where messages.conversation_sid = participants.conversation_sid
    and messages.position > coalesce(participants.last_read_message_index, -1)
    and messages.removed_at is null
    and messages.author <> participants.identity
)`

const unread = statement<{ user_sid: string; most: number }, { count: number }>((db, p) => ({
  compile: () =>
    sql<{ count: number }>`select count(*) as count from (
      select 1 from participants
      join conversations on conversations.sid = participants.conversation_sid
      where participants.user_sid = ${p('user_sid')} and participants.removed_at is null and participants.conversation_sid > ''
        and conversations.last_message_index > coalesce(participants.last_read_message_index, -1)
        and ${hasUnread}
      limit ${atMost(p('most'))}
    ) as unread`.compile(db),
}))

const participantIn = columnsFrom<ParticipantRow>(participantColumns)
const conversationIn = columnsFrom<ConversationRow>(conversationColumns, 'c_')
const messageIn = columnsFrom<MessageRow>(messageColumns, 'm_')

function toListed(row: Wide): ListedRow {
  const conversation = conversationIn(row)
  conversation.sid = row.conversation_sid
  return {
    participant: participantIn(row),
    conversation,
    last_message: row.m_sid === null ? undefined : messageIn(row),
    unread_messages_count: row.unread,
  }
}

export const conversationListReader = (db: Database) => ({
  /** The SIDs of a page behind a place in the list, in its order. */
  page: (user_sid: string, after: ListCursor, limit: number): Promise<ListCursor[]> => db.all(page, { user_sid, ...after, limit }),

  /** Those of these conversations that are the user's own, in no order. */
  async listed(user_sid: string, sids: readonly string[], unread_limit: number): Promise<ListedRow[]> {
    return (await db.all(listed, { user_sid, sids: JSON.stringify(sids), unread_limit })).map(toListed)
  },

  /** Everybody who takes part in those of these conversations that are the user's own and have at most `most` participants. */
  rosters: (user_sid: string, sids: readonly string[], most: number): Promise<ParticipantRow[]> =>
    db.all(rosters, { user_sid, sids: JSON.stringify(sids), most }),

  /** Of the user's conversations those with messages of others that the user has not read, counted up to `most`. */
  countUnread: async (user_sid: string, most: number): Promise<number> => (await db.get(unread, { user_sid, most }))?.count ?? 0,

  /** Where all of the user's conversations stand. */
  positions: (user_sid: string): Promise<ListPosition[]> => db.all(positions, { user_sid }),
})
