import type { Reply, Session } from './session.ts'

/** A Sync object that a client watches, and how far it has read. */
export interface WatchedObject {
  sid: string
  type: 'document' | 'list' | 'map'
  lastEventId: number
}

/** What a client holds after its start: everything it subscribed to, and the conversations by the name of their message list. */
export interface OpenedClient {
  objects: WatchedObject[]
  conversations: { sid: string; messages: string }[]
}

interface Root {
  sid: string
  last_event_id: number
  links?: { items: string }
}

interface Configuration {
  sync_objects: { my_conversations: string; my_user_info: string }
  links: { my_conversations: string }
}

const defaultBatchSize = 100

/** The body of a reply that must be a success. */
function expectBody<T>(reply: Reply, what: string): T {
  if (reply.status < 200 || reply.status > 299) throw new Error(`${what} was answered ${reply.status}: ${JSON.stringify(reply.body)}`)
  return reply.body as T
}

async function openRoot(
  session: Session,
  type: WatchedObject['type'],
  name: string,
  params: Record<string, string> = {},
): Promise<WatchedObject & { items: string }> {
  const folder = { document: 'Documents', list: 'Lists', map: 'Maps' }[type]
  const root = expectBody<Root>(await session.get(`/v3/${folder}/${encodeURIComponent(name)}`, params), name)
  return { sid: root.sid, type, lastEventId: root.last_event_id, items: root.links ? new URL(root.links.items).pathname : '' }
}

/** A client that has emitted `initialized` and holds no conversation yet. */
export interface Initialised {
  objects: WatchedObject[]
  myConversations: string
}

/**
 * What the SDK does until it emits `initialized`: reads the configuration, the user's conversations map and the user's info
 * (wire-protocol §0, steps 2 to 4).
 */
export async function initialise(session: Session): Promise<Initialised> {
  const configuration = expectBody<Configuration>(await session.get('/Client/v2/Configuration'), 'Configuration')
  const objects = await Promise.all([
    openRoot(session, 'map', configuration.sync_objects.my_conversations),
    openRoot(session, 'map', configuration.sync_objects.my_user_info, { Include: 'items' }),
  ])
  return { objects, myConversations: new URL(configuration.links.my_conversations).pathname }
}

/** The names of a conversation's objects as REST bodies give them (wire-protocol §5.2). */
export interface ConversationNames {
  conversation: string
  messages: string
  participants: string
}

/**
 * Opens one conversation as the SDK does: document, list, roster, and the roster's items. Of a roster longer than one page only the first
 * page is read: thousands of members who each read all the others are a test of reading, and a different one.
 */
export async function openConversation(session: Session, names: ConversationNames): Promise<[WatchedObject, WatchedObject, WatchedObject]> {
  const [document, list, roster] = await Promise.all([
    openRoot(session, 'document', names.conversation),
    openRoot(session, 'list', names.messages),
    openRoot(session, 'map', names.participants),
  ])
  expectBody(await session.get(roster.items, { HideExpired: 'true', PageSize: '50', Order: 'asc' }), 'roster items')
  return [document, list, roster]
}

interface ConversationPage {
  conversations: { conversation_sid: string; sync_objects: ConversationNames }[]
  meta: { next_token: string | null }
}

/** The rest of the SDK's start (steps 5 to 7): the list of conversations, every conversation, one subscription. */
export async function openAll(session: Session, { objects: own, myConversations }: Initialised): Promise<OpenedClient> {
  const objects = [...own]
  const conversations: OpenedClient['conversations'] = []
  let token: string | null = null
  do {
    const reply: Reply = await session.get(myConversations, token === null ? {} : { PageToken: encodeURIComponent(token) })
    const page: ConversationPage = expectBody<ConversationPage>(reply, 'my conversations')
    const opened = await Promise.all(page.conversations.map(({ sync_objects }) => openConversation(session, sync_objects)))
    for (const [at, watched] of opened.entries()) {
      objects.push(...watched)
      conversations.push({ sid: page.conversations[at]!.conversation_sid, messages: watched[1].sid })
    }
    token = page.meta.next_token
  } while (token !== null)
  await subscribe(session, objects)
  return { objects, conversations }
}

let correlation = 0

/** Subscribes in batches. Resolves when every object is established; rejects if one is refused (wire-protocol §4.3). */
export async function subscribe(session: Session, objects: WatchedObject[]): Promise<void> {
  const batches: WatchedObject[][] = []
  for (let at = 0; at < objects.length; at += defaultBatchSize) batches.push(objects.slice(at, at + defaultBatchSize))
  const before = session.onNotice
  try {
    await Promise.all([established(session, objects), ...batches.map((batch) => establish(session, batch))])
  } finally {
    session.onNotice = before
  }
}

async function establish(session: Session, batch: WatchedObject[]): Promise<void> {
  const reply = await session.post('/v4/Subscriptions', {
    event_protocol_version: 4,
    action: 'establish',
    correlation_id: ++correlation,
    retried_requests: 0,
    ttl_in_s: -1,
    requests: batch.map(({ sid, type, lastEventId }) => ({ object_sid: sid, object_type: type, last_event_id: lastEventId })),
  })
  expectBody(reply, 'Subscriptions')
}

interface SyncNotice {
  event_type: string
  events?: { object_sid: string; error?: unknown }[]
  event?: { object_sid: string; error?: unknown }
}

function established(session: Session, objects: WatchedObject[]): Promise<void> {
  const waiting = new Set(objects.map(({ sid }) => sid))
  const forward = session.onNotice
  return new Promise((resolve, reject) => {
    session.onNotice = (header, buffer, start, end) => {
      forward(header, buffer, start, end)
      if (!header.includes('twilio.sync.event')) return
      const notice = JSON.parse(buffer.toString('utf8', start, end)) as SyncNotice
      const events = notice.events ?? (notice.event ? [notice.event] : [])
      if (notice.event_type === 'subscription_failed') reject(new Error(`A subscription failed: ${JSON.stringify(events)}`))
      if (notice.event_type !== 'subscription_established') return
      for (const event of events) waiting.delete(event.object_sid)
      if (waiting.size === 0) resolve()
    }
  })
}
