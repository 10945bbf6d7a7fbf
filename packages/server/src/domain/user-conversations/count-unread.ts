import type { Membership } from '../../storage/participants.ts'
import type { Context } from '../context.ts'

/** Messages of others behind the user's read position, counted up to the limit; null until a position was set once (rest-api §3.9, §4.4). */
export async function countUnread(ctx: Context, { participant, conversation }: Membership): Promise<number | null> {
  const read = participant.last_read_message_index
  if (read === null) return null
  if (conversation.last_message_index === null || conversation.last_message_index <= read) return 0
  return ctx.store.read.messages.countUnread(conversation.sid, read, participant.identity ?? '', ctx.limits.unreadMessagesCount)
}
