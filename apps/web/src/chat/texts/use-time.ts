import { useEffect, useReducer } from 'react'
import { shortTime } from './dates.ts'

const minute = 60_000

const nextMidnight = (now: Date) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime()

/** Renders again at midnight: what is called today is yesterday then. */
export function useMidnight(): void {
  useAt(nextMidnight(new Date()))
}

/** A date as lists have it, which becomes another while it is shown: after a minute, and with the day. */
export function useShortTime(date: Date | null): string {
  const now = new Date()
  const ofAge = (date?.getTime() ?? 0) + minute
  useAt(ofAge > now.getTime() ? ofAge : nextMidnight(now))
  return date ? shortTime(date, now) : ''
}

/** Renders again at an instant. */
function useAt(instant: number): void {
  const [turn, again] = useReducer((turns: number) => turns + 1, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a timer may come a moment too early
  useEffect(() => {
    const timer = setTimeout(again, Math.max(0, instant - Date.now()) + 1)
    return () => clearTimeout(timer)
  }, [instant, turn])
}
