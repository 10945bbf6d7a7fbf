/** How long a test waits for something that has to happen, in milliseconds, unless it says otherwise. */
const usualPatience = 30_000

interface Waiter<T> {
  fits(value: T): boolean
  resolve(value: T): void
}

/**
 * Things that happened, in order, and those who wait for one of them. A wait looks at what was there already first, so a test cannot miss what
 * happens faster than it asks.
 */
export class Happenings<T> {
  #all: T[] = []
  #waiters = new Set<Waiter<T>>()

  /** `describe` tells of one happening when a wait was in vain. */
  constructor(private readonly describe: (value: T) => string) {}

  /** Everything since the last `forget`. */
  get all(): readonly T[] {
    return this.#all
  }

  add(value: T): void {
    this.#all.push(value)
    for (const waiter of this.#waiters) {
      if (!waiter.fits(value)) continue
      this.#waiters.delete(waiter)
      waiter.resolve(value)
    }
  }

  /** From here on only what comes counts. */
  forget(): void {
    this.#all = []
  }

  /** The first that fits, of those since the last `forget` or of those to come. */
  first<S extends T>(what: string, fits: (value: T) => value is S): Promise<S>
  first(what: string, fits: (value: T) => boolean): Promise<T>
  async first(what: string, fits: (value: T) => boolean): Promise<T> {
    const found = this.#all.find(fits)
    if (found !== undefined) return found
    return inTime(
      new Promise<T>((resolve) => this.#waiters.add({ fits, resolve })),
      () => `${what}; there was: ${this.#all.map(this.describe).join(', ') || 'nothing'}`,
    )
  }
}

/** The promise, or an error that says what was waited for in vain. */
export async function inTime<T>(promise: Promise<T>, what: () => string, patience = usualPatience): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited in vain for ${what()}`)), patience)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Asks again and again until the answer is not `undefined`: for what announces itself by no event. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined> | T | undefined, patience?: number): Promise<T> {
  let over = false
  const asking = async (): Promise<T> => {
    for (;;) {
      const answer = await ask()
      if (answer !== undefined) return answer
      if (over) throw new Error('nobody waits any more')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const asked = asking()
  asked.catch(() => {})
  return inTime(asked, () => what, patience).finally(() => {
    over = true
  })
}
