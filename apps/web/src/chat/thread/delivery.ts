import type { Message, Participant } from '@parley/client'

/** How far a message has come with all whom it went to: the worst state of all. */
export type DeliveryState = 'sent' | 'delivered' | 'read' | 'failed'

/** Chat users tell by their read positions; those with an address by receipts. */
export function deliveryState(message: Message, participants: readonly Participant[]): DeliveryState {
  const others = participants.filter(({ identity }) => identity !== message.author)
  const readers = others.filter(({ type }) => type === 'chat')
  const isRead = readers.every(({ lastReadMessageIndex }) => (lastReadMessageIndex ?? -1) >= message.index)
  const receipt = message.aggregatedDeliveryReceipt
  if (receipt && receipt.total > 0) {
    if (receipt.failed !== 'none' || receipt.undelivered !== 'none') return 'failed'
    if (receipt.read === 'all' && isRead) return 'read'
    return receipt.delivered === 'all' ? 'delivered' : 'sent'
  }
  return readers.length > 0 && isRead ? 'read' : 'sent'
}
