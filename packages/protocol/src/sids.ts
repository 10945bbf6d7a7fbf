/**
 * Names of things: two letters that say what it is, and 32 hexadecimal digits (rest-api §1.5).
 * Either case is accepted, lower case is made.
 */
export const sidPrefix = {
  account: 'AC',
  apiKey: 'SK',
  service: 'IS',
  conversation: 'CH',
  message: 'IM',
  participant: 'MB',
  user: 'US',
  role: 'RL',
  conversationWebhook: 'WH',
  webhookDelivery: 'WD',
  job: 'JB',
  deliveryReceipt: 'DY',
  addressConfiguration: 'IG',
  credential: 'CR',
  binding: 'BS',
  messagingService: 'MG',
  flow: 'FW',
  contentTemplate: 'HX',
  media: 'ME',
  push: 'PN',
  connection: 'CN',
  request: 'RQ',
} as const

export type SidKind = keyof typeof sidPrefix

const hex32 = /^[0-9a-fA-F]{32}$/

/** Whether `text` is a SID of this kind. */
export function isSid(kind: SidKind, text: string): boolean {
  return text.length === 34 && text.startsWith(sidPrefix[kind]) && hex32.test(text.slice(2))
}

/** The SID in the case it is stored in: prefix as it stands, digits lower case. */
export function canonicalSid(sid: string): string {
  return sid.slice(0, 2) + sid.slice(2).toLowerCase()
}
