import { type DeliveryStatus, deliveryStatuses } from '@parley/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { advances, summarise } from './delivery.ts'

/** What carriers can truly say of one message, in the order in which it happens. */
const stories: DeliveryStatus[][] = [
  ['queued', 'sent', 'delivered', 'read'],
  ['queued', 'failed'],
  ['queued', 'sent', 'undelivered'],
  ['queued', 'sent', 'undelivered', 'delivered', 'read'],
]

const told = (reports: readonly DeliveryStatus[]) =>
  reports.reduce<DeliveryStatus | null>((before, report) => (advances(before, report) ? report : before), null)

it('reports of one story end in the same status, whatever their order and however often each comes', () => {
  const reports = fc
    .constantFrom(...stories)
    .chain((story) => fc.tuple(fc.constant(story), fc.array(fc.constantFrom(...story), { maxLength: 12 })))
  fc.assert(
    fc.property(reports, ([story, extra]) => {
      const shuffled = [...extra, ...story].sort((a, b) => a.length - b.length || a.localeCompare(b))
      expect([told([...story, ...extra]), told([...extra, ...story]), told(shuffled)]).toEqual(Array(3).fill(story.at(-1)))
    }),
  )
})

it('an amount is none, some or all of the receipts, and what has gone further counts for what lies before', () => {
  const order = ['sent', 'delivered', 'read'] as const
  const amounts = { none: 0, some: 1, all: 2 }
  fc.assert(
    fc.property(fc.array(fc.constantFrom(null, ...deliveryStatuses), { minLength: 1, maxLength: 50 }), (statuses) => {
      const summary = summarise(statuses)
      expect(summary.total).toBe(statuses.length)
      for (const exact of ['failed', 'undelivered'] as const) {
        const count = statuses.filter((status) => status === exact).length
        expect(summary[exact]).toBe(count === 0 ? 'none' : count === statuses.length ? 'all' : 'some')
      }
      const along = order.map((name) => amounts[summary[name]])
      expect(along).toEqual(along.toSorted((a, b) => b - a))
    }),
  )
})
