import { isSame, type JSONValue, readAttributes } from './json.ts'
import type { ConversationDocument, DeliveryItem, MediaItem, MessageItem, MyConversationItem, RosterItem, UserInfoItem } from './wire.ts'

/**
 * What an event makes of what is known: pure functions from old fields and new data to new fields and the reasons that an app is told
 * (wire-protocol §5.10). A member that is absent leaves the old value. Dates are milliseconds; `null` is "not set".
 */
export interface Applied<Fields, Reason> {
  fields: Fields
  reasons: Reason[]
}

export type ConversationReason =
  | 'attributes'
  | 'createdBy'
  | 'dateCreated'
  | 'dateUpdated'
  | 'friendlyName'
  | 'lastReadMessageIndex'
  | 'state'
  | 'status'
  | 'uniqueName'
  | 'lastMessage'
  | 'notificationLevel'
  | 'bindings'

export interface ConversationFields {
  attributes: JSONValue
  createdBy: string
  dateCreated: number | null
  dateUpdated: number | null
  friendlyName: string | null
  uniqueName: string | null
  lastMessage: { index: number; date: number } | null
  state: { current: 'active' | 'inactive' | 'closed'; date: number } | null
  bindings: ConversationDocument['bindings']
  status: 'joined' | 'notParticipating'
  lastReadMessageIndex: number | null
  notificationLevel: 'default' | 'muted'
}

export const unknownConversation: ConversationFields = {
  attributes: {},
  createdBy: '',
  dateCreated: null,
  dateUpdated: null,
  friendlyName: null,
  uniqueName: null,
  lastMessage: null,
  state: null,
  bindings: {},
  status: 'notParticipating',
  lastReadMessageIndex: null,
  notificationLevel: 'default',
}

/** The conversation document. What is one user's own does not stand in it. */
export function applyDocument(
  before: ConversationFields,
  data: Partial<ConversationDocument>,
): Applied<ConversationFields, ConversationReason> {
  const { attributes, createdBy, dateCreated, dateUpdated, lastMessage, state } = data
  return changed(before, {
    attributes: attributes === undefined ? undefined : readAttributes(attributes),
    createdBy: createdBy ?? undefined,
    dateCreated: instant(dateCreated),
    dateUpdated: instant(dateUpdated),
    friendlyName: data.friendlyName,
    uniqueName: data.uniqueName,
    lastMessage: lastMessage && { index: lastMessage.index, date: instant(lastMessage.timestamp) ?? 0 },
    state: state && { current: state.current, date: instant(state.dateUpdated) ?? 0 },
    bindings: data.bindings,
  })
}

/** The user's own side of a conversation. Coming and going is not an update: whoever keeps the list says it. */
export function applyMyConversation(
  before: ConversationFields,
  data: Partial<MyConversationItem>,
): Applied<ConversationFields, ConversationReason> {
  return changed(before, { lastReadMessageIndex: data.lastConsumedMessageIndex, notificationLevel: data.notificationLevel })
}

export type ParticipantReason =
  | 'attributes'
  | 'dateCreated'
  | 'dateUpdated'
  | 'roleSid'
  | 'lastReadMessageIndex'
  | 'lastReadTimestamp'
  | 'bindings'

export interface ParticipantFields {
  attributes: JSONValue
  dateCreated: number | null
  dateUpdated: number | null
  roleSid: string
  lastReadMessageIndex: number | null
  lastReadTimestamp: number | null
  bindings: RosterItem['bindings']
}

export const unknownParticipant: ParticipantFields = {
  attributes: {},
  dateCreated: null,
  dateUpdated: null,
  roleSid: '',
  lastReadMessageIndex: null,
  lastReadTimestamp: null,
  bindings: {},
}

export function applyRosterItem(before: ParticipantFields, data: Partial<RosterItem>): Applied<ParticipantFields, ParticipantReason> {
  const { attributes, lastConsumptionTimestamp: read } = data
  return changed(before, {
    attributes: attributes === undefined ? undefined : readAttributes(attributes),
    dateCreated: instant(data.dateCreated),
    dateUpdated: instant(data.dateUpdated),
    roleSid: data.roleSid,
    lastReadMessageIndex: data.lastConsumedMessageIndex,
    lastReadTimestamp: read === null ? null : instant(read),
    bindings: data.bindings,
  })
}

export type MessageReason =
  | 'body'
  | 'lastUpdatedBy'
  | 'dateCreated'
  | 'dateUpdated'
  | 'attributes'
  | 'author'
  | 'deliveryReceipt'
  | 'subject'
  | 'media'

export interface MessageFields {
  body: string | null
  lastUpdatedBy: string | null
  dateCreated: number | null
  dateUpdated: number | null
  attributes: JSONValue
  author: string | null
  deliveryReceipt: DeliveryItem | null
  subject: string | null
  media: readonly MediaItem[]
}

export const unknownMessage: MessageFields = {
  body: null,
  lastUpdatedBy: null,
  dateCreated: null,
  dateUpdated: null,
  attributes: {},
  author: null,
  deliveryReceipt: null,
  subject: null,
  media: [],
}

export function applyMessageItem(before: MessageFields, data: Partial<MessageItem>): Applied<MessageFields, MessageReason> {
  const { attributes, medias, media } = data
  return changed(before, {
    body: data.text ?? undefined,
    lastUpdatedBy: data.lastUpdatedBy ?? undefined,
    dateCreated: instant(data.timestamp),
    dateUpdated: instant(data.dateUpdated),
    attributes: attributes === undefined ? undefined : readAttributes(attributes),
    author: data.author || undefined,
    deliveryReceipt: isDelivery(data.delivery) ? data.delivery : undefined,
    subject: data.subject ?? undefined,
    media: medias ?? (media ? [media] : undefined),
  })
}

/** Amounts count only when they are whole (wire-protocol §5.6). */
function isDelivery(delivery: DeliveryItem | undefined): delivery is DeliveryItem {
  if (!delivery || !(delivery.total >= 1)) return false
  return [delivery.sent, delivery.delivered, delivery.read, delivery.failed, delivery.undelivered].every(Boolean)
}

export type UserReason = 'friendlyName' | 'attributes' | 'reachabilityOnline' | 'reachabilityNotifiable'

export interface UserFields {
  friendlyName: string | null
  attributes: JSONValue
  reachabilityOnline: boolean | null
  reachabilityNotifiable: boolean | null
}

export const unknownUser: UserFields = { friendlyName: null, attributes: {}, reachabilityOnline: null, reachabilityNotifiable: null }

export function applyUserInfo(before: UserFields, key: string, data: UserInfoItem): Applied<UserFields, UserReason> {
  if (key === 'friendlyName') return changed(before, { friendlyName: data.value })
  if (key === 'attributes') return changed(before, { attributes: readAttributes(data.value) })
  if (key === 'reachability') return changed(before, { reachabilityOnline: data.online, reachabilityNotifiable: data.notifiable })
  return { fields: before, reasons: [] }
}

/** Keeps what is `undefined`, and names what became different. */
function changed<Fields extends object, Reason extends Extract<keyof Fields, string>>(
  before: Fields,
  after: { [Name in Reason]?: Fields[Name] | undefined },
): Applied<Fields, Reason> {
  const names = Object.keys(after) as Reason[]
  const reasons = names.filter((name) => after[name] !== undefined && !isSame(before[name], after[name]))
  if (reasons.length === 0) return { fields: before, reasons }
  const news = Object.fromEntries(reasons.map((name) => [name, after[name]]))
  return { fields: { ...before, ...news }, reasons }
}

/** Milliseconds of a date in text or in milliseconds. */
function instant(date: string | number | null | undefined): number | undefined {
  if (date === undefined || date === null) return undefined
  const milliseconds = typeof date === 'number' ? date : Date.parse(date)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}
