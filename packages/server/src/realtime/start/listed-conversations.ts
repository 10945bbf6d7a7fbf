import { type ConversationsAnswer, isSid, type ListedConversation, type ListedItem, ParleyError } from '@parley/protocol'
import type { ListCursor, ListedRow } from '../../storage/conversation-lists.ts'
import type { ParticipantRow } from '../../storage/schema.ts'
import { documentData, messageData, myConversationData, rosterData } from '../sync/views.ts'
import type { Command } from '../upstream.ts'
import { Held, objectsOf } from './held.ts'

/** The latest conversations of an answer come with their participants, when these are few. */
const withRosters = 50
export const smallRoster = 100

export const largestPage = 1_000

/** One page of the user's own conversations, each subscribed to from where the answer shows it. */
export async function conversationsPage(command: Command, after: ListCursor, size: number): Promise<ConversationsAnswer> {
  const { ctx, session } = command
  const found = await ctx.store.read.lists.page(session.user_sid, after, size + 1)
  const shown = found.slice(0, size)
  const last = found.length > size ? shown.at(-1) : undefined
  const conversations = await follow(
    command,
    shown.map(({ sid }) => sid),
  )
  return { conversations, meta: { next_token: last ? toToken(last, size) : null } }
}

/** Subscribes to conversations, and shows them as they are from then on. Those that are not the user's own are left out. */
export async function follow(command: Command, sids: readonly string[]): Promise<ListedConversation[]> {
  const { ctx, session } = command
  const { lists } = ctx.store.read
  const held = new Held(command)
  try {
    const askings = new Map(sids.map((sid) => [sid, held.hold(objectsOf(sid))]))
    const listed = await lists.listed(session.user_sid, sids, ctx.limits.unreadMessagesCount)
    const rosters = await lists.rosters(session.user_sid, sids.slice(0, withRosters), smallRoster)
    const bySid = new Map(listed.map((row) => [row.conversation.sid, row]))
    const participants = byConversation(rosters)
    const answer: ListedConversation[] = []
    for (const [sid, [document, messages, roster]] of askings) {
      const row = bySid.get(sid)
      if (!row || !document || !messages || !roster) continue
      answer.push(present(row, participants.get(sid)))
      held.release(document, row.conversation.document_event_id)
      held.release(messages, row.conversation.messages_event_id)
      // Participants were read later, so they may be newer than the roster's place: their events are told again, which does no harm.
      held.release(roster, row.conversation.roster_event_id)
    }
    return answer
  } finally {
    held.end()
  }
}

function present(
  { conversation, participant, last_message, unread_messages_count }: ListedRow,
  roster?: ParticipantRow[],
): ListedConversation {
  const { sid, document_event_id, messages_event_id, roster_event_id, messages_count, participants_count } = conversation
  return {
    sid,
    document: { last_event_id: document_event_id, data: documentData(conversation) },
    messages: { last_event_id: messages_event_id },
    roster: { last_event_id: roster_event_id, ...(roster ? { items: roster.map(toRosterItem) } : {}) },
    mine: {
      last_event_id: participant.mine_event_id ?? 0,
      data: myConversationData(participant),
      date_joined: new Date(participant.date_created).toISOString(),
    },
    last_message: last_message
      ? { index: last_message.position, data: messageData(last_message), last_event_id: last_message.event_id }
      : null,
    unread_messages_count,
    messages_count,
    participants_count,
  }
}

export function byConversation(rows: readonly ParticipantRow[]): Map<string, ParticipantRow[]> {
  const rosters = new Map<string, ParticipantRow[]>()
  for (const row of rows) {
    const roster = rosters.get(row.conversation_sid)
    if (roster) roster.push(row)
    else rosters.set(row.conversation_sid, [row])
  }
  return rosters
}

export const toRosterItem = (row: ParticipantRow): ListedItem => ({ key: row.sid, data: rosterData(row), last_event_id: row.event_id })

const toToken = ({ activity, sid }: ListCursor, size: number) => Buffer.from(JSON.stringify([activity, sid, size])).toString('base64url')

/** @throws 20001 for a token that is none of ours */
export function fromToken(token: string): { after: ListCursor; size: number } {
  try {
    const [activity, sid, size]: unknown[] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    const isSize = typeof size === 'number' && Number.isInteger(size) && size > 0 && size <= largestPage
    if (Number.isSafeInteger(activity) && typeof sid === 'string' && isSid('conversation', sid) && isSize)
      return { after: { activity: activity as number, sid }, size }
  } catch {
    // Refused below, as every token that is not ours.
  }
  throw new ParleyError('parameter-invalid', { text: 'Invalid parameter page_token', details: { field: 'page_token' } })
}
