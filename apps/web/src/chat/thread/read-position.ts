import type { Conversation } from '@parley/client'
import { useCallback, useEffect, useRef } from 'react'

/** A message counts as read when it has been on the screen this long, in milliseconds. */
const glance = 1_000

/**
 * Moves the user's read position to what was seen: in a tab that is in front, with the end of the thread on the screen. However fast messages come,
 * it moves once in that time at most, and does move.
 * @returns moves it to the newest at once
 */
export function useReadPosition(conversation: Conversation, newest: number | null, isAtEnd: boolean): () => void {
  const latest = useRef(newest)
  latest.current = newest
  const isEmpty = newest === null
  const looked = useRef(() => {})
  useEffect(() => {
    if (isEmpty || !isAtEnd || conversation.status !== 'joined') return
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = () => {
      clearTimeout(timer)
      timer = undefined
    }
    const look = () => {
      if (document.visibilityState !== 'visible') return stop()
      const seen = latest.current
      if (timer !== undefined || seen === null || (conversation.lastReadMessageIndex ?? -1) >= seen) return
      timer = setTimeout(() => {
        timer = undefined
        // It is said again with the next message when it does not get through.
        void conversation.advanceLastReadMessageIndex(seen).catch(() => {})
        // What came meanwhile is seen from now on.
        if (latest.current !== seen) look()
      }, glance)
    }
    looked.current = look
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      looked.current = () => {}
      stop()
      document.removeEventListener('visibilitychange', look)
    }
  }, [conversation, isEmpty, isAtEnd])
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each new message one looks
  useEffect(() => looked.current(), [newest])
  return useCallback(() => {
    const { current } = latest
    if (current !== null && conversation.status === 'joined') void conversation.advanceLastReadMessageIndex(current).catch(() => {})
  }, [conversation])
}
