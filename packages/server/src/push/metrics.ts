import { Counter, Histogram } from 'prom-client'
import { metrics } from '../base/metrics.ts'
import type { PushVerdict } from '../domain/push/push-sender.ts'

const labelNames = ['provider', 'outcome'] as const

const pushes = new Counter({
  name: 'parley_pushes_total',
  help: 'Pushes that were given to a provider, by what it made of them: sent, gone (the device is no more), later, refused',
  labelNames,
  registers: [metrics],
})
const seconds = new Histogram({
  name: 'parley_push_seconds',
  help: 'How long providers of pushes took to answer',
  labelNames: ['provider'],
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  registers: [metrics],
})

/** Counts a push that a provider answered, or did not. */
export function countPush(provider: string, outcome: PushVerdict['kind'], milliseconds: number): void {
  pushes.inc({ provider, outcome })
  seconds.observe({ provider }, milliseconds / 1_000)
}
