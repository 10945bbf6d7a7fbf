import type { Log } from '../base/log.ts'

/** Works that are done one after the other for each name; a failure is logged, and the next goes on. */
export interface InTurn {
  add(name: string, work: () => Promise<void>): void
  /** Resolves when everything that was added is done. */
  idle(): Promise<void>
}

/** @param failed what a failure is called in the log */
export function createTurns(log: Log, failed: string): InTurn {
  const underWay = new Map<string, Promise<void>>()
  return {
    add(name, work) {
      const running = (underWay.get(name) ?? Promise.resolve())
        .then(work)
        .catch((cause) => log.error({ err: cause }, failed))
        .finally(() => {
          if (underWay.get(name) === running) underWay.delete(name)
        })
      underWay.set(name, running)
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
  }
}
