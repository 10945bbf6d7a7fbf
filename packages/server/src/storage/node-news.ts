import { sql } from 'kysely'
import pg from 'pg'
import type { Clock, Timer } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Change } from './changes.ts'
import { statement, type Transaction } from './statement.ts'

/**
 * What the nodes of one PostgreSQL database tell each other: that something has changed which each keeps in memory. PostgreSQL hands it on when the
 * transaction has committed. It is a hint, late by a journey, and lost while its connection is: whoever keeps something sets it a time limit, too.
 */
const channel = 'parley_changes'

type News = Extract<Change, { object: 'push' | 'webhooks' }>

const isNews = (change: Change): change is News => change.object === 'push' || change.object === 'webhooks'

const notify = statement<{ news: string }, unknown>((db, p) => ({
  compile: () => sql`select pg_notify(${sql.lit(channel)}, ${p('news')})`.compile(db),
}))

/** Has the other nodes told, by the commit, what a transaction changes that they keep. */
export function tellNodes(tx: Transaction & { send: Send; readonly changes: readonly Change[] }, node: string): void {
  const news = new Set(tx.changes.filter(isNews).map((change) => JSON.stringify({ node, change })))
  for (const one of news) tx.send(notify, { news: one })
}
type Send = (statement: typeof notify, parameters: { news: string }) => void

/** What a node has told; whoever may use the database may say other things there. */
function read(text: string): { node: string; change: News } | undefined {
  try {
    const news = JSON.parse(text)
    return isNews(news.change) && typeof news.change.sid === 'string' ? news : undefined
  } catch {
    return undefined
  }
}

/** The time until the next attempt to hear again, in milliseconds. */
const pause = 1_000

interface Hearing {
  url: string
  /** What this node calls itself: its own news are no news. */
  node: string
  clock: Clock
  log: Log
  hear: (change: Change) => void
}

/** Hears what other nodes tell, over a connection of its own, which is made again when it breaks. */
export class NodeNews {
  #client: pg.Client | undefined
  #next: Timer | undefined
  #closed = false

  private constructor(private readonly hearing: Hearing) {}

  /** Resolves when it hears, or knows that it cannot yet. */
  static async open(hearing: Hearing): Promise<NodeNews> {
    const news = new NodeNews(hearing)
    await news.#listen()
    return news
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#next?.cancel()
    await this.#client?.end().catch(() => {})
  }

  async #listen(): Promise<void> {
    const { url, log } = this.hearing
    const client = new pg.Client({ connectionString: url, application_name: 'parley', keepAlive: true, connectionTimeoutMillis: 10_000 })
    this.#client = client
    client.on('notification', ({ payload }) => this.#hear(payload ?? ''))
    client.on('error', (cause) => log.debug({ err: cause }, 'The connection over which nodes tell each other what has changed was lost'))
    client.once('end', () => this.#listenAgain(client))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
    } catch (cause) {
      log.debug({ err: cause }, 'What other nodes change cannot be heard')
      await client.end().catch(() => {})
      this.#listenAgain(client)
    }
  }

  #listenAgain(client: pg.Client): void {
    if (this.#closed || this.#client !== client) return
    this.#client = undefined
    this.#next = this.hearing.clock.after(pause, () => void this.#listen())
  }

  #hear(text: string): void {
    const news = read(text)
    if (news && news.node !== this.hearing.node) this.hearing.hear(news.change)
  }
}
