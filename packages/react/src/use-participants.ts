import type { Conversation, Participant } from '@parley/client'
import { useMemo } from 'react'
import { listen } from './listen.ts'
import { type Follow, type Loaded, useLoaded } from './use-loaded.ts'

const events = ['participantJoined', 'participantLeft', 'participantUpdated'] as const

const none: readonly Participant[] = []

/** Who takes part in a conversation. The list is a new one whenever somebody comes, goes, reads on or changes. */
export function useParticipants(conversation: Conversation | null | undefined): Loaded<readonly Participant[]> {
  const follow = useMemo<Follow<readonly Participant[]> | undefined>(
    () =>
      conversation
        ? ({ show, fail }) => {
            const read = () => void conversation.getParticipants().then(show, fail)
            read()
            return listen(conversation, events, read)
          }
        : undefined,
    [conversation],
  )
  return useLoaded(none, follow)
}
