import type { Conversation, Participant } from '@parley/client'

/** Offered at once. */
export const quickReactions = ['👍', '❤️', '😂', '😮', '🙏', '🎉']

/** Messages whose reactions are kept by one participant at most: their attributes are bounded. */
const most = 150

type OwnReactions = Record<string, string[]>

/**
 * Reactions are kept by those who react, in the attributes of their own participant: there everybody may write, and nobody overwrites anybody
 * (docs/decisions/0030).
 */
function reactionsOf({ attributes }: Participant): OwnReactions {
  const { reactions } = (typeof attributes === 'object' && attributes !== null ? attributes : {}) as { reactions?: unknown }
  return typeof reactions === 'object' && reactions !== null ? (reactions as OwnReactions) : {}
}

/** By message, and by reaction: who. */
export function gatherReactions(participants: readonly Participant[]): Map<string, Map<string, Participant[]>> {
  const all = new Map<string, Map<string, Participant[]>>()
  for (const participant of participants)
    for (const [sid, reactions] of Object.entries(reactionsOf(participant))) {
      if (!Array.isArray(reactions)) continue
      const ofMessage = all.get(sid) ?? new Map<string, Participant[]>()
      all.set(sid, ofMessage)
      for (const reaction of reactions)
        if (typeof reaction === 'string') ofMessage.set(reaction, [...(ofMessage.get(reaction) ?? []), participant])
    }
  return all
}

/** Reacts, or takes it back. @throws RequestError */
export async function react(conversation: Conversation, identity: string, messageSid: string, reaction: string): Promise<void> {
  const me = await conversation.getParticipantByIdentity(identity)
  if (!me) return
  const { [messageSid]: mine = [], ...others } = reactionsOf(me)
  const next = mine.includes(reaction) ? mine.filter((one) => one !== reaction) : [...mine, reaction]
  const kept = Object.entries(others).slice(-(most - 1))
  const reactions = Object.fromEntries(next.length > 0 ? [...kept, [messageSid, next]] : kept)
  const attributes = typeof me.attributes === 'object' && me.attributes !== null && !Array.isArray(me.attributes) ? me.attributes : {}
  await me.updateAttributes({ ...attributes, reactions })
}
