import { sql } from 'kysely'
import type { ConversationRow, MessageRow } from './schema.ts'
import { type Seat, seatReader } from './seats.ts'
import { statement } from './statement.ts'
import type { Transaction } from './store.ts'

/**
 * The hot path. All messages that wait are written together: each conversation is locked and read once, its counters are counted in
 * memory, the messages are inserted, and each conversation is written once. Two or three statements for a message become one and a bit on
 * SQLite, and five for a whole batch on PostgreSQL.
 */

/** A message that wants to be written. */
export interface Append {
  conversation_sid: string
  /** Whose seat in the conversation decides: a user of the service, or whoever has this identity or address there. */
  seat: { user_sid: string } | { author: string }
  /** Looks at the conversation as it is now and says what is to be written. Runs inside the transaction: no waiting. @throws to refuse */
  decide(conversation: ConversationRow, seat: Seat | undefined): Draft
}

/** What `decide` settles; position and event ids are taken here. */
export interface Draft {
  message: Omit<MessageRow, 'position' | 'created_event_id' | 'event_id' | 'removed_at'>
  /** What the message does to its conversation: it may wake it, and it restarts the timers. */
  conversation: Pick<ConversationRow, 'state' | 'state_updated' | 'date_inactive' | 'date_closed' | 'date_updated'>
}

export interface AppendedMessage {
  message: MessageRow
  conversation: ConversationRow
}

/** What became of one request of a batch. */
export type Outcome = { appended: AppendedMessage } | { refused: unknown }

const lockedOnPostgres = statement<{ sids: string[] }, ConversationRow>((db, p) => ({
  compile: () => sql<ConversationRow>`select * from conversations where sid = any(${p('sids')}::text[]) order by sid for update`.compile(db),
}))

const conversationOnSqlite = statement<{ sid: string }, ConversationRow>((db, p) =>
  db.selectFrom('conversations').selectAll().where('sid', '=', p('sid')),
)

const insertOnSqlite = statement<MessageRow, unknown>((db, p) =>
  db.insertInto('messages').values({
    sid: p('sid'),
    account_sid: p('account_sid'),
    chat_service_sid: p('chat_service_sid'),
    conversation_sid: p('conversation_sid'),
    position: p('position'),
    author: p('author'),
    participant_sid: p('participant_sid'),
    body: p('body'),
    subject: p('subject'),
    attributes: p('attributes'),
    media: p('media'),
    content_sid: p('content_sid'),
    delivery: p('delivery'),
    last_updated_by: p('last_updated_by'),
    created_event_id: p('created_event_id'),
    event_id: p('event_id'),
    removed_at: p('removed_at'),
    date_created: p('date_created'),
    date_updated: p('date_updated'),
  }),
)

const insertOnPostgres = statement<{ rows: string }, unknown>((db, p) => ({
  compile: () => sql`insert into messages select * from json_populate_recordset(null::messages, ${p('rows')}::json)`.compile(db),
}))

const countedOnSqlite = statement<ConversationRow, unknown>((db, p) =>
  db
    .updateTable('conversations')
    .set({
      state: p('state'),
      state_updated: p('state_updated'),
      date_inactive: p('date_inactive'),
      date_closed: p('date_closed'),
      document_event_id: p('document_event_id'),
      messages_event_id: p('messages_event_id'),
      next_index: p('next_index'),
      last_message_index: p('last_message_index'),
      last_message_date: p('last_message_date'),
      messages_count: p('messages_count'),
      date_updated: p('date_updated'),
    })
    .where('sid', '=', p('sid')),
)

const countedOnPostgres = statement<{ rows: string }, unknown>((db, p) => ({
  compile: () =>
    sql`update conversations c set
      state = r.state, state_updated = r.state_updated, date_inactive = r.date_inactive, date_closed = r.date_closed,
      document_event_id = r.document_event_id, messages_event_id = r.messages_event_id, next_index = r.next_index,
      last_message_index = r.last_message_index, last_message_date = r.last_message_date,
      messages_count = r.messages_count, date_updated = r.date_updated
    from json_populate_recordset(null::conversations, ${p('rows')}::json) r where c.sid = r.sid`.compile(db),
}))

async function lockConversations(tx: Transaction, sids: Set<string>): Promise<Map<string, ConversationRow>> {
  if (tx.dialect === 'postgres') {
    const rows = await tx.all(lockedOnPostgres, { sids: [...sids] })
    return new Map(rows.map((row) => [row.sid, row]))
  }
  const found = new Map<string, ConversationRow>()
  for (const sid of sids) {
    const row = await tx.get(conversationOnSqlite, { sid })
    if (row) found.set(sid, row)
  }
  return found
}

/** Writes the messages of a batch, in order. A refused one leaves the others alone; an error of the database fails the whole batch. */
export async function appendMessages(tx: Transaction, requests: readonly Append[], missing: () => unknown): Promise<Outcome[]> {
  const conversations = await lockConversations(tx, new Set(requests.map((request) => request.conversation_sid)))
  const seats = await seatReader(tx).findMany(requests)
  const changed = new Set<string>()
  const messages: MessageRow[] = []

  const outcomes = requests.map((request, at): Outcome => {
    const conversation = conversations.get(request.conversation_sid)
    if (!conversation) return { refused: missing() }
    try {
      const draft = request.decide(conversation, seats[at])
      const event = conversation.messages_event_id + 1
      const message: MessageRow = {
        ...draft.message,
        position: conversation.next_index,
        created_event_id: event,
        event_id: event,
        removed_at: null,
      }
      const counted: ConversationRow = {
        ...conversation,
        ...draft.conversation,
        messages_event_id: event,
        document_event_id: conversation.document_event_id + 1,
        next_index: message.position + 1,
        last_message_index: message.position,
        last_message_date: message.date_created,
        messages_count: conversation.messages_count + 1,
      }
      conversations.set(counted.sid, counted)
      changed.add(counted.sid)
      messages.push(message)
      return { appended: { message, conversation: counted } }
    } catch (refused) {
      return { refused }
    }
  })
  if (messages.length === 0) return outcomes

  const counted = [...changed].map((sid) => conversations.get(sid) as ConversationRow)
  if (tx.dialect === 'postgres') {
    await tx.run(insertOnPostgres, { rows: JSON.stringify(messages) })
    await tx.run(countedOnPostgres, { rows: JSON.stringify(counted) })
  } else {
    for (const message of messages) await tx.run(insertOnSqlite, message)
    for (const row of counted) await tx.run(countedOnSqlite, row)
  }
  for (const message of messages)
    tx.emit({ object: 'messages', sid: message.conversation_sid, id: message.event_id, kind: 'added', message })
  for (const row of counted)
    tx.emit({ object: 'document', sid: row.sid, id: row.document_event_id, kind: 'updated', conversation: row, onlyLastMessage: true })
  return outcomes
}
