import { sql } from 'kysely'
import type { ParticipantRow } from './schema.ts'
import { type Database, type Statement, statement } from './statement.ts'

/**
 * Somebody's seat in a conversation: the participant they are there, if they are, and what their roles allow, as JSON arrays of permission
 * names.
 */
export interface Seat {
  participant: ParticipantRow | undefined
  /** Of the role in the conversation; null without one. */
  conversation_permissions: string | null
  /** Of the user's role in the service; null for somebody who is no user. */
  service_permissions: string | null
}

interface SeatRow extends Partial<ParticipantRow> {
  conversation_permissions: string | null
  service_permissions: string | null
}

const toSeat = ({ conversation_permissions, service_permissions, ...participant }: SeatRow): Seat => ({
  participant: participant.sid ? (participant as ParticipantRow) : undefined,
  conversation_permissions,
  service_permissions,
})

const ofUser = statement<{ conversation_sid: string; user_sid: string }, SeatRow>((db, p) =>
  db
    .selectFrom('users')
    .innerJoin('roles as service_role', 'service_role.sid', 'users.role_sid')
    .leftJoin('participants', (join) =>
      join
        .on('participants.conversation_sid', '=', p('conversation_sid'))
        .onRef('participants.user_sid', '=', 'users.sid')
        .on('participants.removed_at', 'is', null),
    )
    .leftJoin('roles as conversation_role', 'conversation_role.sid', 'participants.role_sid')
    .selectAll('participants')
    .select(['conversation_role.permissions as conversation_permissions', 'service_role.permissions as service_permissions'])
    .where('users.sid', '=', p('user_sid')),
)

const ofAuthor = statement<{ conversation_sid: string; author: string }, ParticipantRow>((db, p) =>
  db
    .selectFrom('participants')
    .selectAll()
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('removed_at', 'is', null)
    .where((where) => where.or([where('identity', '=', p('author')), where('address', '=', p('author'))]))
    .orderBy('sid')
    .limit(1),
)

const ofUsersOnPostgres = statement<{ conversation_sids: string[]; user_sids: string[] }, SeatRow & { asked: number }>((db, p) => ({
  compile: () =>
    sql<SeatRow & { asked: number }>`select asked.at as asked, participants.*,
      conversation_role.permissions as conversation_permissions, service_role.permissions as service_permissions
    from unnest(${p('conversation_sids')}::text[], ${p('user_sids')}::text[]) with ordinality as asked(conversation_sid, user_sid, at)
    join users on users.sid = asked.user_sid
    join roles service_role on service_role.sid = users.role_sid
    left join participants on participants.conversation_sid = asked.conversation_sid
      and participants.user_sid = users.sid and participants.removed_at is null
    left join roles conversation_role on conversation_role.sid = participants.role_sid`.compile(db),
}))

/** Whose seat, where. */
export interface SeatRequest {
  conversation_sid: string
  seat: { user_sid: string } | { author: string }
}

export const seatReader = (db: Database) => {
  const find = async ({ conversation_sid, seat }: SeatRequest): Promise<Seat | undefined> => {
    if ('user_sid' in seat) {
      const row = await db.get(ofUser, { conversation_sid, user_sid: seat.user_sid })
      return row && toSeat(row)
    }
    const participant = await db.get(ofAuthor as Statement<{ conversation_sid: string; author: string }, ParticipantRow>, {
      conversation_sid,
      author: seat.author,
    })
    return participant && { participant, conversation_permissions: null, service_permissions: null }
  }

  return {
    /** The seat, or `undefined` when the user does not exist, or no participant has this identity or address. */
    find,

    /** The same for many at once: one statement on PostgreSQL, where every statement is a journey. Each user is asked once. */
    async findMany(requests: readonly SeatRequest[]): Promise<(Seat | undefined)[]> {
      const known = new Map<string, Seat | undefined>()
      const keyOf = ({ conversation_sid, seat }: SeatRequest) =>
        'user_sid' in seat ? `${conversation_sid} ${seat.user_sid}` : `${conversation_sid} author ${seat.author}`
      const distinct = [...new Map(requests.map((request) => [keyOf(request), request]))]
      if (db.dialect === 'postgres') {
        const users = distinct.filter(([, request]) => 'user_sid' in request.seat)
        const rows = await db.all(ofUsersOnPostgres, {
          conversation_sids: users.map(([, request]) => request.conversation_sid),
          user_sids: users.map(([, { seat }]) => ('user_sid' in seat ? seat.user_sid : '')),
        })
        for (const [key] of users) known.set(key, undefined)
        for (const { asked, ...row } of rows) known.set((users[asked - 1] as [string, SeatRequest])[0], toSeat(row))
      }
      for (const [key, request] of distinct) if (!known.has(key)) known.set(key, await find(request))
      return requests.map((request) => known.get(keyOf(request)))
    },
  }
}
