import { useEffect, useRef } from 'react'

/** Between two looks, in milliseconds. */
const every = 5_000

/** Looks again and again, as long as somebody sees the page. */
export function useFresh(look: () => void): void {
  const latest = useRef(look)
  latest.current = look
  useEffect(() => {
    const again = () => document.visibilityState === 'visible' && latest.current()
    const timer = setInterval(again, every)
    document.addEventListener('visibilitychange', again)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', again)
    }
  }, [])
}
