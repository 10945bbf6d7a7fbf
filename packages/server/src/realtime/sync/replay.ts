import type { SyncObject } from '@parley/protocol'
import type { Change } from '../../storage/changes.ts'
import type { ConversationRow, UserRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'
import { userInfoKeys } from './views.ts'

/** A change of an object that clients watch. */
export type WatchedChange = Exclude<Change, { object: 'access' | 'conversation' | 'jobs' | 'webhooks' | 'push' }>

/** What a client missed of one object: the changes, in order of their ids, and up to which event that is all. */
export interface Replay {
  changes: WatchedChange[]
  upTo: number
  /** Whether there is more behind `upTo`. */
  more: boolean
}

/** The row that an object is a view of, and with it the object's counter. */
export type Owner = { conversation: ConversationRow } | { user: UserRow }

/** The object's last event id, as its row says. */
export function lastEventId(object: SyncObject, owner: Owner): number {
  if ('conversation' in owner) {
    const { conversation } = owner
    if (object.kind === 'document') return conversation.document_event_id
    return object.kind === 'messages' ? conversation.messages_event_id : conversation.roster_event_id
  }
  return object.kind === 'conversations' ? owner.user.conversations_event_id : owner.user.info_event_id
}

/** Changes of a messages list that are replayed in one portion. */
const portion = 500

/**
 * The compacted replay (wire-protocol §4.5): no log of events is kept. Every item knows the events that made it and last changed it; so what
 * happened after `after` is told by the items as they are now, each once.
 */
export async function replayAfter(read: Readers, object: SyncObject, owner: Owner, after: number): Promise<Replay> {
  const last = lastEventId(object, owner)
  // Most clients come back to objects that did not change.
  if (last <= after) return { changes: [], upTo: last, more: false }
  if ('user' in owner) return object.kind === 'userInfo' ? ofUserInfo(owner.user, after) : ofConversations(read, owner.user, after)
  switch (object.kind) {
    case 'messages':
      return ofMessages(read, owner.conversation, after)
    case 'roster':
      return ofRoster(read, owner.conversation, after)
    default: {
      const { conversation } = owner
      return {
        changes: [{ object: 'document', sid: conversation.sid, id: last, kind: 'updated', conversation, onlyLastMessage: false }],
        upTo: last,
        more: false,
      }
    }
  }
}

interface Item {
  created: number
  changed: number
  removed: boolean
}

/**
 * Which event tells of an item: added when it came after `after`, else updated. A removal is told in any case: a page may have shown the item to
 * a client that had opened the object before and subscribes behind; who never knew it takes no notice. An item that was changed again behind
 * `upTo` is told as it was made; that change comes with the next portion, or live.
 */
function kindOf(
  { created, changed, removed }: Item,
  after: number,
  upTo: number,
): { kind: 'added' | 'updated' | 'removed'; id: number } | undefined {
  if (changed > upTo) return created > after && created <= upTo && !removed ? { kind: 'added', id: created } : undefined
  if (removed) return { kind: 'removed', id: changed }
  return { kind: created > after ? 'added' : 'updated', id: changed }
}

const byId = (a: { id: number }, b: { id: number }) => a.id - b.id

async function ofMessages(read: Readers, conversation: ConversationRow, after: number): Promise<Replay> {
  const { rows, complete } = await read.messages.changedAfter(conversation, after, portion)
  const changes: Replay['changes'] = []
  for (const message of rows) {
    const told = kindOf(
      { created: message.created_event_id, changed: message.event_id, removed: message.removed_at !== null },
      after,
      complete,
    )
    if (told) changes.push({ object: 'messages', sid: conversation.sid, ...told, message })
  }
  return { changes: changes.sort(byId), upTo: complete, more: complete < conversation.messages_event_id }
}

async function ofRoster(read: Readers, conversation: ConversationRow, after: number): Promise<Replay> {
  const upTo = conversation.roster_event_id
  const changes: Replay['changes'] = []
  for (const participant of await read.participants.rosterChangedAfter(conversation.sid, after)) {
    const told = kindOf(
      { created: participant.created_event_id, changed: participant.event_id, removed: participant.removed_at !== null },
      after,
      upTo,
    )
    if (told) changes.push({ object: 'roster', sid: conversation.sid, ...told, participant })
  }
  return { changes: changes.sort(byId), upTo, more: false }
}

async function ofConversations(read: Readers, user: UserRow, after: number): Promise<Replay> {
  const upTo = user.conversations_event_id
  const changes: Replay['changes'] = []
  for (const participant of await read.participants.mineChangedAfter(user.sid, after)) {
    const told = kindOf(
      {
        created: participant.mine_created_event_id ?? 0,
        changed: participant.mine_event_id ?? 0,
        removed: participant.removed_at !== null,
      },
      after,
      upTo,
    )
    if (told) changes.push({ object: 'conversations', sid: user.sid, ...told, participant })
  }
  return { changes: changes.sort(byId), upTo, more: false }
}

function ofUserInfo(user: UserRow, after: number): Replay {
  const ids = { friendlyName: user.friendly_name_event_id, attributes: user.attributes_event_id, reachability: user.reachability_event_id }
  const changes: Replay['changes'] = userInfoKeys
    .filter((key) => ids[key] > after)
    .map((key) => ({ object: 'user', sid: user.sid, id: ids[key], kind: 'updated', key, user }))
  return { changes: changes.sort(byId), upTo: user.info_event_id, more: false }
}
