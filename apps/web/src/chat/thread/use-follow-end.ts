import { useCallback, useEffect, useRef } from 'react'

/** How near to the end the reader still follows it, in pixels. */
export const nearEnd = 80

/**
 * Keeps the end of the thread on the screen for a reader who is there, whatever grows above it or takes room below it: until they scroll back.
 *
 * @returns to be called when the content has grown
 */
export function useFollowEnd(scroller: HTMLElement | null, startsAtEnd: boolean): () => void {
  const follows = useRef(startsAtEnd)
  const follow = useCallback(() => {
    if (scroller && follows.current) scroller.scrollTop = scroller.scrollHeight
  }, [scroller])
  useEffect(() => {
    if (!scroller) return
    let before = scroller.scrollTop
    const scrolled = () => {
      const { scrollTop, scrollHeight, clientHeight } = scroller
      if (scrollHeight - clientHeight - scrollTop < nearEnd) follows.current = true
      // What grows does not scroll: who goes up wants to.
      else if (scrollTop < before) follows.current = false
      before = scrollTop
    }
    scroller.addEventListener('scroll', scrolled, { passive: true })
    const sizes = new ResizeObserver(follow)
    sizes.observe(scroller)
    return () => {
      scroller.removeEventListener('scroll', scrolled)
      sizes.disconnect()
    }
  }, [scroller, follow])
  return follow
}
