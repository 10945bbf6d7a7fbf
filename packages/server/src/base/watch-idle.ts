import type { Clock, Timer } from './clock.ts'

/** Ends what does not move: looks at `progress` every `patience` milliseconds, and calls `idle` when nothing has come since. */
export function watchIdle(pacing: Clock, patience: number, progress: () => number, idle: () => void): Timer {
  let seen = progress()
  const arm = (): Timer =>
    pacing.after(patience, () => {
      const now = progress()
      if (now === seen) return idle()
      seen = now
      timer = arm()
    })
  let timer = arm()
  return { cancel: () => timer.cancel() }
}
