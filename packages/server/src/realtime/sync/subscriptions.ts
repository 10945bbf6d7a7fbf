import { limitExceeded, ParleyError, parseSyncObject, syncObjectSid, syncObjects, toErrorBody } from '@parley/protocol'
import type { Context } from '../../domain/context.ts'
import type { Caller } from '../caller.ts'
import type { Asking, Hub } from '../hub.ts'
import { notification } from '../outgoing.ts'
import { sessionContext } from '../session-list/context.ts'
import { isSessionList } from '../session-list/session-lists.ts'
import type { Command } from '../upstream.ts'
import { eventPayload, toSyncEvent } from './events.ts'
import { type OpenedObject, opener } from './objects.ts'
import { lastEventId, replayAfter } from './replay.ts'

/** One line of a subscription request (wire-protocol §4.3). */
interface Wish {
  object_sid: string
  object_type: string
  last_event_id: number | null
}

interface SubscriptionRequest {
  action: 'establish' | 'cancel'
  correlation_id: number
  /** Whether the client wants its events in the form of version 3. */
  olderEvents: boolean
  wishes: Wish[]
}

/** What the client is told of how we work: the answer to every subscription request. */
const terms = { max_batch_size: 1_000, ttl_in_s: 3_600, estimated_delivery_in_ms: 20_000 }

const syncEvent = 'twilio.sync.event'

function readRequest(body: unknown, most: number): SubscriptionRequest {
  const { action, correlation_id, requests, event_protocol_version } = (body ?? {}) as Record<string, unknown>
  if (action !== 'establish' && action !== 'cancel') throw invalid('action', 'establish or cancel')
  if (typeof correlation_id !== 'number' || !Number.isFinite(correlation_id)) throw invalid('correlation_id', 'a number')
  if (!Array.isArray(requests)) throw invalid('requests', 'a list')
  if (requests.length > most) throw limitExceeded('parameter-invalid', 'subscriptionsPerRequest', most, 'requests')
  const olderEvents = typeof event_protocol_version === 'number' && event_protocol_version < 4
  return { action, correlation_id, olderEvents, wishes: requests.map(readWish) }
}

function readWish(raw: unknown): Wish {
  const { object_sid, object_type, last_event_id } = (raw ?? {}) as Record<string, unknown>
  if (typeof object_sid !== 'string' || typeof object_type !== 'string') throw invalid('requests', 'object_sid and object_type in each')
  if (last_event_id !== undefined && last_event_id !== null && !Number.isSafeInteger(last_event_id))
    throw invalid('last_event_id', 'a whole number')
  return { object_sid, object_type, last_event_id: (last_event_id as number | null | undefined) ?? null }
}

const invalid = (field: string, expected: string) =>
  new ParleyError('parameter-invalid', { text: `Invalid parameter ${field}: ${expected} is expected`, details: { field } })

/** What a subscription request sets going. */
interface Subscribing {
  /** Comes at once. */
  answer: typeof terms & { correlation_id: number }
  /** For each object its replay and its result, as notifications. */
  work: Promise<void>
}

/** What subscribing needs of a request. */
type Subscriber = Pick<Command, 'ctx' | 'hub' | 'lists' | 'session' | 'pacing'>

/** Subscribes a connection to objects, or cancels it. */
export function subscribe(command: Subscriber & Pick<Command, 'body'>): Subscribing {
  const { ctx, session, body } = command
  const request = readRequest(body, ctx.limits.subscriptionsPerRequest)
  session.olderEvents = request.olderEvents
  const work = fulfil(command, request).catch((cause) => {
    // Only a failing database gets here. Silence makes the client ask again (wire-protocol §4.3).
    ctx.log.error({ err: cause }, 'A subscription could not be established')
  })
  return { answer: { correlation_id: request.correlation_id, ...terms }, work }
}

/** Wishes that are fulfilled before others get their turn. */
const wishesPerTurn = 20

async function fulfil(command: Subscriber, { action, correlation_id, wishes }: SubscriptionRequest): Promise<void> {
  const { hub, session } = command
  const results = new Results(hub, session, correlation_id)
  try {
    for (let at = 0; at < wishes.length && !session.closed; at += wishesPerTurn) {
      if (at > 0) {
        results.tell()
        await new Promise((resolve) => setImmediate(resolve))
      }
      const portion = wishes.slice(at, at + wishesPerTurn)
      if (action === 'establish') await establishAll(command, portion, results)
      else for (const wish of portion) cancel(hub, session, wish, correlation_id)
    }
  } finally {
    results.tell()
  }
}

/** Fulfils wishes in their order. Their objects are held before anything is read, so those of one conversation need one look at it. */
async function establishAll(command: Subscriber, wishes: readonly Wish[], results: Results): Promise<void> {
  const { ctx, hub, session } = command
  if (session.closed) return
  const held = new Map(wishes.map((wish) => [wish, isSessionList(wish.object_sid) ? undefined : hold(ctx, hub, session, wish)]))
  let open = opener(ctx, session.actor)
  try {
    for (const [wish, asking] of held) {
      const room = session.room()
      if (room) {
        await room
        // That may have been long.
        open = opener(ctx, session.actor)
      }
      if (session.closed) return
      if (!asking) await followSessionList(command, wish, results.correlation_id)
      else if (asking instanceof ParleyError) results.failed(wish, asking)
      else await establish(command, asking, wish, open, results)
      held.delete(wish)
    }
  } finally {
    for (const asking of held.values()) if (asking && !(asking instanceof ParleyError)) hub.giveUp(asking)
  }
}

/** What became of the wishes of a request. Told together, it costs the client one acknowledgement, and not one for each object. */
class Results {
  #events: object[] = []
  #established: { asking: Asking; upTo: number }[] = []

  constructor(
    private readonly hub: Hub,
    private readonly session: Caller,
    readonly correlation_id: number,
  ) {}

  /** A subscription stands, and its client has been told everything up to this event. */
  established(asking: Asking, { object_sid, object_type }: Wish, { status, upTo }: Told): void {
    this.#events.push({ object_sid, object_type, replay_status: status, last_event_id: upTo })
    // After a portion the client asks for the next; live events stay behind them.
    if (status === 'completed') this.#established.push({ asking, upTo })
    else this.hub.interrupt(asking)
    // In the older form a notification carries one event.
    if (this.session.olderEvents) this.tell()
  }

  /** There is no such subscription. It is told in the order of the wishes. */
  failed({ object_sid, object_type }: Wish, error: ParleyError): void {
    this.tell()
    tell(this.session, 'subscription_failed', this.correlation_id, { object_sid, object_type, error: toErrorBody(error) })
  }

  /** Tells what there is to tell, and lets the live events through. */
  tell(): void {
    const [events, established] = [this.#events, this.#established]
    if (events.length === 0) return
    this.#events = []
    this.#established = []
    tell(this.session, 'subscription_established', this.correlation_id, ...events)
    for (const { asking, upTo } of established) this.hub.release(asking, upTo)
  }
}

/** Of a list of commands the client is told what was answered while it was away, and what it needs to go on. */
async function followSessionList(
  command: Subscriber,
  { object_sid, object_type, last_event_id }: Wish,
  correlation_id: number,
): Promise<void> {
  const { lists, session } = command
  const list = lists.follow(object_sid, session)
  tell(session, 'subscription_established', correlation_id, {
    object_sid,
    object_type,
    replay_status: 'completed',
    last_event_id: list.lastEventId,
  })
  list.replay(last_event_id ?? 0)
  list.tellContext(await sessionContext(command))
}

function cancel(hub: Hub, session: Caller, { object_sid, object_type }: Wish, correlation_id: number): void {
  const object = parseSyncObject(object_sid)
  if (object) {
    hub.leave(session, object)
  }
  tell(session, 'subscription_canceled', correlation_id, { object_sid, object_type })
}

/** Lets the events of an object wait until its replay has gone before them; or says why it cannot be. */
function hold(ctx: Context, hub: Hub, session: Caller, { object_sid, object_type }: Wish): Asking | ParleyError {
  const object = parseSyncObject(object_sid)
  if (!object || syncObjects[object.kind].type !== object_type) return new ParleyError('subscription-object-gone')
  const known = session.watching.has(syncObjectSid(object))
  // A 404 would make the client forget the object; this only says that here the way ends.
  const most = ctx.limits.subscriptionsPerConnection
  if (!known && session.watching.size >= most) return limitExceeded('subscriptions-exceeded', 'subscriptionsPerConnection', most)
  return hub.hold(session, object)
}

async function establish(
  { ctx, hub, session }: Subscriber,
  asking: Asking,
  wish: Wish,
  open: ReturnType<typeof opener>,
  results: Results,
): Promise<void> {
  const { object } = asking
  try {
    const opened = await open(object)
    session.oversees ||= opened.overseen
    const told = await replay(ctx, hub, session, opened, wish, results.correlation_id)
    if (session.closed) return hub.leave(session, object)
    results.established(asking, wish, told)
  } catch (error) {
    if (!(error instanceof ParleyError)) {
      hub.giveUp(asking)
      throw error
    }
    hub.refuse(asking)
    results.failed(wish, new ParleyError('subscription-object-gone'))
  }
}

/** How far a replay has come. */
interface Told {
  status: 'completed' | 'interrupted'
  upTo: number
}

/** Tells what the client missed. A long list comes in portions: after `interrupted` the client asks for the next one (wire-protocol §4.3). */
async function replay(
  ctx: Context,
  hub: Hub,
  session: Caller,
  { object, owner }: OpenedObject,
  { last_event_id }: Wish,
  correlation_id: number,
): Promise<Told> {
  const whole = await replayAfter(ctx.store.read, object, owner, last_event_id ?? Number.MAX_SAFE_INTEGER)
  // Whoever was removed since their rights were looked at is told nothing any more.
  if (!session.watching.has(syncObjectSid(object))) throw new ParleyError('subscription-object-gone')
  hub.opened(object, lastEventId(object, owner))
  for (const change of whole.changes) {
    session.push(notification(syncEvent, eventPayload(toSyncEvent(change, ctx.clock.now()), correlation_id)))
    // Who has missed much is told as fast as they read.
    await session.room()
    if (session.closed) break
  }
  return { status: whole.more ? 'interrupted' : 'completed', upTo: whole.upTo }
}

function tell(session: Caller, event_type: string, correlation_id: number, ...events: object[]): void {
  session.push(notification(syncEvent, JSON.stringify({ event_type, event_protocol_version: 4, correlation_id, events })))
}
