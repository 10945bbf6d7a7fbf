import { sql } from 'kysely'
import { participantColumns } from './columns.ts'
import type { ParticipantRow } from './schema.ts'
import { type Database, statement } from './statement.ts'

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

/** Whose seat, where: a user of the service, or whoever has this identity or address in the conversation. */
export interface SeatRequest {
  conversation_sid: string
  seat: { user_sid: string } | { author: string }
}

type Permissions = Omit<Seat, 'participant'>
/** A seat as a row: the participant's columns, which are null without one, and the permissions behind them. */
type SeatRow = { [C in keyof ParticipantRow]: ParticipantRow[C] | null } & Permissions

const participantOf = sql.join(participantColumns.map((name) => sql.ref(`participants.${name}`)))

/** The seat of a user; no row for a user who does not exist. */
export const seatOfUser = statement<{ conversation_sid: string; user_sid: string }, SeatRow>((db, p) => ({
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
export const participantByAuthor = statement<{ conversation_sid: string; author: string }, ParticipantRow>((db, p) => ({
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

interface Asked {
  conversation_sids: string[]
  names: string[]
}

const askedOnPostgres = (p: <K extends keyof Asked>(name: K) => ReturnType<typeof sql<Asked[K]>>) =>
  sql`unnest(${p('conversation_sids')}::text[], ${p('names')}::text[]) with ordinality as asked(conversation_sid, name, turn)`

const seatsOfUsers = statement<Asked, SeatRow & { turn: number }>((db, p) => ({
  compile: () =>
    sql<SeatRow & { turn: number }>`select asked.turn, ${participantOf},
      conversation_role.permissions as conversation_permissions, service_role.permissions as service_permissions
    from ${askedOnPostgres(p)}
    join users on users.sid = asked.name
    join roles as service_role on service_role.sid = users.role_sid
    left join participants on participants.conversation_sid = asked.conversation_sid
      and participants.user_sid = users.sid and participants.removed_at is null
    left join roles as conversation_role on conversation_role.sid = participants.role_sid`.compile(db),
}))

const participantsByAuthors = statement<Asked, ParticipantRow & { turn: number }>((db, p) => ({
  compile: () =>
    sql<ParticipantRow & { turn: number }>`select asked.turn, found.* from ${askedOnPostgres(p)}
    join lateral (
      select * from (
        select ${participantOf} from participants
        where conversation_sid = asked.conversation_sid and identity = asked.name and removed_at is null
      ) as by_identity union all select * from (
        select ${participantOf} from participants
        where chat_service_sid = (select chat_service_sid from conversations where conversations.sid = asked.conversation_sid)
          and address = asked.name and conversation_sid = asked.conversation_sid and removed_at is null
        order by sid limit 1
      ) as by_address limit 1
    ) as found on true`.compile(db),
}))

/** A participant from a row that holds more. */
function participantIn(row: SeatRow | ParticipantRow): ParticipantRow {
  const participant = {} as Record<string, unknown>
  for (const name of participantColumns) participant[name] = row[name]
  return participant as unknown as ParticipantRow
}

export const seatOfRow = (row: SeatRow): Seat => ({
  participant: row.sid === null ? undefined : participantIn(row),
  conversation_permissions: row.conversation_permissions,
  service_permissions: row.service_permissions,
})

/** Whoever speaks by identity or address is bound by no role. */
export const seatOfParticipant = (participant: ParticipantRow): Seat => ({
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

/** The seats of many at once, in the order asked: on PostgreSQL every statement is a journey. */
export async function findSeatsOnPostgres(db: Database, requests: readonly SeatRequest[]): Promise<(Seat | undefined)[]> {
  const seats = new Array<Seat | undefined>(requests.length).fill(undefined)
  const users = { conversation_sids: [] as string[], names: [] as string[], places: [] as number[] }
  const authors = { conversation_sids: [] as string[], names: [] as string[], places: [] as number[] }
  for (const [place, { conversation_sid, seat }] of requests.entries()) {
    const asked = 'user_sid' in seat ? users : authors
    asked.conversation_sids.push(conversation_sid)
    asked.names.push('user_sid' in seat ? seat.user_sid : seat.author)
    asked.places.push(place)
  }
  if (users.places.length > 0)
    for (const row of await db.all(seatsOfUsers, users)) seats[users.places[row.turn - 1] as number] = seatOfRow(row)
  if (authors.places.length > 0)
    for (const row of await db.all(participantsByAuthors, authors))
      seats[authors.places[row.turn - 1] as number] = seatOfParticipant(participantIn(row))
  return seats
}
