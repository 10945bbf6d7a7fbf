import type { Change } from './changes.ts'
import type { NewJob } from './jobs.ts'
import type { Attachment } from './media.ts'
import type { ConversationRow, MediaRow, MessageRow } from './schema.ts'
import type { SeatRequest } from './seats.ts'
import type { Sender } from './senders.ts'
import type { NewDelivery } from './webhook-deliveries.ts'

/**
 * The hot path. All messages that wait are written together: each conversation is locked and read once, its counters are counted in memory, the
 * messages are inserted, and each conversation is written once. What is decided stands here, once for both databases; how rows are read and
 * written stands in append-on-sqlite.ts and append-on-postgres.ts.
 */

/** A message that wants to be written. `seat` says who is looked up for `decide`. */
export interface Append extends SeatRequest {
  /** Media that the message takes, each once; absent for a message without. */
  media_sids?: readonly string[]
  /** The SID that the message will have, where its sender may ask again: whoever asks again gets the message that is there. */
  sid?: string
  /**
   * Looks at the conversation as it is now and says what is to be written. Runs inside the transaction, perhaps more than once: no waiting.
   * `media` are locked too, by their SIDs, as far as they exist; a message that is written has taken all that `media_sids` names. What it is
   * shown goes on changing with the messages behind it: nothing of it is kept.
   * @throws to refuse
   */
  decide(conversation: ConversationRow, sender: Sender | undefined, media: ReadonlyMap<string, MediaRow>): Draft
}

/** What `decide` settles; position and event ids are taken here. */
export interface Draft {
  message: Omit<MessageRow, 'position' | 'created_event_id' | 'event_id' | 'removed_at'>
  /** What the message does to its conversation: it may wake it, and it restarts the timers. */
  conversation: Pick<ConversationRow, 'state' | 'state_updated' | 'date_inactive' | 'date_closed' | 'date_updated'>
  /** Work that goes on when it is written. */
  jobs?: readonly NewJob[]
  /** What webhooks are told of the message; absent when nobody listens. It does not throw. */
  deliveries?: (message: MessageRow) => NewDelivery[]
}

export interface AppendedMessage {
  message: MessageRow
  /** As it is after all the messages that were written together. */
  conversation: ConversationRow
}

/** What became of one request of a batch. */
export type Outcome = { appended: AppendedMessage } | { refused: unknown }

/** The columns of a conversation that every message changes. */
export const countedColumns = [
  'document_event_id',
  'messages_event_id',
  'next_index',
  'last_message_index',
  'last_message_date',
  'messages_count',
  'date_updated',
] as const satisfies (keyof ConversationRow)[]

/** Those that one changes that wakes it or restarts its timers: columns of indexes. */
export const stateColumns = ['state', 'state_updated', 'date_inactive', 'date_closed'] as const satisfies (keyof ConversationRow)[]

/** What is to be written for a batch. */
export interface Decided {
  /** In the order of the requests. */
  outcomes: Outcome[]
  messages: MessageRow[]
  /** The conversations that changed, as they are after the whole batch. */
  conversations: ConversationRow[]
  /** Those of them that have another state or other timers. */
  restated: ReadonlySet<ConversationRow>
  /** Media that now belong to a message. */
  attachments: Attachment[]
  jobs: NewJob[]
  /** What webhooks are told, in the order of the messages. */
  deliveries: NewDelivery[]
}

/** The media that the messages of a batch want to take. */
export function wantedMedia(requests: readonly Append[]): string[] {
  const wanted = new Set<string>()
  for (const { media_sids } of requests) if (media_sids !== undefined) for (const sid of media_sids) wanted.add(sid)
  return [...wanted]
}

/** The SIDs of messages that may be there already. They are only looked for when one was: that costs nothing as long as nobody asks again. */
export function repeatedSids(requests: readonly Append[]): string[] {
  return requests.flatMap(({ sid }) => (sid === undefined ? [] : [sid]))
}

/**
 * Decides a batch in order. A refused message leaves no trace. `conversations` and `media` are the locked rows, and are kept up in place; `sent` are
 * messages that are there already, by their SIDs.
 */
export function decideAll(
  requests: readonly Append[],
  conversations: Map<string, ConversationRow>,
  media: Map<string, MediaRow>,
  senderOf: (at: number) => Sender | undefined,
  missing: () => unknown,
  sent: Map<string, MessageRow> = new Map(),
): Decided {
  const changed = new Set<ConversationRow>()
  const restated = new Set<ConversationRow>()
  const messages: MessageRow[] = []
  const attachments: Attachment[] = []
  const jobs: NewJob[] = []
  const deliveries: NewDelivery[] = []
  const outcomes = requests.map((request, at): Outcome => {
    const conversation = conversations.get(request.conversation_sid)
    if (!conversation) return { refused: missing() }
    const before = request.sid === undefined ? undefined : sent.get(request.sid)
    if (before) return { appended: { message: before, conversation } }
    try {
      const draft = request.decide(conversation, senderOf(at), media)
      const event_id = conversation.messages_event_id + 1
      const position = conversation.next_index
      // What is drafted is the row, but for these: completed in place, for here every copy counts.
      const message = draft.message as MessageRow
      message.position = position
      message.created_event_id = event_id
      message.event_id = event_id
      message.removed_at = null
      if (draft.deliveries) deliveries.push(...draft.deliveries(message))
      const { state, state_updated, date_inactive, date_closed, date_updated } = draft.conversation
      if (stateColumns.some((name) => draft.conversation[name] !== conversation[name])) restated.add(conversation)
      conversation.state = state
      conversation.state_updated = state_updated
      conversation.date_inactive = date_inactive
      conversation.date_closed = date_closed
      conversation.date_updated = date_updated
      conversation.messages_event_id = event_id
      conversation.document_event_id++
      conversation.next_index = position + 1
      conversation.last_message_index = position
      conversation.last_message_date = message.date_created
      conversation.messages_count++
      changed.add(conversation)
      messages.push(message)
      if (request.sid !== undefined) sent.set(request.sid, message)
      if (draft.jobs !== undefined) jobs.push(...draft.jobs)
      if (request.media_sids !== undefined) attachments.push(take(media, request.media_sids, message, date_updated))
      return { appended: { message, conversation } }
    } catch (refused) {
      return { refused }
    }
  })
  return { outcomes, messages, conversations: [...changed], restated, attachments, jobs, deliveries }
}

/** Marks media as taken, so that the next message of the batch sees it. */
function take(
  media: Map<string, MediaRow>,
  sids: readonly string[],
  { conversation_sid, sid: message_sid }: MessageRow,
  now: number,
): Attachment {
  for (const sid of sids) {
    const row = media.get(sid)
    if (row) media.set(sid, { ...row, conversation_sid, message_sid })
  }
  return { sids: JSON.stringify(sids), conversation_sid, message_sid, now }
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
