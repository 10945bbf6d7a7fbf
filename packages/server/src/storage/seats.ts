import { sql } from 'kysely'
import { participantColumns } from './columns.ts'
import type { ParticipantRow } from './schema.ts'
import { type Database, keptStatement, statement } from './statement.ts'

/**
 * Somebody's seat in a conversation: the participant they are there, if they are, and what their roles allow, as JSON arrays of permission
 * names.
 */
export interface Seat extends SeatPermissions {
  participant: ParticipantRow | undefined
}

/** What the roles of a seat allow. */
export interface SeatPermissions {
  /** Of the role in the conversation; null without one. */
  conversation_permissions: string | null
  /** Of the user's role in the service; null for somebody who is no user. */
  service_permissions: string | null
}

/** Whose seat, where: a user of the service, or whoever has this identity or address in the conversation. */
export interface SeatRequest {
  conversation_sid: string
  seat: { user_sid: string } | { author: string }
}

/** A seat as a row: the participant's columns, which are null without one, and the permissions behind them. */
type SeatRow = { [C in keyof ParticipantRow]: ParticipantRow[C] | null } & SeatPermissions

const participantOf = sql.join(participantColumns.map((name) => sql.ref(`participants.${name}`)))

/** The seat of a user; no row for a user who does not exist. */
const seatOfUser = keptStatement<{ conversation_sid: string; user_sid: string }, SeatRow>((db, p) => ({
  compile: () =>
    sql<SeatRow>`select ${participantOf},
      conversation_role.permissions as conversation_permissions, service_role.permissions as service_permissions
    from users
    join roles as service_role on service_role.sid = users.role_sid
    left join participants on participants.conversation_sid = ${p('conversation_sid')}
      and participants.user_sid = users.sid and participants.removed_at is null
    left join roles as conversation_role on conversation_role.sid = participants.role_sid
    where users.sid = ${p('user_sid')}`.compile(db),
}))

/** The participant with this identity, else the first with this address. Identities and addresses have an index each. */
const participantByAuthor = statement<{ conversation_sid: string; author: string }, ParticipantRow>((db, p) => ({
  compile: () =>
    sql<ParticipantRow>`select * from (
      select ${participantOf} from participants
      where conversation_sid = ${p('conversation_sid')} and identity = ${p('author')} and removed_at is null
    ) as by_identity union all select * from (
      select ${participantOf} from participants
      where chat_service_sid = (select chat_service_sid from conversations where sid = ${p('conversation_sid')})
        and address = ${p('author')} and conversation_sid = ${p('conversation_sid')} and removed_at is null
      order by sid limit 1
    ) as by_address limit 1`.compile(db),
}))

const seatOfRow = (row: SeatRow): Seat => ({
  // The row itself: to copy it would cost more than to read it.
  participant: row.sid === null ? undefined : (row as ParticipantRow & SeatPermissions),
  conversation_permissions: row.conversation_permissions,
  service_permissions: row.service_permissions,
})

/** Whoever speaks by identity or address is bound by no role. */
const seatOfParticipant = (participant: ParticipantRow): Seat => ({
  participant,
  conversation_permissions: null,
  service_permissions: null,
})

export const seatReader = (db: Database) => ({
  /** The seat, or `undefined` when the user does not exist, or no participant has this identity or address. */
  async find({ conversation_sid, seat }: SeatRequest): Promise<Seat | undefined> {
    if ('user_sid' in seat) {
      const row = await db.get(seatOfUser, { conversation_sid, user_sid: seat.user_sid })
      return row && seatOfRow(row)
    }
    const participant = await db.get(participantByAuthor, { conversation_sid, author: seat.author })
    return participant && seatOfParticipant(participant)
  },
})
