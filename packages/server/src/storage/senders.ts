import { sql } from 'kysely'
import type { SeatPermissions, SeatRequest } from './seats.ts'
import { type Database, statement } from './statement.ts'

/** What sending a message asks of a seat: on the hot path, the participant's SID and permissions are all that is read. */
export interface Sender extends SeatPermissions {
  /** Null for a user who takes no part. */
  participant_sid: string | null
}

/** A user as sender; no row for a user who does not exist. */
export const senderOfUser = statement<{ conversation_sid: string; user_sid: string }, Sender>((db, p) => ({
  compile: () =>
    sql<Sender>`select participants.sid as participant_sid,
      conversation_role.permissions as conversation_permissions, service_role.permissions as service_permissions
    from users
    join roles as service_role on service_role.sid = users.role_sid
    left join participants on participants.conversation_sid = ${p('conversation_sid')}
      and participants.user_sid = users.sid and participants.removed_at is null
    left join roles as conversation_role on conversation_role.sid = participants.role_sid
    where users.sid = ${p('user_sid')}`.compile(db),
}))

/** The participant with this identity, else the first with this address, who is bound by no role. Identities and addresses have an index each. */
export const senderByAuthor = statement<{ conversation_sid: string; author: string }, Sender>((db, p) => ({
  compile: () =>
    sql<Sender>`select sid as participant_sid, null as conversation_permissions, null as service_permissions from (
      select sid from participants
      where conversation_sid = ${p('conversation_sid')} and identity = ${p('author')} and removed_at is null
    ) as by_identity union all select sid, null, null from (
      select sid from participants
      where chat_service_sid = (select chat_service_sid from conversations where sid = ${p('conversation_sid')})
        and address = ${p('author')} and conversation_sid = ${p('conversation_sid')} and removed_at is null
      order by sid limit 1
    ) as by_address limit 1`.compile(db),
}))

interface Asked {
  conversation_sids: string[]
  names: string[]
}

const asked = (p: <K extends keyof Asked>(name: K) => ReturnType<typeof sql<Asked[K]>>) =>
  sql`unnest(${p('conversation_sids')}::text[], ${p('names')}::text[]) with ordinality as asked(conversation_sid, name, turn)`

const sendersOfUsers = statement<Asked, Sender & { turn: number }>((db, p) => ({
  compile: () =>
    sql<Sender & { turn: number }>`select asked.turn, participants.sid as participant_sid,
      conversation_role.permissions as conversation_permissions, service_role.permissions as service_permissions
    from ${asked(p)}
    join users on users.sid = asked.name
    join roles as service_role on service_role.sid = users.role_sid
    left join participants on participants.conversation_sid = asked.conversation_sid
      and participants.user_sid = users.sid and participants.removed_at is null
    left join roles as conversation_role on conversation_role.sid = participants.role_sid`.compile(db),
}))

const sendersByAuthors = statement<Asked, { participant_sid: string; turn: number }>((db, p) => ({
  compile: () =>
    sql<{ participant_sid: string; turn: number }>`select asked.turn, found.sid as participant_sid from ${asked(p)}
    join lateral (
      select sid from (
        select sid from participants
        where conversation_sid = asked.conversation_sid and identity = asked.name and removed_at is null
      ) as by_identity union all select sid from (
        select sid from participants
        where chat_service_sid = (select chat_service_sid from conversations where conversations.sid = asked.conversation_sid)
          and address = asked.name and conversation_sid = asked.conversation_sid and removed_at is null
        order by sid limit 1
      ) as by_address limit 1
    ) as found on true`.compile(db),
}))

/** The senders of many messages at once, in the order asked: on PostgreSQL every statement is a journey. */
export async function findSendersOnPostgres(db: Database, requests: readonly SeatRequest[]): Promise<(Sender | undefined)[]> {
  const senders = new Array<Sender | undefined>(requests.length).fill(undefined)
  const users = { conversation_sids: [] as string[], names: [] as string[], places: [] as number[] }
  const authors = { conversation_sids: [] as string[], names: [] as string[], places: [] as number[] }
  for (const [place, { conversation_sid, seat }] of requests.entries()) {
    const group = 'user_sid' in seat ? users : authors
    group.conversation_sids.push(conversation_sid)
    group.names.push('user_sid' in seat ? seat.user_sid : seat.author)
    group.places.push(place)
  }
  if (users.places.length > 0)
    for (const { turn, ...sender } of await db.all(sendersOfUsers, users)) senders[users.places[turn - 1] as number] = sender
  if (authors.places.length > 0)
    for (const { turn, participant_sid } of await db.all(sendersByAuthors, authors))
      senders[authors.places[turn - 1] as number] = { participant_sid, conversation_permissions: null, service_permissions: null }
  return senders
}
