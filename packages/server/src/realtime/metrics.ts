import { Counter, Gauge } from 'prom-client'
import { metrics } from '../base/metrics.ts'

/** What a door tells about itself at any moment. */
export interface Measures {
  sessions: number
  /** Objects that somebody watches, and by how many in all. */
  objects: number
  subscriptions: number
  /** Since the start: events told, and packets that went to watchers for them. */
  events: number
  deliveries: number
}

const doors = new Set<() => Measures>()

const sum = (of: keyof Measures) => [...doors].reduce((total, measure) => total + measure()[of], 0)

const gauges = {
  parley_connections: ['sessions', 'Websocket connections that are open'],
  parley_watched_objects: ['objects', 'Sync objects that some connection watches'],
  parley_subscriptions: ['subscriptions', 'Subscriptions of all connections'],
} as const
for (const [name, [of, help]] of Object.entries(gauges))
  new Gauge({
    name,
    help,
    registers: [metrics],
    collect() {
      this.set(sum(of))
    },
  })

const counters = {
  parley_events_total: ['events', 'Events that were told to watchers'],
  parley_deliveries_total: ['deliveries', 'Packets with events that went to connections'],
} as const
for (const [name, [of, help]] of Object.entries(counters))
  new Counter({
    name,
    help,
    registers: [metrics],
    collect() {
      this.reset()
      this.inc(sum(of))
    },
  })

/** Counts a door in. @returns how to count it out again */
export function measure(measures: () => Measures): () => void {
  doors.add(measures)
  return () => doors.delete(measures)
}
