import { isoInstant, ParleyError, parseSyncObject, type SyncObject, syncObjectName, syncObjectSid, syncObjects } from '@parley/protocol'
import { type Sight, seatOf, sightOf, type UserActor } from '../../domain/access.ts'
import type { Context } from '../../domain/context.ts'
import type { Seat } from '../../storage/seats.ts'
import { getOwner } from './owner.ts'
import { lastEventId, type Owner } from './replay.ts'
import { documentData } from './views.ts'

/** An object that somebody may read, with its row. */
export interface OpenedObject {
  object: SyncObject
  owner: Owner
  /** Whether they see it only because a role in the service lets them into every conversation. */
  overseen: boolean
}

/**
 * Opens an object for a user. Conversations are for those who take part (the document also for its creator), a user's own conversations for
 * that user alone, user info for everybody in the service.
 *
 * @throws ParleyError 54100 when there is no such object for this user: a foreign one does not exist
 */
export async function openObject(ctx: Context, actor: UserActor, address: string | SyncObject): Promise<OpenedObject> {
  const object = typeof address === 'string' ? parseSyncObject(address) : address
  return openSeen(actor, object, object && (await look(ctx, actor, object)))
}

/** Opens objects one after the other, as `openObject` does, with one look at the row and the rights of those that belong to one owner. */
export function opener(ctx: Context, actor: UserActor): (object: SyncObject) => Promise<OpenedObject> {
  const seen = new Map<string, Promise<Seen | undefined>>()
  return async (object) => {
    let looking = seen.get(object.owner)
    if (!looking) {
      looking = look(ctx, actor, object)
      seen.set(object.owner, looking)
    }
    return openSeen(actor, object, await looking)
  }
}

/** The row that objects are views of, and the user's seat there, if it is a conversation. */
interface Seen {
  owner: Owner
  seat: Seat | undefined
}

async function look({ store: { read } }: Context, actor: UserActor, object: SyncObject): Promise<Seen | undefined> {
  const owner = await getOwner(read, object)
  if (!owner) return undefined
  return { owner, seat: 'conversation' in owner ? await seatOf(read, actor, owner.conversation) : undefined }
}

function openSeen(actor: UserActor, object: SyncObject | undefined, seen: Seen | undefined): OpenedObject {
  const right = object && seen && rightTo(actor, object, seen)
  if (!right) throw new ParleyError('sync-object-not-found')
  return { object, owner: seen.owner, overseen: right === 'overseer' }
}

const needed = { document: ['document', 'everything'], messages: ['everything'], roster: ['everything'] } as const

/** By what right somebody may read an object; `undefined` for none. */
function rightTo(actor: UserActor, object: SyncObject, { owner, seat }: Seen): 'own' | 'overseer' | undefined {
  if ('user' in owner) {
    if (owner.user.chat_service_sid !== actor.chat_service_sid) return undefined
    return object.kind === 'userInfo' || owner.user.sid === actor.user_sid ? 'own' : undefined
  }
  const sight = sightOf(actor, owner.conversation, seat)
  const enough: readonly Sight[] = needed[object.kind as keyof typeof needed]
  if (!enough.includes(sight)) return undefined
  return seat?.participant || sight === 'document' ? 'own' : 'overseer'
}

/** How the client names the kinds of objects in paths. */
export const collections = { document: 'Documents', list: 'Lists', map: 'Maps' } as const

/** Where an object is. The host is a label that nobody resolves (wire-protocol §0). */
export function objectUrl(object: SyncObject): string {
  return `https://cds.us1.twilio.com/v3/${collections[syncObjects[object.kind].type]}/${syncObjectSid(object)}`
}

/** The root of an object (wire-protocol §4.1). */
export function objectRoot({ object, owner }: OpenedObject, actor: UserActor) {
  const row = 'conversation' in owner ? owner.conversation : owner.user
  const last_event_id = lastEventId(object, owner)
  const url = objectUrl(object)
  const root = {
    sid: syncObjectSid(object),
    unique_name: syncObjectName(object),
    url,
    account_sid: row.account_sid,
    service_sid: actor.chat_service_sid,
    revision: String(last_event_id),
    last_event_id,
    date_created: isoInstant(row.date_created),
    date_updated: isoInstant(row.date_updated),
    date_expires: null,
    created_by: 'system',
  }
  if (object.kind === 'document' && 'conversation' in owner) return { data: documentData(owner.conversation), ...root }
  return { links: { items: `${url}/Items` }, ...root }
}
