import { ParleyError, syncObjects } from '@parley/protocol'
import { type Command, upstreamRoute } from '../upstream.ts'
import { allItems, itemPage, singleItem, windowOf } from './items.ts'
import { collections, type OpenedObject, objectRoot, openObject } from './objects.ts'
import { subscribe } from './subscriptions.ts'

/** Sync as the SDK asks for it: roots by SID or unique name, items, subscriptions (wire-protocol §4). */
async function opened({ ctx, session, params }: Command, collection: string): Promise<OpenedObject> {
  const found = await openObject(ctx, session.actor, params['object'] as string)
  if (collections[syncObjects[found.object.kind].type] !== collection) throw new ParleyError('sync-object-not-found')
  return found
}

const root = (collection: string) => async (command: Command) => {
  const found = await opened(command, collection)
  const answer = objectRoot(found, command.session.actor)
  await command.hub.settle(found.object, answer.last_event_id)
  // Of a map the items are read to open it, of a list when somebody wants to see them.
  if (collection === 'Lists') command.session.opened(found.object)
  return command.query['Include'] === 'items' && collection === 'Maps' ? { ...answer, items: await allItems(command.ctx, found) } : answer
}

const items = (collection: string) => async (command: Command) => {
  const { ctx, hub, session, query } = command
  const found = await opened(command, collection)
  const key = query['Key'] ?? query['Index']
  const { lastEventId, ...page } = key === undefined ? await itemPage(ctx, found, windowOf(query)) : await singleItem(ctx, found, key)
  await hub.settle(found.object, lastEventId)
  session.opened(found.object)
  return page
}

function subscriptions(command: Command) {
  const { answer, work } = subscribe(command)
  command.goOn(work)
  return answer
}

export const syncRoutes = [
  upstreamRoute('GET', '/v3/Documents/:object', root('Documents')),
  upstreamRoute('GET', '/v3/Lists/:object', root('Lists')),
  upstreamRoute('GET', '/v3/Maps/:object', root('Maps')),
  upstreamRoute('GET', '/v3/Lists/:object/Items', items('Lists')),
  upstreamRoute('GET', '/v3/Maps/:object/Items', items('Maps')),
  upstreamRoute('POST', '/v4/Subscriptions', subscriptions, 202),
]
