import type { Change } from './changes.ts'
import type { ConversationRow, MessageRow } from './schema.ts'
import type { Seat, SeatRequest } from './seats.ts'

/**
 * The hot path. All messages that wait are written together: each conversation is locked and read once, its counters are counted in memory, the
 * messages are inserted, and each conversation is written once. What is decided stands here, once for both databases; how rows are read and
 * written stands in append-on-sqlite.ts and append-on-postgres.ts.
 */

/** A message that wants to be written. `seat` says who is looked up for `decide`. */
export interface Append extends SeatRequest {
  /**
   * Looks at the conversation as it is now and says what is to be written. Runs inside the transaction, perhaps more than once: no waiting.
   * @throws to refuse
   */
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

/** The columns of a conversation that a message may change. */
export const countedColumns = [
  'state',
  'state_updated',
  'date_inactive',
  'date_closed',
  'document_event_id',
  'messages_event_id',
  'next_index',
  'last_message_index',
  'last_message_date',
  'messages_count',
  'date_updated',
] as const satisfies (keyof ConversationRow)[]

/** What is to be written for a batch. */
export interface Decided {
  /** In the order of the requests. */
  outcomes: Outcome[]
  messages: MessageRow[]
  /** The conversations that changed, as they are after the whole batch. */
  conversations: ConversationRow[]
}

/** Decides a batch in order. A refused message leaves no trace. `conversations` are the locked rows, and are counted on in place. */
export function decideAll(
  requests: readonly Append[],
  conversations: Map<string, ConversationRow>,
  seatOf: (at: number) => Seat | undefined,
  missing: () => unknown,
): Decided {
  const changed = new Set<string>()
  const messages: MessageRow[] = []
  const outcomes = requests.map((request, at): Outcome => {
    const conversation = conversations.get(request.conversation_sid)
    if (!conversation) return { refused: missing() }
    try {
      const draft = request.decide(conversation, seatOf(at))
      const event_id = conversation.messages_event_id + 1
      const position = conversation.next_index
      const message: MessageRow = { ...draft.message, position, created_event_id: event_id, event_id, removed_at: null }
      const { state, state_updated, date_inactive, date_closed, date_updated } = draft.conversation
      const counted: ConversationRow = { ...conversation }
      counted.state = state
      counted.state_updated = state_updated
      counted.date_inactive = date_inactive
      counted.date_closed = date_closed
      counted.date_updated = date_updated
      counted.messages_event_id = event_id
      counted.document_event_id = conversation.document_event_id + 1
      counted.next_index = position + 1
      counted.last_message_index = position
      counted.last_message_date = message.date_created
      counted.messages_count = conversation.messages_count + 1
      conversations.set(counted.sid, counted)
      changed.add(counted.sid)
      messages.push(message)
      return { appended: { message, conversation: counted } }
    } catch (refused) {
      return { refused }
    }
  })
  return { outcomes, messages, conversations: [...changed].map((sid) => conversations.get(sid) as ConversationRow) }
}

/** Says what a batch changed: the messages in order, then each conversation's document once. */
export function emitDecided({ messages, conversations }: Decided, emit: (change: Change) => void): void {
  for (const message of messages) emit({ object: 'messages', sid: message.conversation_sid, id: message.event_id, kind: 'added', message })
  for (const conversation of conversations)
    emit({
      object: 'document',
      sid: conversation.sid,
      id: conversation.document_event_id,
      kind: 'updated',
      conversation,
      onlyLastMessage: true,
    })
}
