import { isoInstant, type SyncObject, syncObjectName, syncObjectSid } from '@parley/protocol'
import type { ItemKind } from '../../storage/changes.ts'
import type { WatchedChange } from './replay.ts'
import { documentData, messageData, myConversationData, rosterData, userInfoData } from './views.ts'

/**
 * Sync events as clients read them (wire-protocol §4.4). They are written as text at once: one is made for every change, and building objects
 * only to turn them into text was a tenth of what a message cost. SIDs, names and keys of our own need no escaping; data is JSON.
 */
export interface SyncEvent {
  event_type: string
  /** JSON of the member of `events`. */
  body: string
}

/** The object that a change happened to. */
export function objectOf(change: WatchedChange): SyncObject {
  return { kind: change.object === 'user' ? 'userInfo' : change.object, owner: change.sid }
}

/** A change as a Sync event. `sentAt` is the event's date. */
export function toSyncEvent(change: WatchedChange, sentAt: number): SyncEvent {
  const object = objectOf(change)
  switch (change.object) {
    case 'document': {
      const data = JSON.stringify(documentData(change.conversation))
      const revision = `"document_revision":"${change.id}","document_data":${data}`
      return { event_type: 'document_updated', body: `{${start('document', object, change.id, sentAt)},${revision}}` }
    }
    case 'messages':
      return itemEvent(object, change, sentAt, `"item_index":${change.message.position}`, messageData(change.message))
    case 'roster':
      return itemEvent(object, change, sentAt, `"item_key":"${change.participant.sid}"`, rosterData(change.participant))
    case 'conversations':
      return itemEvent(
        object,
        change,
        sentAt,
        `"item_key":"${change.participant.conversation_sid}"`,
        myConversationData(change.participant),
      )
    case 'user':
      return itemEvent(object, change, sentAt, `"item_key":"${change.key}"`, userInfoData(change.user, change.key))
  }
}

type ObjectType = 'document' | 'list' | 'map'

const start = (type: ObjectType, object: SyncObject, id: number, sentAt: number) =>
  `"id":${id},"date_created":"${isoInstant(sentAt)}","${type}_sid":"${syncObjectSid(object)}","${type}_unique_name":"${syncObjectName(object)}"`

function itemEvent(object: SyncObject, { id, kind }: { id: number; kind: ItemKind }, sentAt: number, key: string, data: object): SyncEvent {
  const type = object.kind === 'messages' ? 'list' : 'map'
  const item = `${key},"item_revision":"${id}","item_data":${JSON.stringify(data)},"date_expires":null`
  return { event_type: `${type}_item_${kind}`, body: `{${start(type, object, id, sentAt)},"${type}_revision":"${id}",${item}}` }
}

/** The end of an object: `document_removed`, `list_removed`, `map_removed`. */
export function removalEvent(object: SyncObject, id: number, sentAt: number): SyncEvent {
  const type = object.kind === 'document' ? 'document' : object.kind === 'messages' ? 'list' : 'map'
  return { event_type: `${type}_removed`, body: `{${start(type, object, id, sentAt)}}` }
}

/** The payload of a notification that carries one event. */
export function eventPayload({ event_type, body }: SyncEvent, correlation_id?: number): string {
  const correlated = correlation_id === undefined ? '' : `"correlation_id":${correlation_id},`
  return `{"event_type":"${event_type}","event_protocol_version":4,${correlated}"events":[${body}]}`
}
