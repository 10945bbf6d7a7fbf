import { Gauge } from 'prom-client'
import { metrics } from '../base/metrics.ts'
import type { Store } from '../storage/store.ts'

const stores = new Set<Store>()

/** More are not counted: who asks how it goes must not cost more the worse it goes. */
const most = 10_000

new Gauge({
  name: 'parley_jobs',
  help: `Jobs that wait and jobs that were given up, counted up to ${most}`,
  labelNames: ['state'],
  registers: [metrics],
  async collect() {
    const total = { waiting: 0, dead: 0 }
    for (const store of stores) {
      const { waiting, dead } = await store.read.jobs.counts(most).catch(() => ({ waiting: 0, dead: 0 }))
      total.waiting += waiting
      total.dead += dead
    }
    this.set({ state: 'waiting' }, total.waiting)
    this.set({ state: 'dead' }, total.dead)
  },
})

/** Counts the jobs of a store in. @returns how to count them out again */
export function measureJobs(store: Store): () => void {
  stores.add(store)
  return () => stores.delete(store)
}
