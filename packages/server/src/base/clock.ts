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
  /** On the steady clock. */
  due: number
  task: () => void
  handle: NodeJS.Timeout | undefined
}

const longestTimeout = 2_147_483_647

/** What is under way goes on until it waits for something else. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const milliseconds = () => Math.floor(performance.now())

/**
 * A clock over the machine's time. Timers do not keep the process alive. They run by a steady clock: when somebody sets the machine's time back,
 * `now` stands still until it is reached again, and timers go on.
 */
export function createClock(machineTime = Date.now, steadyTime = machineTime === Date.now ? milliseconds : machineTime): MovableClock {
  let moved = 0
  let last = 0
  const waiting = new Set<Waiting>()

  const now = () => {
    last = Math.max(last, machineTime() + moved)
    return last
  }
  const steady = () => steadyTime() + moved

  const run = (entry: Waiting) => {
    clearTimeout(entry.handle)
    waiting.delete(entry)
    entry.task()
  }

  const arm = (entry: Waiting) => {
    clearTimeout(entry.handle)
    const delay = Math.max(0, entry.due - steady())
    entry.handle = setTimeout(() => (entry.due <= steady() ? run(entry) : arm(entry)), Math.min(delay, longestTimeout))
    entry.handle.unref()
  }

  return {
    now,
    after(delay, task) {
      const entry: Waiting = { due: steady() + Math.ceil(delay), task, handle: undefined }
      waiting.add(entry)
      arm(entry)
      return {
        cancel() {
          clearTimeout(entry.handle)
          waiting.delete(entry)
        },
      }
    },
    async advance(distance) {
      const start = { now: now(), steady: steady() }
      const moveTo = (due: number) => {
        moved += Math.max(0, due - steady())
        // The two clocks may disagree by a millisecond: nobody finds their time not yet come.
        last = Math.max(last, start.now + due - start.steady)
      }
      const target = start.steady + Math.ceil(distance)
      for (;;) {
        const next = [...waiting].filter((entry) => entry.due <= target).sort((a, b) => a.due - b.due)[0]
        if (!next) break
        moveTo(next.due)
        run(next)
        // What the task started may itself ask for timers: let it get that far.
        await turn()
      }
      moveTo(target)
      for (const entry of waiting) arm(entry)
      await turn()
    },
  }
}
