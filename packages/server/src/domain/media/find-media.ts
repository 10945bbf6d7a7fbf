import type { MediaRow } from '../../storage/schema.ts'
import { type AccountActor, owns, seatOf, sightOf, type UserActor } from '../access.ts'
import type { Context } from '../context.ts'

/** Whether a media is there with all its bytes: uploaded, and neither expired nor deleted with its message. */
export const isThere = (media: MediaRow | undefined, now: number): media is MediaRow =>
  media !== undefined && media.uploaded === 1 && (media.expires_at === null || media.expires_at > now)

/**
 * Media of a service by SID, in this order, as far as they are there and the actor may see them. Users see what they uploaded, and what was
 * sent in conversations whose messages they see.
 */
export async function findMedia(
  ctx: Context,
  actor: AccountActor | UserActor,
  chat_service_sid: string,
  sids: readonly string[],
): Promise<(MediaRow | undefined)[]> {
  const now = ctx.clock.now()
  const found = new Map((await ctx.store.read.media.findMany(sids)).map((media) => [media.sid, media]))
  const open = new Map<string, Promise<boolean>>()

  const mayRead = (conversation_sid: string): Promise<boolean> => {
    const known = open.get(conversation_sid) ?? seesMessages(ctx, actor, conversation_sid)
    open.set(conversation_sid, known)
    return known
  }

  return Promise.all(
    sids.map(async (sid) => {
      const media = found.get(sid)
      if (!isThere(media, now) || media.chat_service_sid !== chat_service_sid || !owns(actor, media)) return undefined
      if (actor.kind === 'account' || media.user_sid === actor.user_sid) return media
      return media.conversation_sid !== null && (await mayRead(media.conversation_sid)) ? media : undefined
    }),
  )
}

async function seesMessages(ctx: Context, actor: AccountActor | UserActor, conversation_sid: string): Promise<boolean> {
  const conversation = await ctx.store.read.conversations.find(conversation_sid)
  if (!conversation) return false
  return sightOf(actor, conversation, await seatOf(ctx.store.read, actor, conversation)) === 'everything'
}
