/** The ways a person can take part (rest-api §3.5). */
export const channelTypes = ['chat', 'sms', 'whatsapp', 'messenger', 'gbm', 'email', 'rcs', 'apple'] as const
export type ChannelType = (typeof channelTypes)[number]

const phone = /^\+[1-9]\d{6,14}$/
const prefixed: readonly [ChannelType, RegExp][] = [
  ['whatsapp', /^whatsapp:\+[1-9]\d{6,14}$/i],
  ['rcs', /^rcs:.+$/i],
  ['messenger', /^messenger:.+$/i],
  ['gbm', /^gbm:.+$/i],
  ['apple', /^(apple|urn:mbid):.+$/i],
]
const shortCode = /^\d{3,8}$/
const mail = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** The channel an address belongs to, or `undefined` when it is no address: `+15550100001` is sms, `whatsapp:+15550100001` whatsapp. */
export function channelOfAddress(address: string): ChannelType | undefined {
  if (phone.test(address)) return 'sms'
  for (const [type, pattern] of prefixed) if (pattern.test(address)) return type
  return mail.test(address) ? 'email' : undefined
}

/** Whether messages of this channel can arrive at an address of ours. Short codes are for SMS; what stands for a chat user is free text. */
export const isReachableBy = (type: ChannelType, address: string): boolean =>
  type === 'chat' || channelOfAddress(address) === type || (type === 'sms' && shortCode.test(address))
