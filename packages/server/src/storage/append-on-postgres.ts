import { sql } from 'kysely'
import {
  type Append,
  countedColumns,
  decideAll,
  emitDecided,
  type Outcome,
  repeatedSids,
  stateColumns,
  wantedMedia,
} from './append-messages.ts'
import { conversationColumns, messageColumns } from './columns.ts'
import { conversationMissing } from './committed.ts'
import { announce, insertionOf } from './jobs.ts'
import { listed } from './json-rows.ts'
import { attach, mediaToAttach } from './media.ts'
import { sentMessages } from './messages.ts'
import type { PostgresTransaction } from './postgres-connection.ts'
import type { ConversationRow } from './schema.ts'
import { findSendersOnPostgres } from './senders.ts'
import { statement } from './statement.ts'
import { enqueuingOf } from './webhook-deliveries.ts'

/** In the order of the SIDs, as everybody who locks several. */
const lockConversations = statement<{ sids: string[] }, ConversationRow>((db, p) => ({
  compile: () =>
    sql<ConversationRow>`select ${listed(conversationColumns)} from conversations
      where sid = any(${p('sids')}::text[]) order by sid for update`.compile(db),
}))

const changedColumns = [...countedColumns, ...stateColumns]

/** Messages and counters in one journey. */
const write = statement<{ messages: string; conversations: string }, unknown>((db, p) => ({
  compile: () =>
    sql`with sent as (
      insert into messages (${listed(messageColumns)})
      select ${listed(messageColumns)} from json_populate_recordset(null::messages, ${p('messages')}::json)
    )
    update conversations set ${sql.join(changedColumns.map((name) => sql`${sql.ref(name)} = counted.${sql.ref(name)}`))}
    from json_populate_recordset(null::conversations, ${p('conversations')}::json) as counted
    where conversations.sid = counted.sid`.compile(db),
}))

/**
 * Writes the messages of a batch, in order, in two journeys: conversations and senders are read together, and messages and counters are written
 * together with the commit. A refused one leaves the others alone; an error fails the whole batch. `again` looks for those that were sent before.
 */
export async function appendOnPostgres(tx: PostgresTransaction, requests: readonly Append[], again = false): Promise<Outcome[]> {
  const wanted = wantedMedia(requests)
  const [locked, senders, media, repeated] = await Promise.all([
    tx.all(lockConversations, { sids: [...new Set(requests.map((request) => request.conversation_sid))] }),
    // Runs when the conversations are locked: who takes part is settled by whoever holds them.
    findSendersOnPostgres(tx, requests),
    wanted.length === 0 ? [] : tx.all(mediaToAttach, { sids: JSON.stringify(wanted) }),
    again ? tx.all(sentMessages, { sids: JSON.stringify(repeatedSids(requests)) }) : [],
  ])
  const conversations = new Map(locked.map((row) => [row.sid, row]))
  const bySid = new Map(media.map((row) => [row.sid, row]))
  const sent = new Map(repeated.map((message) => [message.sid, message]))
  const decided = decideAll(requests, conversations, bySid, (at) => senders[at], conversationMissing, sent)
  if (decided.messages.length > 0) {
    const counted = decided.conversations.map((row) =>
      Object.fromEntries(['sid', ...changedColumns].map((name) => [name, row[name as keyof ConversationRow]])),
    )
    tx.send(write, { messages: JSON.stringify(decided.messages), conversations: JSON.stringify(counted) })
    for (const attachment of decided.attachments) tx.send(attach, attachment)
    if (decided.jobs.length > 0) {
      const { insertions, announced } = insertionOf(decided.jobs, tx.dialect)
      for (const { statement, parameters } of insertions) tx.send(statement, parameters)
      announce(tx, announced)
    }
    if (decided.deliveries.length > 0) {
      const { insertions, announced } = enqueuingOf(decided.deliveries, tx.dialect)
      for (const { statement, parameters } of insertions) tx.send(statement, parameters)
      announce(tx, announced)
    }
    emitDecided(decided, (change) => tx.emit(change))
  }
  return decided.outcomes
}
