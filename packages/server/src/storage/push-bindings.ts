import { type RawBuilder, sql } from 'kysely'
import { parametersOf, pushBindingColumns, without } from './columns.ts'
import { hasUnread } from './conversation-lists.ts'
import { textsIn } from './json-rows.ts'
import { listing, type Page, type PageRequest } from './paging.ts'
import type { PushBindingRow as Row } from './schema.ts'
import { type Database, type Dialect, statement, type Transaction } from './statement.ts'

/** Whether something is one of the texts of a JSON list. */
const listed = (what: RawBuilder<unknown>, texts: RawBuilder<string>, dialect: Dialect) =>
  sql<boolean>`${what} in (${textsIn(texts, dialect)})`

const bySid = statement<{ sid: string }, Row>((db, p) =>
  db.selectFrom('push_bindings').select(pushBindingColumns).where('sid', '=', p('sid')),
)
const byAddress = statement<Pick<Row, 'chat_service_sid' | 'binding_type' | 'address'>, Row>((db, p) =>
  db
    .selectFrom('push_bindings')
    .select(pushBindingColumns)
    .where('chat_service_sid', '=', p('chat_service_sid'))
    .where('binding_type', '=', p('binding_type'))
    .where('address', '=', p('address')),
)
const ofUser = statement<{ user_sid: string }, Row>((db, p) =>
  db.selectFrom('push_bindings').select(pushBindingColumns).where('user_sid', '=', p('user_sid')).orderBy('date_updated').orderBy('sid'),
)
const ofUsers = statement<{ user_sids: string }, Row>((db, p, dialect) =>
  db
    .selectFrom('push_bindings')
    .select(pushBindingColumns)
    .where(listed(sql.ref('user_sid'), p('user_sids'), dialect)),
)
const anyOfService = statement<{ chat_service_sid: string }, { sid: string }>((db, p) =>
  db.selectFrom('push_bindings').select('sid').where('chat_service_sid', '=', p('chat_service_sid')).limit(1),
)
const anyOfUser = statement<{ user_sid: string }, { sid: string }>((db, p) =>
  db.selectFrom('push_bindings').select('sid').where('user_sid', '=', p('user_sid')).limit(1),
)

/** Who takes part in a conversation and has an iPhone, and messages of others there that they have not read. */
const unreadOnPhones = statement<{ conversation_sid: string; to: number }, { user_sid: string }>((db, p) => ({
  compile: () =>
    sql<{ user_sid: string }>`select participants.user_sid from participants
    where participants.conversation_sid = ${p('conversation_sid')} and participants.removed_at is null and participants.user_sid is not null
      and coalesce(participants.last_read_message_index, -1) < ${p('to')} - 1
      and exists (
        select 1 from push_bindings where push_bindings.user_sid = participants.user_sid and push_bindings.binding_type = 'apn'
      )
      and ${hasUnread}`.compile(db),
}))

const bySidKey = { keys: ['sid'], order: 'asc', cursorOf: (row: Row) => [row.sid] } as const
const ofService = listing<{ chat_service_sid: string }, Row>({
  select: (db, p) => db.selectFrom('push_bindings').select(pushBindingColumns).where('chat_service_sid', '=', p('chat_service_sid')),
  ...bySidKey,
})
const ofType = listing<{ chat_service_sid: string; binding_type: string }, Row>({
  select: (db, p) =>
    db
      .selectFrom('push_bindings')
      .select(pushBindingColumns)
      .where('chat_service_sid', '=', p('chat_service_sid'))
      .where(sql<boolean>`binding_type = ${p('binding_type')}`),
  ...bySidKey,
})
/** Most of what there is, in the order of the whole: so the index of the types, which is not in that order, is of no use. */
const ofTypes = listing<{ chat_service_sid: string; types: string }, Row>({
  select: (db, p, dialect) =>
    db
      .selectFrom('push_bindings')
      .select(pushBindingColumns)
      .where('chat_service_sid', '=', p('chat_service_sid'))
      .where(listed(sql`coalesce(binding_type, '')`, p('types'), dialect)),
  ...bySidKey,
})
/** Somebody has a few bindings, so all of those that are asked for are read at once. */
const ofIdentities = statement<{ chat_service_sid: string; identities: string }, Row>((db, p, dialect) =>
  db
    .selectFrom('push_bindings')
    .select(pushBindingColumns)
    .where('chat_service_sid', '=', p('chat_service_sid'))
    .where(listed(sql.ref('identity'), p('identities'), dialect)),
)

const insert = statement<Row, unknown>((db, p) => db.insertInto('push_bindings').values(parametersOf(pushBindingColumns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('push_bindings')
    .set(parametersOf(without(pushBindingColumns, 'sid', 'account_sid', 'chat_service_sid', 'date_created'), p))
    .where('sid', '=', p('sid')),
)
const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('push_bindings').where('sid', '=', p('sid')))
const removeOfUser = statement<{ user_sid: string }, unknown>((db, p) =>
  db.deleteFrom('push_bindings').where('user_sid', '=', p('user_sid')),
)

const arrive = statement<Pick<Row, 'user_sid' | 'connection' | 'node_sid' | 'online_until'>, unknown>((db, p) =>
  db
    .updateTable('push_bindings')
    .set({ node_sid: p('node_sid'), online_until: p('online_until') })
    .where('user_sid', '=', p('user_sid'))
    .where('connection', '=', p('connection')),
)
const leave = statement<{ user_sid: string; connection: string; node_sid: string }, unknown>((db, p) =>
  db
    .updateTable('push_bindings')
    .set({ node_sid: null, online_until: null })
    .where('user_sid', '=', p('user_sid'))
    .where('connection', '=', p('connection'))
    .where('node_sid', '=', p('node_sid')),
)
const renew = statement<{ node_sid: string; online_until: number }, unknown>((db, p) =>
  db
    .updateTable('push_bindings')
    .set({ online_until: p('online_until') })
    .where('node_sid', '=', p('node_sid')),
)

/** Which bindings of a service are meant. */
export interface BindingFilter {
  types?: readonly string[] | undefined
  identities?: readonly string[] | undefined
}

const bySidUpwards = (one: Row, other: Row) => (one.sid < other.sid ? -1 : 1)

/** A page of rows that are all there, as `listing` would read it. */
function pageOf(rows: readonly Row[], { limit, cursor, backwards }: PageRequest): Page<Row> {
  const sorted = rows.toSorted(bySidUpwards)
  const at = cursor?.[0] as string | undefined
  const found = at === undefined ? sorted : sorted.filter(({ sid }) => (backwards ? sid < at : sid > at))
  const page = backwards ? found.slice(-limit) : found.slice(0, limit)
  const [first, last] = [page[0], page.at(-1)]
  return {
    rows: page,
    next: last && last !== sorted.at(-1) ? [last.sid] : null,
    previous: first && first !== sorted[0] ? [first.sid] : null,
  }
}

export const pushBindingReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  /** Who has bound a device. */
  findByAddress: (chat_service_sid: string, binding_type: Row['binding_type'], address: string): Promise<Row | undefined> =>
    db.get(byAddress, { chat_service_sid, binding_type, address }),
  /** The one that was registered longest ago first. */
  ofUser: (user_sid: string): Promise<Row[]> => db.all(ofUser, { user_sid }),
  ofUsers: (user_sids: readonly string[]): Promise<Row[]> => db.all(ofUsers, { user_sids: JSON.stringify(user_sids) }),
  isAnyOfService: async (chat_service_sid: string): Promise<boolean> => (await db.get(anyOfService, { chat_service_sid })) !== undefined,
  isAnyOfUser: async (user_sid: string): Promise<boolean> => (await db.get(anyOfUser, { user_sid })) !== undefined,
  /** Participants with iPhones for whom something in a conversation is unread, and who have not read all messages below an index. */
  unreadOnPhones: async (conversation_sid: string, to: number): Promise<string[]> =>
    (await db.all(unreadOnPhones, { conversation_sid, to })).map(({ user_sid }) => user_sid),

  async page(chat_service_sid: string, { types, identities }: BindingFilter, request: PageRequest): Promise<Page<Row>> {
    if (identities) {
      const rows = await db.all(ofIdentities, { chat_service_sid, identities: JSON.stringify(identities) })
      return pageOf(types ? rows.filter(({ binding_type }) => types.includes(binding_type)) : rows, request)
    }
    const [type, ...others] = types ?? []
    if (type === undefined) return ofService(db, { chat_service_sid }, request)
    if (others.length === 0) return ofType(db, { chat_service_sid, binding_type: type }, request)
    return ofTypes(db, { chat_service_sid, types: JSON.stringify(types) }, request)
  },
})

export const pushBindingWriter = (tx: Transaction) => {
  const changed = (chat_service_sid: string) => tx.emit({ object: 'push', sid: chat_service_sid, kind: 'changed' })
  return {
    async insert(row: Row): Promise<void> {
      await tx.run(insert, row)
      changed(row.chat_service_sid)
    },
    save: (row: Row): Promise<void> => tx.run(save, row),
    async remove({ sid, chat_service_sid }: Row): Promise<void> {
      await tx.run(remove, { sid })
      changed(chat_service_sid)
    },
    removeOfUser: (user_sid: string): Promise<void> => tx.run(removeOfUser, { user_sid }),

    /** The client that made bindings over this connection is there, at this node, until then. */
    arrive: (connection: { user_sid: string; connection: string; node_sid: string; online_until: number }): Promise<void> =>
      tx.run(arrive, connection),
    /** It is not there any more; when it has come back at another node, that stands. */
    leave: (connection: { user_sid: string; connection: string; node_sid: string }): Promise<void> => tx.run(leave, connection),
    renew: (node_sid: string, online_until: number): Promise<void> => tx.run(renew, { node_sid, online_until }),
    ...pushBindingReader(tx),
  }
}
