import { type SyncObject, syncObjectSid } from '@parley/protocol'
import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { vitals } from '../base/vitals.ts'
import type { Change } from '../storage/changes.ts'
import type { Readers } from '../storage/store.ts'
import { notification, type Packet } from './outgoing.ts'
import { eventPayload, objectOf, removalEvent, toSyncEvent } from './sync/events.ts'
import { getOwner } from './sync/owner.ts'
import { replayAfter, type WatchedChange } from './sync/replay.ts'

/**
 * Who watches what on this node, and the news they get.
 *
 * Of every watched object the hub knows the last event it has told. An event with a lower id was told already and is dropped; one that leaves
 * a gap means that something was missed, or is still on its way: then the hub reads what lies between from the database, which is the truth,
 * and tells that. So each watcher gets every event once and in order, whatever way the news took.
 */
export interface Watcher {
  /** Whose connection it is. */
  readonly user_sid: string
  readonly identity: string
  /** What it watches, by SID; the hub writes it down here. */
  readonly watching: Map<string, SyncObject>
  push(bytes: Packet): void
  /** Whether the client asked for notifications of this type. */
  wants(messageType: string): boolean
  /** Ends the connection; the client comes back and is told what it missed. */
  drop(reason: string): void
}

/** Events that may wait for a replay to end. */
const mostHeld = 10_000

/** One watcher's interest in one object. */
interface Subscription {
  readonly watcher: Watcher
  readonly object: SyncObject
  /** Events that wait until the watcher's replay is done; `undefined` when they go straight through. */
  held: Told[] | undefined
  /** Askings that there were, and those whose replay is under way. */
  asked: number
  asking: number
  /** The event up to which the watcher was told everything when its subscription came to stand; `undefined` before. */
  upTo: number | undefined
}

/** One asking to watch an object. It ends once: by `release`, `interrupt`, `giveUp` or `refuse`. */
export interface Asking {
  readonly object: SyncObject
  readonly subscription: Subscription
  /** The watcher's first for this object is 1. */
  readonly number: number
  isOver: boolean
}

interface Told {
  id: number
  bytes: Packet
}

interface Watch {
  sid: string
  object: SyncObject
  /** The last event told; `undefined` until the object's counter has been read. */
  position: number | undefined
  /** Changes that came before the counter was known. */
  early: WatchedChange[]
  subscriptions: Map<Watcher, Subscription>
  /** The newest event that is known to have happened. */
  newest: number
  /** A catching-up that is under way. */
  catching: Promise<void> | undefined
  /** Removals from the user's list that were read before the news of them came. */
  foreseen: Set<number> | undefined
  /** The newest document that waits to be told, and when the last one was. */
  pending: WatchedChange | undefined
  timer: Timer | undefined
  documentToldAt: number
}

const messageType = { document: 'com.twilio.rtd.cds.document', list: 'com.twilio.rtd.cds.list', map: 'com.twilio.rtd.cds.map' } as const

const liveType = (object: SyncObject) =>
  object.kind === 'document' ? messageType.document : object.kind === 'messages' ? messageType.list : messageType.map

/**
 * A busy conversation's document changes with every message. Clients need the newest only, so of those changes at most one is told in this many
 * milliseconds; the first goes at once.
 */
const documentInterval = 200

/** How much longer the last of them waits, in milliseconds: the next message of a busy conversation takes it along, and nobody gets two writes. */
const documentGrace = 50

/** How long it takes until missed events that could not be read are read again, in milliseconds. */
const untilReadAgain = 1_000

/** @returns whether it was not over before */
function end(asking: Asking): boolean {
  if (asking.isOver) return false
  asking.isOver = true
  asking.subscription.asking--
  return true
}

/** Lets events through, unless a replay is under way that goes before them. */
function letThrough(subscription: Subscription): void {
  const { watcher, held = [], asking, upTo = 0 } = subscription
  if (asking > 0) return
  subscription.held = undefined
  for (const { id, bytes } of held) if (id > upTo) watcher.push(bytes)
}

export class Hub {
  readonly #watches = new Map<string, Watch>()
  #events = 0
  #deliveries = 0

  constructor(
    private readonly read: Readers,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Watches an object. Its events are held until `release`, so that a replay can go before them. Repeating it holds them again. */
  hold(watcher: Watcher, object: SyncObject): Asking {
    const sid = syncObjectSid(object)
    let watch = this.#watches.get(sid)
    if (!watch) {
      watch = {
        sid,
        object,
        position: undefined,
        early: [],
        subscriptions: new Map(),
        newest: 0,
        catching: undefined,
        foreseen: undefined,
        pending: undefined,
        timer: undefined,
        documentToldAt: 0,
      }
      this.#watches.set(sid, watch)
    }
    let subscription = watch.subscriptions.get(watcher)
    if (!subscription) {
      // The names of a watch are those of all its watchers: there are many of them.
      subscription = { watcher, object: watch.object, held: [], asked: 0, asking: 0, upTo: undefined }
      watch.subscriptions.set(watcher, subscription)
      watcher.watching.set(watch.sid, watch.object)
    }
    subscription.held ??= []
    subscription.asking++
    return { object: watch.object, subscription, number: ++subscription.asked, isOver: false }
  }

  /** Says where an object stood at a moment after `hold`: from there on every event is told. */
  opened(object: SyncObject, lastEventId: number): void {
    const watch = this.#watches.get(syncObjectSid(object))
    if (!watch || watch.position !== undefined) return
    watch.position = lastEventId
    for (const change of watch.early.splice(0)) this.#arrived(watch, change)
  }

  /**
   * Lets a watcher's events through, first those that were held and that the replay up to `upTo` did not tell; when the watcher has asked again
   * meanwhile, as soon as that has ended too.
   */
  release(asking: Asking, upTo: number): void {
    if (!end(asking)) return
    const { subscription } = asking
    subscription.upTo = Math.max(upTo, subscription.upTo ?? 0)
    letThrough(subscription)
  }

  /** The replay has told a portion: the watcher asks for the next, and its events stay held. */
  interrupt(asking: Asking): void {
    if (end(asking)) asking.subscription.upTo = undefined
  }

  /** Nothing came of an asking. What was watched before goes on being watched; else the watcher's interest ends. */
  giveUp(asking: Asking): void {
    if (!end(asking)) return
    const { subscription } = asking
    if (subscription.upTo !== undefined) letThrough(subscription)
    else if (subscription.asking === 0) this.#drop(subscription)
  }

  /** There is no such object for whoever asks: their interest ends, unless they have asked again since. */
  refuse(asking: Asking): void {
    if (asking.number < asking.subscription.asked) this.giveUp(asking)
    else if (end(asking)) this.#drop(asking.subscription)
  }

  #drop(subscription: Subscription): void {
    const { watcher, object } = subscription
    // It may be over, and another have taken its place.
    if (this.#watches.get(syncObjectSid(object))?.subscriptions.get(watcher) === subscription) this.leave(watcher, object)
  }

  /** Ends a watcher's interest in one object. */
  leave(watcher: Watcher, object: SyncObject): void {
    const sid = syncObjectSid(object)
    watcher.watching.delete(sid)
    const watch = this.#watches.get(sid)
    if (!watch?.subscriptions.delete(watcher) || watch.subscriptions.size > 0) return
    watch.timer?.cancel()
    this.#watches.delete(sid)
  }

  /** Those who are told what happens to an object. Whoever still waits for a replay, or for the leave to watch, is not among them. */
  watchersOf(object: SyncObject): Watcher[] {
    const subscriptions = this.#watches.get(syncObjectSid(object))?.subscriptions.values() ?? []
    return [...subscriptions].filter(({ held }) => !held).map(({ watcher }) => watcher)
  }

  /** How many objects are watched, and by how many in all. */
  measures(): { objects: number; subscriptions: number; events: number; deliveries: number } {
    let subscriptions = 0
    for (const watch of this.#watches.values()) subscriptions += watch.subscriptions.size
    return { objects: this.#watches.size, subscriptions, events: this.#events, deliveries: this.#deliveries }
  }

  /**
   * Makes sure that everything up to an event has been told: a page must not show a message before its event has gone out on that
   * connection (wire-protocol §9.6).
   */
  async settle(object: SyncObject, eventId: number): Promise<void> {
    const watch = this.#watches.get(syncObjectSid(object))
    if (watch?.position !== undefined && watch.position < eventId) await this.#catchUp(watch, eventId)
  }

  /** News from the bus. */
  tell(change: Change): void {
    if (change.object === 'access' || change.object === 'jobs' || change.object === 'webhooks' || change.object === 'push') return
    if (change.object === 'conversation') {
      this.#ended(change)
      return
    }
    const watch = this.#watches.get(syncObjectSid(objectOf(change)))
    if (watch) {
      if (watch.position === undefined) watch.early.push(change)
      else this.#arrived(watch, change)
    }
    // Whether or not anybody watches their list of conversations; and not again whoever has come back meanwhile.
    if (change.object === 'conversations' && change.kind === 'removed' && !watch?.foreseen?.delete(change.id)) this.#expel(change)
  }

  #arrived(watch: Watch, change: WatchedChange): void {
    const position = watch.position ?? 0
    if (change.id <= Math.max(position, watch.pending?.id ?? 0)) return
    if (change.object === 'document') this.#tellDocument(watch, change)
    else if (change.id === position + 1) this.#tellNow(watch, change)
    else void this.#catchUp(watch, change.id)
  }

  #tellNow(watch: Watch, change: WatchedChange): void {
    watch.position = change.id
    if (watch.subscriptions.size === 0) return
    const event = toSyncEvent(change, this.clock.now())
    this.#send(watch, change.id, notification(liveType(watch.object), eventPayload(event)))
  }

  #send(watch: Watch, id: number, bytes: Packet): void {
    this.#events++
    this.#deliveries += watch.subscriptions.size
    vitals.deliveries.add(watch.subscriptions.size)
    for (const { watcher, held, upTo = 0 } of watch.subscriptions.values()) {
      if (!held) {
        // The replay may have been ahead of us.
        if (id > upTo) watcher.push(bytes)
      } else if (held.push({ id, bytes }) > mostHeld) watcher.drop('events waited too long for a replay')
    }
  }

  #tellDocument(watch: Watch, change: Extract<WatchedChange, { object: 'document' }>): void {
    const wait = watch.documentToldAt + documentInterval - this.clock.now()
    if (change.onlyLastMessage && wait > 0) {
      watch.pending = change
      watch.timer ??= this.clock.after(wait + documentGrace, () => this.#tellPending(watch))
      return
    }
    watch.timer?.cancel()
    watch.timer = undefined
    watch.pending = undefined
    watch.documentToldAt = this.clock.now()
    this.#tellNow(watch, change)
  }

  #tellPending(watch: Watch): void {
    const { pending } = watch
    watch.timer = undefined
    watch.pending = undefined
    if (!pending || pending.id <= (watch.position ?? 0)) return
    watch.documentToldAt = this.clock.now()
    this.#tellNow(watch, pending)
  }

  /** Reads from the database what was not heard, and tells it. One reading at a time; what arrives meanwhile is either in it or leads to the next. */
  #catchUp(watch: Watch, newest: number): Promise<void> {
    watch.newest = Math.max(watch.newest, newest)
    watch.catching ??= this.#readMissed(watch)
      .catch((cause) => {
        this.log.error({ err: cause, object: watch.sid }, 'Missed events could not be read; it is tried again')
        this.clock.after(untilReadAgain, () => {
          if (this.#watches.get(watch.sid) === watch) void this.#catchUp(watch, newest)
        })
      })
      .finally(() => {
        watch.catching = undefined
      })
    return watch.catching
  }

  async #readMissed(watch: Watch): Promise<void> {
    for (;;) {
      const after = watch.position ?? 0
      const { newest } = watch
      // What was missed has come after all.
      if (after >= newest) return
      const owner = await getOwner(this.read, watch.object)
      if (!owner) return
      const { changes, upTo, more } = await replayAfter(this.read, watch.object, owner, after)
      // Some of it has come after all: what is to be told of the rest depends on it.
      if ((watch.position ?? 0) !== after) continue
      for (const change of changes) {
        this.#tellNow(watch, change)
        if (change.object !== 'conversations' || change.kind !== 'removed') continue
        this.#expel(change)
        watch.foreseen ??= new Set()
        watch.foreseen.add(change.id)
      }
      watch.position = Math.max(after, upTo)
      // What this look was too early for is in the next; what is in neither is not there.
      if (!more && (watch.position >= watch.newest || watch.newest === newest)) return
    }
  }

  /** A conversation has gone: its three objects end for whoever still watches them. */
  #ended({ conversation }: Extract<Change, { object: 'conversation' }>): void {
    const ends = [
      ['document', conversation.document_event_id],
      ['messages', conversation.messages_event_id],
      ['roster', conversation.roster_event_id],
    ] as const
    for (const [kind, last] of ends) {
      const object: SyncObject = { kind, owner: conversation.sid }
      const watch = this.#watches.get(syncObjectSid(object))
      if (!watch) continue
      this.#send(watch, last + 1, notification(liveType(object), eventPayload(removalEvent(object, last + 1, this.clock.now()))))
      for (const watcher of [...watch.subscriptions.keys()]) this.leave(watcher, object)
    }
  }

  /** Somebody is no participant any more: nothing of the conversation reaches their connections from here on (wire-protocol §9.14). */
  #expel({ sid: user_sid, participant }: Extract<Change, { object: 'conversations' }>): void {
    for (const kind of ['document', 'messages', 'roster'] as const) {
      const object: SyncObject = { kind, owner: participant.conversation_sid }
      const watchers = [...(this.#watches.get(syncObjectSid(object))?.subscriptions.keys() ?? [])]
      for (const watcher of watchers) if (watcher.user_sid === user_sid) this.leave(watcher, object)
    }
  }
}
