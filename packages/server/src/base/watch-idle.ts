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

interface Download {
  once(event: 'close', ended: () => void): unknown
}

/** Hangs up on a client that does not read what it asked for: it would keep for ever what the download holds. */
export function hangUpWhenIdle(
  pacing: Clock,
  patience: number,
  socket: { readonly bytesWritten: number; destroy(): unknown },
  download: Download,
): void {
  const watch = watchIdle(
    pacing,
    patience,
    () => socket.bytesWritten,
    () => socket.destroy(),
  )
  download.once('close', () => watch.cancel())
}
