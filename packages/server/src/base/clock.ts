/**
 * The only source of time and timers. Everything that waits asks the clock, so that a moved clock moves everything.
 */
export interface Clock {
  /** Milliseconds since 1970. Never goes back. */
  now(): number
  /** Runs `task` once, `delay` milliseconds from now. */
  after(delay: number, task: () => void): Timer
}

export interface Timer {
  /** The task will not run, if it has not yet. */
  cancel(): void
}

/** The real clock, which development mode can move forward (design §10). */
export interface MovableClock extends Clock {
  /** Moves the clock forward; what falls due on the way runs at its instant, in order, before this resolves. */
  advance(milliseconds: number): Promise<void>
}

interface Waiting {
  due: number
  task: () => void
  handle: NodeJS.Timeout | undefined
}

const longestTimeout = 2_147_483_647

/** A clock over the machine's time. Timers do not keep the process alive. */
export function createClock(machineTime: () => number = Date.now): MovableClock {
  let offset = 0
  let last = 0
  const waiting = new Set<Waiting>()

  const now = () => {
    last = Math.max(last, machineTime() + offset)
    return last
  }

  const run = (entry: Waiting) => {
    clearTimeout(entry.handle)
    waiting.delete(entry)
    entry.task()
  }

  const arm = (entry: Waiting) => {
    clearTimeout(entry.handle)
    const delay = Math.max(0, entry.due - now())
    entry.handle = setTimeout(() => (entry.due <= now() ? run(entry) : arm(entry)), Math.min(delay, longestTimeout))
    entry.handle.unref()
  }

  return {
    now,
    after(delay, task) {
      const entry: Waiting = { due: now() + delay, task, handle: undefined }
      waiting.add(entry)
      arm(entry)
      return {
        cancel() {
          clearTimeout(entry.handle)
          waiting.delete(entry)
        },
      }
    },
    async advance(milliseconds) {
      const target = now() + milliseconds
      for (;;) {
        const next = [...waiting].filter((entry) => entry.due <= target).sort((a, b) => a.due - b.due)[0]
        if (!next) break
        offset += Math.max(0, next.due - now())
        run(next)
        // What the task started may itself ask for timers: let it get that far.
        await new Promise((resolve) => setImmediate(resolve))
      }
      offset += Math.max(0, target - now())
      for (const entry of waiting) arm(entry)
    },
  }
}
