import type { Conversation, Participant } from '@parley/client'
import { useParticipants } from '@parley/react'
import { useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'

/** The name of somebody who takes part: identity, or the name or number in the attributes of those who have none. */
export function nameOf({ identity, attributes, type, bindings }: Participant): string {
  if (identity) return identity
  const { name, address } = (attributes ?? {}) as { name?: unknown; address?: unknown }
  for (const one of [name, address, bindings.email?.name, bindings.email?.address]) if (typeof one === 'string' && one) return one
  return texts.people.kinds[type] ?? texts.nobody
}

/** What a conversation is called: by its name, by the others in it, or by its unique name. */
export function conversationName({ friendlyName, uniqueName }: Conversation, participants: readonly Participant[], mine: string): string {
  if (friendlyName) return friendlyName
  const others = participants.filter(({ identity }) => identity !== mine).map(nameOf)
  return others.join(', ') || uniqueName || texts.untitled
}

/** The same, as it changes, and those who take part: they are read only where the conversation has no name of its own. */
export function useNameAndPeople(conversation: Conversation): { name: string; people: readonly Participant[] } {
  const { identity } = useSession()
  const isNamed = Boolean(conversation.friendlyName)
  const { value: people } = useParticipants(isNamed ? null : conversation)
  return { name: conversationName(conversation, people, identity), people }
}
