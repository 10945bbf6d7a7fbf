import { type RefObject, useLayoutEffect, useRef } from 'react'

/** In milliseconds. */
const glide = 160

/**
 * Lets rows glide to their places when others overtake them. Under the pointer they change places at once: nobody is to hit a row that is on its way.
 * Neither do they move when other rows are shown, nor for those who want no motion.
 *
 * @param rows what is in the list, in its order; each row has its name as `data-row-of`
 * @param height of a row, in pixels
 */
export function useGlidingRows(frame: RefObject<HTMLElement | null>, rows: readonly string[], height: number): void {
  const before = useRef(rows)
  useLayoutEffect(() => {
    const places = new Map(before.current.map((name, at) => [name, at]))
    before.current = rows
    const areTheSame = places.size === rows.length && rows.every((name) => places.has(name))
    const list = frame.current
    if (!list || !areTheSame || list.matches(':hover') || matchMedia('(prefers-reduced-motion: reduce)').matches) return
    // By the next frame they are where they belong, and not drawn there yet.
    requestAnimationFrame(() => {
      const now = new Map(rows.map((name, at) => [name, at]))
      for (const row of list.querySelectorAll<HTMLElement>('[data-row-of]')) {
        const name = row.dataset['rowOf'] ?? ''
        const moved = ((places.get(name) ?? 0) - (now.get(name) ?? 0)) * height
        const from = Math.max(-list.clientHeight, Math.min(list.clientHeight, moved))
        if (from !== 0)
          row.animate([{ transform: `translateY(${from}px)` }, { transform: 'none' }], { duration: glide, easing: 'ease-out' })
      }
    })
  }, [frame, rows, height])
}
