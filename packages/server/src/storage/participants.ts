import { type RawBuilder, sql } from 'kysely'
import { columnsFrom, conversationColumns, parametersOf, participantColumns, without } from './columns.ts'
import { LostRace } from './lost-race.ts'
import { listing } from './paging.ts'
import type { ConversationRow, RoleRow, ParticipantRow as Row } from './schema.ts'
import { type Database, keptStatement, statement, type Transaction } from './statement.ts'

const live = (db: Parameters<Parameters<typeof statement>[0]>[0]) =>
  db.selectFrom('participants').select(participantColumns).where('removed_at', 'is', null)

/** Written out, because an index over a part of the rows serves only statements that say which part. */
const isBound = sql<boolean>`bound = 1`
/** The rows of a deleted service are taken away by and by; until then they count for nothing. */
const ofLiveService = sql<boolean>`exists (select 1 from services where services.sid = participants.chat_service_sid)`

const bySid = statement<{ conversation_sid: string; sid: string }, Row>((db, p) =>
  live(db).where('sid', '=', p('sid')).where('conversation_sid', '=', p('conversation_sid')),
)
const byIdentity = statement<{ conversation_sid: string; identity: string }, Row>((db, p) =>
  live(db).where('conversation_sid', '=', p('conversation_sid')).where('identity', '=', p('identity')),
)
const byBinding = statement<{ account_sid: string; address: string; proxy_address: string }, Row>((db, p) =>
  db
    .selectFrom('participants')
    .select(participantColumns)
    .where('account_sid', '=', p('account_sid'))
    .where('address', '=', p('address'))
    .where('proxy_address', '=', p('proxy_address'))
    .where(isBound)
    .where(ofLiveService),
)
const releaseOrphanedBinding = statement<{ account_sid: string; address: string; proxy_address: string }, unknown>((db, p) =>
  db
    .updateTable('participants')
    .set({ bound: 0 })
    .where('account_sid', '=', p('account_sid'))
    .where('address', '=', p('address'))
    .where('proxy_address', '=', p('proxy_address'))
    .where(isBound)
    .where(sql<boolean>`not ${ofLiveService}`),
)
const byAddress = statement<{ conversation_sid: string; chat_service_sid: string; address: string }, Row>((db, p) =>
  live(db)
    .where('chat_service_sid', '=', p('chat_service_sid'))
    .where('address', '=', p('address'))
    .where('conversation_sid', '=', p('conversation_sid'))
    .limit(1),
)

const ofConversation = listing<{ conversation_sid: string }, Row>({
  select: (db, p) => live(db).where('conversation_sid', '=', p('conversation_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const all = statement<{ conversation_sid: string }, Row>((db, p) =>
  live(db).where('conversation_sid', '=', p('conversation_sid')).orderBy('sid'),
)
const countNonChat = statement<{ conversation_sid: string }, { count: number }>((db, p) =>
  db
    .selectFrom('participants')
    .select((count) => count.fn.countAll<number>().as('count'))
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('removed_at', 'is', null)
    .where('address', 'is not', null),
)

/** Those who are reached by an address, or whom one stands for. */
const reached = statement<{ conversation_sid: string }, Row>((db, p) =>
  live(db)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where((where) => where.or([where('address', 'is not', null), where('projected_address', 'is not', null)])),
)

/** A participant with the conversation they take part in. */
export interface Membership {
  participant: Row
  conversation: ConversationRow
}

/** The conversation's columns beside the participant's: `c_state` is the conversation's state. */
const joinedColumns = without(conversationColumns, 'sid')

type JoinedRow = Row & { [C in (typeof joinedColumns)[number] as `c_${C}`]: ConversationRow[C] }

const participantIn = columnsFrom<Row>(participantColumns)
const conversationIn = columnsFrom<ConversationRow>(conversationColumns, 'c_')

function toMembership(row: JoinedRow): Membership {
  const values = row as unknown as Record<string, unknown>
  const conversation = conversationIn(values)
  conversation.sid = row.conversation_sid
  return { participant: participantIn(values), conversation }
}

const joined = (db: Parameters<Parameters<typeof statement>[0]>[0]) =>
  db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
    .select(participantColumns.map((name) => `participants.${name}` as const))
    .select(joinedColumns.map((name) => `conversations.${name} as c_${name}` as const))
    .where('participants.removed_at', 'is', null)

const ofUser = listing<{ user_sid: string }, JoinedRow>({
  select: (db, p) => joined(db).where('participants.user_sid', '=', p('user_sid')) as never,
  keys: ['participants.conversation_sid'],
  order: 'asc',
  cursorOf: (row) => [row.conversation_sid],
})
const ofUserIn = statement<{ user_sid: string; conversation_sid: string }, JoinedRow>(
  (db, p) =>
    joined(db)
      .where('participants.user_sid', '=', p('user_sid'))
      .where('participants.conversation_sid', '=', p('conversation_sid')) as never,
)
const ofAddress = listing<{ chat_service_sid: string; address: string }, JoinedRow>({
  select: (db, p) =>
    joined(db).where('participants.chat_service_sid', '=', p('chat_service_sid')).where('participants.address', '=', p('address')) as never,
  keys: ['participants.conversation_sid', 'participants.sid'],
  order: 'asc',
  cursorOf: (row) => [row.conversation_sid, row.sid],
})
const countOpenOfUser = statement<{ user_sid: string }, { count: number }>((db, p) =>
  db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.sid', 'participants.conversation_sid')
    .select((count) => count.fn.countAll<number>().as('count'))
    .where('participants.user_sid', '=', p('user_sid'))
    .where('participants.removed_at', 'is', null)
    .where('conversations.state', '!=', 'closed'),
)

const mineUpwards = statement<{ user_sid: string; from: string; limit: number }, Row>((db, p) =>
  live(db)
    .where('user_sid', '=', p('user_sid'))
    .where('conversation_sid', '>=', p('from'))
    .orderBy('conversation_sid')
    .limit(p('limit') as never),
)
const mineDownwards = statement<{ user_sid: string; from: string; limit: number }, Row>((db, p) =>
  live(db)
    .where('user_sid', '=', p('user_sid'))
    .where('conversation_sid', '<=', p('from'))
    .orderBy('conversation_sid', 'desc')
    .limit(p('limit') as never),
)
const rosterUpwards = keptStatement<{ conversation_sid: string; from: string; limit: number }, Row>((db, p) =>
  live(db)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('sid', '>=', p('from'))
    .orderBy('sid')
    .limit(p('limit') as never),
)
const rosterDownwards = statement<{ conversation_sid: string; from: string; limit: number }, Row>((db, p) =>
  live(db)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('sid', '<=', p('from'))
    .orderBy('sid', 'desc')
    .limit(p('limit') as never),
)

const rosterChanged = keptStatement<{ conversation_sid: string; after: number }, Row>((db, p) =>
  db
    .selectFrom('participants')
    .select(participantColumns)
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('event_id', '>', p('after'))
    .orderBy('event_id'),
)
const mineChanged = statement<{ user_sid: string; after: number }, Row>((db, p) =>
  db
    .selectFrom('participants')
    .select(participantColumns)
    .where('user_sid', '=', p('user_sid'))
    .where('mine_event_id', '>', p('after'))
    .orderBy('mine_event_id'),
)

const insert = statement<Row, unknown>((db, p) => db.insertInto('participants').values(parametersOf(participantColumns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('participants')
    .set(
      parametersOf(
        without(participantColumns, 'sid', 'account_sid', 'chat_service_sid', 'conversation_sid', 'address', 'created_event_id'),
        p,
      ),
    )
    .where('sid', '=', p('sid')),
)
const countRoster = statement<Pick<ConversationRow, 'sid' | 'roster_event_id' | 'participants_count'>, unknown>((db, p) =>
  db
    .updateTable('conversations')
    .set({ roster_event_id: p('roster_event_id'), participants_count: p('participants_count') })
    .where('sid', '=', p('sid')),
)
const countMine = statement<{ user_sid: string }, { conversations_event_id: number }>((db, p) =>
  db
    .updateTable('users')
    .set((row) => ({ conversations_event_id: row('conversations_event_id', '+', 1) }))
    .where('sid', '=', p('user_sid'))
    .returning('conversations_event_id'),
)

/** Users who take part in a conversation. */
const usersOf = (conversation_sid: RawBuilder<string>) =>
  sql`select user_sid from participants where conversation_sid = ${conversation_sid} and removed_at is null and user_sid is not null`

const lockUsersOf = statement<{ conversation_sid: string }, unknown>((db, p) => ({
  compile: () => sql`select sid from users where sid in (${usersOf(p('conversation_sid'))}) order by sid for update`.compile(db),
}))
const countMineOfAll = statement<{ conversation_sid: string }, unknown>((db, p) => ({
  compile: () =>
    sql`update users set conversations_event_id = conversations_event_id + 1
      where sid in (${usersOf(p('conversation_sid'))})`.compile(db),
}))
const removeAll = statement<{ conversation_sid: string; now: number; roster_event_id: number }, Row>((db, p) => ({
  compile: () =>
    sql<Row>`update participants set removed_at = ${p('now')}, bound = 0, event_id = ${p('roster_event_id')} + leaving.turn,
      mine_event_id = coalesce((select conversations_event_id from users where users.sid = participants.user_sid), mine_event_id)
    from (
      select sid as leaving_sid, row_number() over (order by sid) as turn
      from participants where conversation_sid = ${p('conversation_sid')} and removed_at is null
    ) as leaving
    where participants.sid = leaving.leaving_sid
    returning ${sql.join(participantColumns.map((name) => sql.ref(name)))}`.compile(db),
}))
const releaseBindings = statement<{ conversation_sid: string }, unknown>((db, p) =>
  db
    .updateTable('participants')
    .set({ bound: 0 })
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('removed_at', 'is', null)
    .where(isBound),
)
const roleInUse = statement<{ role_sid: RoleRow['sid'] }, { sid: string }>((db, p) =>
  live(db).where('role_sid', '=', p('role_sid')).limit(1),
)

const inNow = statement<{ user_sid: string; conversation_sid: string }, { sid: string }>((db, p) =>
  db
    .selectFrom('participants')
    .select('sid')
    .where('user_sid', '=', p('user_sid'))
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('removed_at', 'is', null)
    .limit(1),
)
const inOnce = statement<{ user_sid: string; conversation_sid: string }, { sid: string }>((db, p) =>
  db
    .selectFrom('participants')
    .select('sid')
    .where('user_sid', '=', p('user_sid'))
    .where('conversation_sid', '=', p('conversation_sid'))
    .where('removed_at', 'is not', null)
    .limit(1),
)

/** Highest key that can be asked for: behind every SID. */
export const behindEverySid = 'ZZ'

export const participantReader = (db: Database) => ({
  find: (conversation_sid: string, sid: string): Promise<Row | undefined> => db.get(bySid, { conversation_sid, sid }),
  findByIdentity: (conversation_sid: string, identity: string): Promise<Row | undefined> =>
    db.get(byIdentity, { conversation_sid, identity }),
  findByAddress: (conversation_sid: string, chat_service_sid: string, address: string): Promise<Row | undefined> =>
    db.get(byAddress, { conversation_sid, chat_service_sid, address }),
  /** Who holds an address pair: at most one participant of all open conversations of the account (rest-api §4.2). */
  findByBinding: (account_sid: string, address: string, proxy_address: string): Promise<Row | undefined> =>
    db.get(byBinding, { account_sid, address, proxy_address }),
  all: (conversation_sid: string): Promise<Row[]> => db.all(all, { conversation_sid }),
  countNonChat: async (conversation_sid: string): Promise<number> => (await db.get(countNonChat, { conversation_sid }))?.count ?? 0,
  reached: (conversation_sid: string): Promise<Row[]> => db.all(reached, { conversation_sid }),
  page: (conversation_sid: string, request: Parameters<typeof ofConversation>[2]) => ofConversation(db, { conversation_sid }, request),

  /** A user's conversations, by the conversation's SID. */
  async pageOfUser(user_sid: string, request: Parameters<typeof ofUser>[2]) {
    const page = await ofUser(db, { user_sid }, request)
    return { ...page, rows: page.rows.map(toMembership) }
  },
  async pageOfAddress(chat_service_sid: string, address: string, request: Parameters<typeof ofAddress>[2]) {
    const page = await ofAddress(db, { chat_service_sid, address }, request)
    return { ...page, rows: page.rows.map(toMembership) }
  },
  async findMembership(user_sid: string, conversation_sid: string): Promise<Membership | undefined> {
    const row = await db.get(ofUserIn, { user_sid, conversation_sid })
    return row && toMembership(row)
  },
  /** Whether the user takes part, or took part once. */
  wasEverIn: async (user_sid: string, conversation_sid: string): Promise<boolean> =>
    ((await db.get(inNow, { user_sid, conversation_sid })) ?? (await db.get(inOnce, { user_sid, conversation_sid }))) !== undefined,
  countOpenOfUser: async (user_sid: string): Promise<number> => (await db.get(countOpenOfUser, { user_sid }))?.count ?? 0,
  isRoleInUse: async (role_sid: string): Promise<boolean> => (await db.get(roleInUse, { role_sid })) !== undefined,

  /** Items of the my-conversations map from a key on, that key included. */
  mineFrom: (user_sid: string, from: string, descending: boolean, limit: number): Promise<Row[]> =>
    db.all(descending ? mineDownwards : mineUpwards, { user_sid, from, limit }),
  /** Items of the roster map from a key on, that key included. */
  rosterFrom: (conversation_sid: string, from: string, descending: boolean, limit: number): Promise<Row[]> =>
    db.all(descending ? rosterDownwards : rosterUpwards, { conversation_sid, from, limit }),
  /** What changed in the roster after an event, tombstones included, by event id (wire-protocol §4.5). */
  rosterChangedAfter: (conversation_sid: string, after: number): Promise<Row[]> => db.all(rosterChanged, { conversation_sid, after }),
  /** What changed among a user's conversations after an event, tombstones included, by event id. */
  mineChangedAfter: (user_sid: string, after: number): Promise<Row[]> => db.all(mineChanged, { user_sid, after }),
})

type Uncounted = Omit<Row, 'created_event_id' | 'event_id' | 'mine_created_event_id' | 'mine_event_id' | 'removed_at'>

/** Which views of a participant a change is seen in. */
export interface SeenIn {
  roster: boolean
  /** The my-conversations map of the participant's own user. */
  mine: boolean
}

export const participantWriter = (tx: Transaction) => {
  const countMineOf = async (user_sid: string | null): Promise<number | null> =>
    user_sid === null ? null : ((await tx.get(countMine, { user_sid }))?.conversations_event_id ?? null)

  /** The next event of the map of somebody who is to be there: when the user was deleted meanwhile, the write looks again. */
  async function nextMine(user_sid: string | null): Promise<number | null> {
    const mine = await countMineOf(user_sid)
    if (user_sid !== null && mine === null) throw new LostRace('The user was deleted meanwhile')
    return mine
  }

  /** An address pair that only a deleted service still holds is free. */
  async function freeOfOrphans({ bound, account_sid, address, proxy_address }: Uncounted): Promise<void> {
    if (bound && address !== null && proxy_address !== null) await tx.run(releaseOrphanedBinding, { account_sid, address, proxy_address })
  }

  function tellRemoved(participant: Row): void {
    const { conversation_sid, user_sid, event_id, mine_event_id } = participant
    tx.emit({ object: 'roster', sid: conversation_sid, id: event_id, kind: 'removed', participant })
    if (user_sid !== null && mine_event_id !== null)
      tx.emit({ object: 'conversations', sid: user_sid, id: mine_event_id, kind: 'removed', participant })
  }

  return {
    /** Adds a participant to a locked conversation. @returns both rows as they are now */
    async insert(conversation: ConversationRow, uncounted: Uncounted): Promise<Membership> {
      const counted = {
        ...conversation,
        roster_event_id: conversation.roster_event_id + 1,
        participants_count: conversation.participants_count + 1,
      }
      await freeOfOrphans(uncounted)
      const mine = await nextMine(uncounted.user_sid)
      const participant: Row = {
        ...uncounted,
        created_event_id: counted.roster_event_id,
        event_id: counted.roster_event_id,
        mine_created_event_id: mine,
        mine_event_id: mine,
        removed_at: null,
      }
      await tx.run(insert, participant)
      await tx.run(countRoster, counted)
      tx.emit({ object: 'roster', sid: conversation.sid, id: participant.event_id, kind: 'added', participant })
      if (mine !== null) tx.emit({ object: 'conversations', sid: participant.user_sid as string, id: mine, kind: 'added', participant })
      return { participant, conversation: counted }
    },

    /** Writes a changed participant of a locked conversation, seen in the roster, in the user's own map, or in both. */
    async save(conversation: ConversationRow, changed: Row, seenIn: SeenIn): Promise<Membership> {
      const counted = seenIn.roster ? { ...conversation, roster_event_id: conversation.roster_event_id + 1 } : conversation
      await freeOfOrphans(changed)
      const mine = seenIn.mine ? await nextMine(changed.user_sid) : null
      const participant: Row = {
        ...changed,
        event_id: seenIn.roster ? counted.roster_event_id : changed.event_id,
        mine_event_id: mine ?? changed.mine_event_id,
        // Somebody who gets an identity only now enters that user's map now.
        mine_created_event_id: mine !== null && changed.mine_created_event_id === null ? mine : changed.mine_created_event_id,
      }
      await tx.run(save, participant)
      if (seenIn.roster) {
        await tx.run(countRoster, counted)
        tx.emit({ object: 'roster', sid: conversation.sid, id: participant.event_id, kind: 'updated', participant })
      }
      if (mine !== null) {
        const kind = participant.mine_created_event_id === mine ? 'added' : 'updated'
        tx.emit({ object: 'conversations', sid: participant.user_sid as string, id: mine, kind, participant })
      }
      return { participant, conversation: counted }
    },

    /** Takes a participant out of a locked conversation; the row stays as a tombstone for those who were away. */
    async remove(conversation: ConversationRow, row: Row, now: number): Promise<ConversationRow> {
      const counted = {
        ...conversation,
        roster_event_id: conversation.roster_event_id + 1,
        participants_count: conversation.participants_count - 1,
      }
      const mine = await countMineOf(row.user_sid)
      const participant: Row = {
        ...row,
        removed_at: now,
        bound: 0,
        event_id: counted.roster_event_id,
        mine_event_id: mine ?? row.mine_event_id,
      }
      await tx.run(save, participant)
      await tx.run(countRoster, counted)
      tellRemoved(participant)
      return counted
    },

    /**
     * Takes everybody out of a locked conversation, each with the events of their own. A handful of statements however many they are; the users
     * are locked in the order of their SIDs, so that two of these at once do not wait for each other.
     */
    async removeAll(conversation: ConversationRow, now: number): Promise<ConversationRow> {
      const { sid: conversation_sid, roster_event_id } = conversation
      if (tx.dialect === 'postgres') await tx.all(lockUsersOf, { conversation_sid })
      await tx.run(countMineOfAll, { conversation_sid })
      const removed = await tx.all(removeAll, { conversation_sid, now, roster_event_id })
      const counted = { ...conversation, roster_event_id: roster_event_id + removed.length, participants_count: 0 }
      await tx.run(countRoster, counted)
      for (const participant of removed.sort((a, b) => a.event_id - b.event_id)) tellRemoved(participant)
      return counted
    },

    /** Frees all address pairs of a conversation that has been closed (rest-api §4.2). */
    releaseBindings: (conversation_sid: string): Promise<void> => tx.run(releaseBindings, { conversation_sid }),
    ...participantReader(tx),
  }
}
