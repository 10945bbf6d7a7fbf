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
import { conversationColumns, messageColumns, parametersOf } from './columns.ts'
import { conversationMissing } from './committed.ts'
import { announce, insertionOf } from './jobs.ts'
import { attach, mediaToAttach } from './media.ts'
import { sentMessages } from './messages.ts'
import type { ConversationRow, MessageRow } from './schema.ts'
import type { SeatRequest } from './seats.ts'
import { type Sender, senderByAuthor, senderOfUser } from './senders.ts'
import type { SqliteTransaction } from './sqlite-connection.ts'
import { statement } from './statement.ts'
import { enqueuingOf } from './webhook-deliveries.ts'

const conversationBySid = statement<{ sid: string }, ConversationRow>((db, p) =>
  db.selectFrom('conversations').select(conversationColumns).where('sid', '=', p('sid')),
)
const insert = statement<MessageRow, unknown>((db, p) => db.insertInto('messages').values(parametersOf(messageColumns, p)))
const updating = (columns: readonly (keyof ConversationRow)[]) =>
  statement<ConversationRow, unknown>((db, p) => db.updateTable('conversations').set(parametersOf(columns, p)).where('sid', '=', p('sid')))
// SQLite writes an index anew when one of its columns is named, whether or not its value is another.
const count = updating(countedColumns)
const restate = updating([...countedColumns, ...stateColumns])

/**
 * Writes the messages of a batch, in order. A refused one leaves the others alone; an error of the database fails the whole batch. `again` looks
 * for those that were sent before.
 */
export function appendOnSqlite(tx: SqliteTransaction, requests: readonly Append[], again = false): Outcome[] {
  const conversations = new Map<string, ConversationRow>()
  for (const { conversation_sid: sid } of requests) {
    if (conversations.has(sid)) continue
    const row = tx.getNow(conversationBySid, { sid })
    if (row) conversations.set(sid, row)
  }
  const wanted = wantedMedia(requests)
  const media = wanted.length === 0 ? [] : tx.allNow(mediaToAttach, { sids: JSON.stringify(wanted) })
  const bySid = new Map(media.map((row) => [row.sid, row]))
  const repeated = again ? tx.allNow(sentMessages, { sids: JSON.stringify(repeatedSids(requests)) }) : []
  const sent = new Map(repeated.map((message) => [message.sid, message]))
  const decided = decideAll(requests, conversations, bySid, (at) => findSender(tx, requests[at] as Append), conversationMissing, sent)
  for (const message of decided.messages) tx.runNow(insert, message)
  for (const conversation of decided.conversations) tx.runNow(decided.restated.has(conversation) ? restate : count, conversation)
  for (const attachment of decided.attachments) tx.runNow(attach, attachment)
  if (decided.jobs.length > 0) {
    const { insertions, announced } = insertionOf(decided.jobs, tx.dialect)
    for (const insertion of insertions) tx.insertNow(insertion)
    announce(tx, announced)
  }
  if (decided.deliveries.length > 0) {
    const { insertions, announced } = enqueuingOf(decided.deliveries, tx.dialect)
    for (const insertion of insertions) tx.insertNow(insertion)
    announce(tx, announced)
  }
  emitDecided(decided, (change) => tx.emit(change))
  return decided.outcomes
}

function findSender(tx: SqliteTransaction, { conversation_sid, seat }: SeatRequest): Sender | undefined {
  return 'user_sid' in seat
    ? tx.getNow(senderOfUser, { conversation_sid, user_sid: seat.user_sid })
    : tx.getNow(senderByAuthor, { conversation_sid, author: seat.author })
}
