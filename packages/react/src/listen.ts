/** What hooks need of an emitter. */
interface Emitter {
  on(event: never, listener: () => void): unknown
  off(event: never, listener: () => void): unknown
}

/** Calls back after any of these events. @returns stops it */
export function listen(emitter: Emitter, events: readonly string[], listener: () => void): () => void {
  for (const event of events) emitter.on(event as never, listener)
  return () => {
    for (const event of events) emitter.off(event as never, listener)
  }
}
