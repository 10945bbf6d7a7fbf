const codes = { SIGINT: 130, SIGTERM: 143 }

/**
 * Calls `stop` when npm was told to end and we were not. Between npm and us there may be a shell that takes a signal for itself and goes
 * away: then our parent is another process than it was. A signal that reaches us is left to those who listen, and ends us if nobody does.
 */
export function endWithNpm(stop) {
  if (!process.env['npm_lifecycle_event']) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    stop()
  }, 200)
  watch.unref()
  for (const [signal, code] of Object.entries(codes)) {
    process.once(signal, () => {
      clearInterval(watch)
      if (process.listenerCount(signal) === 0) process.exit(code)
    })
  }
}
