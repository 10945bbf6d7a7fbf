import { type ListConnections, ParleyError } from '@parley/protocol'
import type { Page, PageRequest } from '../../storage/paging.ts'

/** A client that is connected and has said who it is, as its account sees it. What it says of itself may be wrong. */
export interface Connection {
  readonly sid: string
  readonly account_sid: string
  readonly chat_service_sid: string
  readonly user_sid: string
  readonly identity: string
  readonly key_sid: string
  readonly sdk: string | null
  readonly sdk_version: string | null
  readonly environment: string | null
  readonly capabilities: readonly string[]
  readonly address: string
  readonly subscriptions: number
  readonly bytes_waiting: number
  readonly date_created: number
  readonly date_active: number
  readonly date_token_expires: number
  /** Ends it without a word. The client comes back in a second or so, if it may (wire-protocol §2.7). */
  drop(reason: string): void
}

/** The connections of this node, by the account whose users they belong to. */
export class Connections {
  /** Those of an account in the order in which they began, which is the order of their SIDs. */
  readonly #byAccount = new Map<string, Map<string, Connection>>()

  #size = 0

  constructor(readonly node_sid: string) {}

  /** Those of all accounts. */
  get size(): number {
    return this.#size
  }

  /** How many an account has. */
  countOf(account_sid: string): number {
    return this.#byAccount.get(account_sid)?.size ?? 0
  }

  add(connection: Connection): void {
    const { account_sid, sid } = connection
    const ofAccount = this.#byAccount.get(account_sid) ?? new Map<string, Connection>()
    this.#byAccount.set(account_sid, ofAccount.set(sid, connection))
    this.#size++
  }

  remove({ account_sid, sid }: Connection): void {
    const ofAccount = this.#byAccount.get(account_sid)
    if (!ofAccount?.delete(sid)) return
    this.#size--
    if (ofAccount.size === 0) this.#byAccount.delete(account_sid)
  }

  /** A connection of the account. @throws 20404 */
  get(account_sid: string, sid: string): Connection {
    const found = this.#byAccount.get(account_sid)?.get(sid)
    if (!found) throw new ParleyError('resource-not-found')
    return found
  }

  /** Those of an account, in the order in which they began. It looks at each in memory, and asks no database. */
  page(account_sid: string, { identity, chat_service_sid }: ListConnections, { limit, cursor, backwards }: PageRequest): Page<Connection> {
    const from = cursor ? String(cursor[0]) : ''
    const rows: Connection[] = []
    for (const connection of this.#byAccount.get(account_sid)?.values() ?? []) {
      if (backwards ? connection.sid >= from : rows.length > limit) break
      if (!backwards && connection.sid <= from) continue
      if (identity !== undefined && connection.identity !== identity) continue
      if (chat_service_sid !== undefined && connection.chat_service_sid !== chat_service_sid) continue
      rows.push(connection)
      if (backwards && rows.length > limit + 1) rows.shift()
    }
    const more = rows.length > limit
    const shown = backwards ? rows.slice(-limit) : rows.slice(0, limit)
    const edge = (connection: Connection | undefined) => (connection ? [connection.sid] : null)
    return {
      rows: shown,
      next: backwards || more ? edge(shown.at(-1)) : null,
      previous: backwards ? (more ? edge(shown[0]) : null) : cursor ? edge(shown[0]) : null,
    }
  }
}
