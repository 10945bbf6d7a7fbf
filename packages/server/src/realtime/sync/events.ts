import { type SyncObject, syncObjectName, syncObjectSid } from '@parley/protocol'
import type { ItemKind } from '../../storage/changes.ts'
import type { WatchedChange } from './replay.ts'
import { documentData, messageData, myConversationData, rosterData, userInfoData } from './views.ts'

/** One Sync event as the client reads it (wire-protocol §4.4), with the id it carries. */
export interface SyncEvent {
  object: SyncObject
  id: number
  event_type: string
  /** The member of `events`. */
  body: Record<string, unknown>
}


/** The object that a change happened to. */
export function objectOf(change: WatchedChange): SyncObject {
  return { kind: change.object === 'user' ? 'userInfo' : change.object, owner: change.sid }
}

/** A change as a Sync event. `sentAt` is the event's date. */
export function toSyncEvent(change: WatchedChange, sentAt: number): SyncEvent {
  const object = objectOf(change)
  const base = { id: change.id, date_created: new Date(sentAt).toISOString() }
  switch (change.object) {
    case 'document':
      return { object, id: change.id, event_type: 'document_updated', body: { ...base, ...ofDocument(object, change.id), document_data: documentData(change.conversation) } }
    case 'messages':
      return itemEvent(object, change.kind, base, { item_index: change.message.position }, messageData(change.message))
    case 'roster':
      return itemEvent(object, change.kind, base, { item_key: change.participant.sid }, rosterData(change.participant))
    case 'conversations':
      return itemEvent(object, change.kind, base, { item_key: change.participant.conversation_sid }, myConversationData(change.participant))
    case 'user':
      return itemEvent(object, change.kind, base, { item_key: change.key }, userInfoData(change.user, change.key))
  }
}

const ofDocument = (object: SyncObject, id: number) => ({
  document_sid: syncObjectSid(object),
  document_unique_name: syncObjectName(object),
  document_revision: String(id),
})

interface EventBase {
  id: number
  date_created: string
}

function itemEvent(
  object: SyncObject,
  kind: ItemKind,
  base: EventBase,
  key: { item_index: number } | { item_key: string },
  data: object,
): SyncEvent {
  const type = object.kind === 'messages' ? 'list' : 'map'
  return {
    object,
    id: base.id,
    event_type: `${type}_item_${kind}`,
    body: {
      ...base,
      [`${type}_sid`]: syncObjectSid(object),
      [`${type}_unique_name`]: syncObjectName(object),
      [`${type}_revision`]: String(base.id),
      ...key,
      item_revision: String(base.id),
      item_data: data,
      date_expires: null,
    },
  }
}

/** The end of an object: `document_removed`, `list_removed`, `map_removed`. */
export function removalEvent(object: SyncObject, id: number, sentAt: number): SyncEvent {
  const type = object.kind === 'document' ? 'document' : object.kind === 'messages' ? 'list' : 'map'
  return {
    object,
    id,
    event_type: `${type}_removed`,
    body: {
      id,
      date_created: new Date(sentAt).toISOString(),
      [`${type}_sid`]: syncObjectSid(object),
      [`${type}_unique_name`]: syncObjectName(object),
    },
  }
}

/** The payload of a notification that carries one event. */
export function eventPayload({ event_type, body }: SyncEvent, correlation_id?: number): string {
  return JSON.stringify({
    event_type,
    event_protocol_version: 4,
    ...(correlation_id === undefined ? {} : { correlation_id }),
    events: [body],
  })
}
