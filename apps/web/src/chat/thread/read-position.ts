import type { Conversation } from '@parley/client'
import { useEffect } from 'react'

/** A message counts as read when it has been on the screen this long, in milliseconds. */
const glance = 1_000

/** Moves the user's read position to the newest message, once it was seen: in a tab that is in front, with the end of the thread on the screen. */
export function useReadPosition(conversation: Conversation, newest: number | null, isAtEnd: boolean): void {
  useEffect(() => {
    if (newest === null || !isAtEnd || conversation.status !== 'joined') return
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      clearTimeout(timer)
      if (document.visibilityState !== 'visible' || (conversation.lastReadMessageIndex ?? -1) >= newest) return
      // It is said again with the next message when it does not get through.
      timer = setTimeout(() => void conversation.advanceLastReadMessageIndex(newest).catch(() => {}), glance)
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [conversation, newest, isAtEnd])
}
