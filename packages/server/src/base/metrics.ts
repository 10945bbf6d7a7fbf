import { collectDefaultMetrics, Registry } from 'prom-client'

/** What the process measures about itself, for `/metrics`. Every floor adds its own: `new Counter({ …, registers: [metrics] })`. */
export const metrics = new Registry()

collectDefaultMetrics({ register: metrics })
