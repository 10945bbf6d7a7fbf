import { isoInstant } from '@parley/protocol'
import type { Clock } from '../../base/clock.ts'
import type { Ids } from '../../base/ids.ts'
import type { Watcher } from '../hub.ts'
import { notification } from '../outgoing.ts'
import { eventPayload } from '../sync/events.ts'

/**
 * SDK 1.x sends its commands as items of a Sync list that belongs to its connection, and reads each answer as an update of that item
 * (wire-protocol-1x). Such a list is nobody's rows: it lives in this process, some time longer than the connection that made it, so that who
 * comes back is told what was answered meanwhile.
 */
export interface SessionItem {
  index: number
  data: { commandId: string; request: Record<string, unknown>; response?: object }
  last_event_id: number
  date_created: number
  date_updated: number
}

/** Answers that are kept for who comes back. */
const itemsKept = 200
/** How long a list outlives its connection, in milliseconds. */
const lifetime = 300_000

const sidPattern = /^SL[0-9a-f]{32}$/

const keyOf = (user_sid: string, sid: string) => `${user_sid} ${sid}`

/** Whether this is the SID of a session list. */
export const isSessionList = (sid: string): boolean => sidPattern.test(sid)

export class SessionList {
  readonly #items = new Map<number, SessionItem>()
  #lastEventId: number
  /** Whoever follows it now. */
  watcher: Watcher | undefined
  lostAt = 0

  constructor(
    readonly sid: string,
    private readonly user_sid: string,
    private readonly clock: Clock,
  ) {
    // Later than all that another process may have told of a list with this SID.
    this.#lastEventId = clock.now()
  }

  /** Nobody finds the list of another user, whatever its SID. */
  get key(): string {
    return keyOf(this.user_sid, this.sid)
  }

  get lastEventId(): number {
    return this.#lastEventId
  }

  /** The item of a command that was sent before. */
  find(commandId: string): SessionItem | undefined {
    for (const item of this.#items.values()) if (item.data.commandId === commandId) return item
    return undefined
  }

  add(data: SessionItem['data']): SessionItem {
    const now = this.clock.now()
    const id = ++this.#lastEventId
    const item: SessionItem = { index: id, data, last_event_id: id, date_created: now, date_updated: now }
    this.#items.set(item.index, item)
    if (this.#items.size > itemsKept) this.#items.delete(this.#items.keys().next().value as number)
    return item
  }

  /** Tells the answer to a command. */
  answer(item: SessionItem, response: object): void {
    item.data = { ...item.data, response }
    item.last_event_id = ++this.#lastEventId
    item.date_updated = this.clock.now()
    this.#tellItem(item)
  }

  /** Tells what the connection needs to begin, or to go on. */
  tellContext(context: object): void {
    this.#push('list_context_updated', ++this.#lastEventId, `"context_data":${JSON.stringify(context)}`)
  }

  /** Tells the answers that were given after an event, or not heard before it. */
  replay(after: number): void {
    for (const item of this.#items.values()) if (item.last_event_id > after && item.data.response) this.#tellItem(item)
  }

  #tellItem({ index, data, last_event_id }: SessionItem): void {
    this.#push(
      'list_item_updated',
      last_event_id,
      `"item_index":${index},"item_revision":"${last_event_id}","item_data":${JSON.stringify(data)},"date_expires":null`,
    )
  }

  #push(event_type: string, id: number, members: string): void {
    const date = isoInstant(this.clock.now())
    const body = `{"id":${id},"date_created":"${date}","list_sid":"${this.sid}","list_unique_name":null,"list_revision":"${id}",${members}}`
    this.watcher?.push(notification('com.twilio.rtd.cds.list', eventPayload({ event_type, body })))
  }
}

/** The session lists of a process. */
export class SessionLists {
  readonly #lists = new Map<string, SessionList>()
  /** A connection has one at a time. */
  readonly #followed = new WeakMap<Watcher, SessionList>()

  constructor(
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** Makes the list of a connection, in place of another. */
  open(watcher: Watcher): SessionList {
    return this.follow(`SL${this.ids.uuid().replaceAll('-', '')}`, watcher)
  }

  /**
   * The list with this SID of the user whose connection it is, which follows it from here on. One that this process does not know, since another one
   * made it, begins anew: the client goes on with it.
   */
  follow(sid: string, watcher: Watcher): SessionList {
    let list = this.#lists.get(keyOf(watcher.user_sid, sid))
    const before = this.#followed.get(watcher)
    if (before && before !== list) this.#lists.delete(before.key)
    if (!list) {
      this.#tidy()
      list = new SessionList(sid, watcher.user_sid, this.clock)
      this.#lists.set(list.key, list)
    }
    list.watcher = watcher
    this.#followed.set(watcher, list)
    return list
  }

  /** The connection is over; it may come back as another. */
  lost(watcher: Watcher): void {
    const list = this.#followed.get(watcher)
    if (list?.watcher !== watcher) return
    list.watcher = undefined
    list.lostAt = this.clock.now()
    // Those that are lost stand in the order in which they were.
    if (this.#lists.delete(list.key)) this.#lists.set(list.key, list)
  }

  /** Forgets lists that nobody came back to. A few are looked at whenever one is made, which is enough for all. */
  #tidy(): void {
    let looked = 0
    for (const list of this.#lists.values()) {
      if (++looked > 20) return
      this.#lists.delete(list.key)
      if (list.watcher || list.lostAt + lifetime > this.clock.now()) this.#lists.set(list.key, list)
    }
  }
}
