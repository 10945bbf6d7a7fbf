import { ParleyError } from '@parley/protocol'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'

/** Conversations that are left in one transaction: others wait no longer than that. */
const portion = 100

/** Deletes a user: they leave every conversation, then they are gone, and their connections end. Their messages stay. */
export async function removeUser(ctx: Context, user_sid: string): Promise<void> {
  for (;;) {
    const gone = await ctx.store.write(async (tx) => {
      if ((await leaveSome(ctx, tx, user_sid, portion)) > 0) return false
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

/** Leaves a portion of the user's conversations. All are locked before the user is, as everywhere. @returns how many there were */
export async function leaveSome(ctx: Pick<Context, 'clock'>, tx: Writers, user_sid: string, limit: number): Promise<number> {
  const { rows } = await tx.participants.pageOfUser(user_sid, { limit })
  const locked = []
  for (const { participant } of rows) locked.push({ participant, conversation: await tx.conversations.lock(participant.conversation_sid) })
  for (const { participant, conversation } of locked) {
    const current = await tx.participants.find(participant.conversation_sid, participant.sid)
    if (conversation && current) await tx.participants.remove(conversation, current, ctx.clock.now())
  }
  return rows.length
}
