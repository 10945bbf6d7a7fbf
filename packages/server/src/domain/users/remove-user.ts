import { ParleyError } from '@parley/protocol'
import type { ConversationRow, ParticipantRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Actor } from '../access.ts'
import type { Context } from '../context.ts'
import { audienceInService } from '../webhooks/audience.ts'
import { removedParticipant } from '../webhooks/parameters.ts'
import { tell } from '../webhooks/tell.ts'

/** Conversations that are left in one transaction: others wait no longer than that. */
const portion = 100

/** Deletes a user: they leave every conversation, then they are gone, and their connections end. Their messages stay. */
export async function removeUser(ctx: Context, actor: Actor, chat_service_sid: string, user_sid: string): Promise<void> {
  const audience = await audienceInService(ctx, actor, chat_service_sid)
  for (;;) {
    const gone = await ctx.store.write(async (tx) => {
      const tellLeft: Left = (conversation, participant, now) =>
        tell(ctx, tx, audience, { event: 'onParticipantRemoved', conversation, parameters: () => removedParticipant(participant, now) })
      if ((await leaveSome(ctx, tx, user_sid, portion, tellLeft)) > 0) return false
      const user = await tx.users.lock(user_sid)
      if (!user) throw new ParleyError('user-not-found')
      // Somebody may have added them until a moment ago; from here on nobody can.
      const { rows } = await tx.participants.pageOfUser(user_sid, { limit: 1 })
      if (rows.length > 0) return false
      await tx.pushBindings.removeOfUser(user_sid)
      await tx.users.remove(user)
      return true
    })
    if (gone) return
  }
}

/** Hears of everybody who has left. */
type Left = (conversation: ConversationRow, participant: ParticipantRow, now: number) => Promise<void>

/** Leaves a portion of the user's conversations. All are locked before the user is, as everywhere. @returns how many there were */
export async function leaveSome(ctx: Pick<Context, 'clock'>, tx: Writers, user_sid: string, limit: number, left?: Left): Promise<number> {
  const { rows } = await tx.participants.pageOfUser(user_sid, { limit })
  const locked = []
  for (const { participant } of rows) locked.push({ participant, conversation: await tx.conversations.lock(participant.conversation_sid) })
  for (const { participant, conversation } of locked) {
    const current = await tx.participants.find(participant.conversation_sid, participant.sid)
    if (!conversation || !current) continue
    const now = ctx.clock.now()
    await tx.participants.remove(conversation, current, now)
    await left?.(conversation, current, now)
  }
  return rows.length
}
