import { ParleyError } from '@parley/protocol'
import type { Context } from '../context.ts'

/** Conversations that are left in one transaction: others wait no longer than that. */
const portion = 100

/** Deletes a user: they leave every conversation, then they are gone, and their connections end. Their messages stay. */
export async function removeUser(ctx: Context, user_sid: string): Promise<void> {
  for (;;) {
    const left = await ctx.store.write(async (tx) => {
      const user = await tx.users.find(user_sid)
      if (!user) throw new ParleyError('user-not-found')
      const { rows, next } = await tx.participants.pageOfUser(user_sid, { limit: portion })
      for (const { participant } of rows) {
        const conversation = await tx.conversations.lock(participant.conversation_sid)
        const current = conversation && (await tx.participants.find(participant.conversation_sid, participant.sid))
        if (conversation && current) await tx.participants.remove(conversation, current, ctx.clock.now())
      }
      if (next === null) await tx.users.remove(user)
      return next === null
    })
    if (left) return
  }
}
