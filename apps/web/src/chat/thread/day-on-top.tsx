import { useEffect, useState } from 'react'
import { dayOf } from '../texts/dates.ts'
import type { Row } from './rows.ts'

/** The day of the messages that are on top of the thread, while their own day line is out of sight. */
export function DayOnTop({ scroller, rows }: { scroller: HTMLElement | null; rows: readonly Row[] }) {
  const [day, setDay] = useState<string | null>(null)
  useEffect(() => {
    if (!scroller) return
    const dates = new Map(rows.map(({ key, date }) => [key, date]))
    let frame = 0
    const look = () => {
      frame = 0
      setDay(dayAtTop(scroller, dates))
    }
    const moved = () => {
      frame ||= requestAnimationFrame(look)
    }
    moved()
    scroller.addEventListener('scroll', moved, { passive: true })
    return () => {
      cancelAnimationFrame(frame)
      scroller.removeEventListener('scroll', moved)
    }
  }, [scroller, rows])
  if (day === null) return null
  // Screen readers have the lines between the messages.
  return (
    <p aria-hidden className="pointer-events-none absolute inset-x-0 top-2 z-10 flex justify-center text-xs font-medium text-muted">
      <span data-day-on-top className="rounded-full border border-line bg-surface px-3 py-1">
        {day}
      </span>
    </p>
  )
}

function dayAtTop(scroller: HTMLElement, dates: ReadonlyMap<string, Date>): string | null {
  const { top } = scroller.getBoundingClientRect()
  for (const element of scroller.querySelectorAll<HTMLElement>('[data-day], [data-row]')) {
    const { bottom } = element.getBoundingClientRect()
    if (bottom <= top) continue
    // The line of a day is on top itself.
    const date = element.dataset['row'] === undefined ? undefined : dates.get(element.dataset['row'])
    return date ? dayOf(date) : null
  }
  return null
}
