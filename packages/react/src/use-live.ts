import type { Conversation, Message, Participant, User } from '@parley/client'
import { useCallback, useRef, useSyncExternalStore } from 'react'
import { listen } from './listen.ts'

/** What may change about one of them; each says only its own. */
const events = ['updated', 'removed', 'messageAdded', 'messageUpdated', 'messageRemoved', 'unreadMessagesCountChanged'] as const

/**
 * Renders again whenever something about a conversation, a message, a participant or a user changes: they keep being the same objects.
 *
 * @returns it
 */
export function useLive<T extends Conversation | Message | Participant | User | null | undefined>(one: T): T {
  const changes = useRef(0)
  const subscribe = useCallback(
    (changed: () => void) => {
      if (!one) return () => {}
      return listen(one, events, () => {
        changes.current++
        changed()
      })
    },
    [one],
  )
  useSyncExternalStore(
    subscribe,
    () => changes.current,
    () => 0,
  )
  return one
}
