/**
 * The only source of time and timers. Everything that waits asks the clock, so that a moved clock moves everything.
 */
export interface Clock {
  /** Milliseconds since 1970. Never goes back. */
  now(): number
  /** Runs `task` once, `delay` milliseconds from now. */
  after(delay: number, task: () => void): Timer
  /**
   * The same for a round of what is done regularly and finds what is so by then. While the clock is moved far such rounds are fewer: those of a day
   * would have to be done in a moment.
   */
  round(delay: number, task: () => void): Timer
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
  /** Of a round: how long it has to wait. */
  regular: number | undefined
  task: () => void
  handle: NodeJS.Timeout | undefined
}

const longestTimeout = 2_147_483_647

/** Rounds of one thing that are done at most while the clock is moved. */
const mostRounds = 1_000

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
  /** The least that rounds are apart, while the clock is being moved. */
  const apart = new Set<{ milliseconds: number }>()
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

  const wait = (entry: Waiting): Timer => {
    waiting.add(entry)
    arm(entry)
    return {
      cancel() {
        clearTimeout(entry.handle)
        waiting.delete(entry)
      },
    }
  }

  return {
    now,
    after: (delay, task) => wait({ due: steady() + Math.ceil(delay), regular: undefined, task, handle: undefined }),
    round(delay, task) {
      const regular = Math.ceil(delay)
      const longest = Math.max(regular, ...[...apart].map(({ milliseconds }) => milliseconds))
      return wait({ due: steady() + longest, regular, task, handle: undefined })
    },
    async advance(distance) {
      const start = { now: now(), steady: steady() }
      const moveTo = (due: number) => {
        moved += Math.max(0, due - steady())
        // The two clocks may disagree by a millisecond: nobody finds their time not yet come.
        last = Math.max(last, start.now + due - start.steady)
      }
      const target = start.steady + Math.ceil(distance)
      const least = { milliseconds: Math.ceil(distance / mostRounds) }
      apart.add(least)
      for (;;) {
        const next = [...waiting].filter((entry) => entry.due <= target).sort((a, b) => a.due - b.due)[0]
        if (!next) break
        moveTo(next.due)
        run(next)
        // What the task started may itself ask for timers: let it get that far.
        await turn()
      }
      apart.delete(least)
      moveTo(target)
      for (const entry of waiting) {
        if (entry.regular !== undefined) entry.due = Math.min(entry.due, target + entry.regular)
        arm(entry)
      }
      await turn()
    },
  }
}
