import type { Conversation, Participant } from '@parley/client'
import { useCallback, useEffect, useState } from 'react'

export interface Typing {
  /** Others who type now. */
  typing: readonly Participant[]
  /** To be called with every key. */
  type(): void
}

/** Who types in a conversation, and the way to say that the user does. */
export function useTyping(conversation: Conversation | null | undefined): Typing {
  const [typing, setTyping] = useState<readonly Participant[]>([])
  useEffect(() => {
    setTyping([])
    if (!conversation) return
    const started = (participant: Participant) => setTyping((before) => [...before.filter((one) => one !== participant), participant])
    const ended = (participant: Participant) => setTyping((before) => before.filter((one) => one !== participant))
    conversation.on('typingStarted', started)
    conversation.on('typingEnded', ended)
    conversation.on('participantLeft', ended)
    return () => {
      conversation.off('typingStarted', started)
      conversation.off('typingEnded', ended)
      conversation.off('participantLeft', ended)
    }
  }, [conversation])
  // A sign of typing that does not get through is no matter.
  const type = useCallback(() => void conversation?.typing().catch(() => {}), [conversation])
  return { typing, type }
}
