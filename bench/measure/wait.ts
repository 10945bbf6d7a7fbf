import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until a condition holds; throws with what it was if it takes too long. */
export async function until(condition: () => boolean, what: () => string, milliseconds = 20_000): Promise<void> {
  const deadline = performance.now() + milliseconds
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`Waited ${milliseconds} ms in vain: ${what()}`)
    await sleep(5)
  }
}

/** Waits for a promise, but not for ever. */
export async function within<T>(milliseconds: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
