import type { DeliveryStatus, DeliverySummary } from '@parley/protocol'

type Reached = DeliveryStatus | null

/** How far each status is on the way. A failure stands where the message was last seen: with the carrier that says so. */
const way: Record<DeliveryStatus, number> = { queued: 1, sent: 2, failed: 2, undelivered: 2, delivered: 3, read: 4 }
const reached = (status: Reached) => (status === null ? 0 : way[status])

/**
 * Whether a report takes a message further (channels §1.4). Reports come late, twice, and in any order; what has been reached is not taken back.
 * That it failed counts until it was sent, that it was not delivered until it was; but whoever says that it arrived is believed, whatever was said
 * before.
 */
export function advances(before: Reached, after: DeliveryStatus): boolean {
  if (after === 'undelivered') return before === 'sent' || reached(before) < way.sent
  return reached(before) < way[after]
}

const counted: Record<Exclude<keyof DeliverySummary, 'total'>, readonly Reached[]> = {
  // What was not delivered had been sent.
  sent: ['sent', 'delivered', 'read', 'undelivered'],
  delivered: ['delivered', 'read'],
  read: ['read'],
  failed: ['failed'],
  undelivered: ['undelivered'],
}

/** How far a message has come with all whom it is sent to (rest-api §4.3). */
export function summarise(statuses: readonly Reached[]): DeliverySummary {
  const total = statuses.length
  const share = (name: keyof typeof counted) => {
    const count = statuses.filter((status) => counted[name].includes(status)).length
    return count === 0 ? 'none' : count === total ? 'all' : 'some'
  }
  return {
    total,
    sent: share('sent'),
    delivered: share('delivered'),
    read: share('read'),
    failed: share('failed'),
    undelivered: share('undelivered'),
  }
}
