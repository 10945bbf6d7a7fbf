import { ParleyError, type UpdateUserConversation } from '@parley/protocol'
import type { Membership } from '../../storage/participants.ts'
import type { ParticipantRow } from '../../storage/schema.ts'
import { type Actor, authorise, seatOf } from '../access.ts'
import type { Context } from '../context.ts'
import { lockConversation } from '../conversations/find-conversation.ts'
import { askForBadgeOfReader } from '../push/update-badge.ts'
import { audienceIn } from '../webhooks/audience.ts'
import { updatedParticipant } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'

/**
 * Changes what is a user's own in a conversation: read position and notification level. Everybody sees a read position in the roster; the
 * level only its owner. The same position again changes nothing: apps send it many times.
 */
export async function updateUserConversation(
  ctx: Context,
  actor: Actor,
  user_sid: string,
  conversation_sid: string,
  params: UpdateUserConversation,
): Promise<Membership> {
  const audience = await audienceIn(ctx, actor, conversation_sid)
  return ctx.store.write(async (tx) => {
    const conversation = await lockConversation(tx, conversation_sid)
    const membership = await tx.participants.findMembership(user_sid, conversation_sid)
    if (!membership) throw new ParleyError('not-a-participant')
    const before = membership.participant
    if (params.notification_level !== undefined && params.notification_level !== before.notification_level)
      authorise(actor, await seatOf(tx, actor, conversation), 'editNotificationLevel')

    const after = moved(before, params, ctx.clock.now())
    const readMoved =
      after.last_read_message_index !== before.last_read_message_index || after.last_read_timestamp !== before.last_read_timestamp
    const levelChanged = after.notification_level !== before.notification_level
    if (!readMoved && !levelChanged) return { participant: before, conversation }
    const saved = await tx.participants.save(conversation, readMoved ? { ...after, date_updated: ctx.clock.now() } : after, {
      roster: readMoved,
      mine: true,
    })
    await askForBadgeOfReader(ctx, tx, conversation, before, saved.participant)
    // The level is between Parley and its owner.
    if (readMoved)
      await tell(ctx, tx, audience, {
        event: 'onParticipantUpdated',
        conversation,
        parameters: () => updatedParticipant(saved.participant),
      })
    return saved
  })
}

function moved(before: ParticipantRow, params: UpdateUserConversation, now: number): ParticipantRow {
  const { last_read_message_index: index, last_read_timestamp: timestamp, notification_level } = params
  const after = { ...before, notification_level: notification_level ?? before.notification_level }
  if (index !== undefined && index !== before.last_read_message_index) {
    after.last_read_message_index = index
    after.last_read_timestamp = index === null ? null : now
  }
  if (timestamp !== undefined) after.last_read_timestamp = timestamp
  return after
}
