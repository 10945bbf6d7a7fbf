import { sql } from 'kysely'
import type { Carried } from './changes.ts'
import { parametersOf, webhookAttemptColumns, webhookDeliveryColumns } from './columns.ts'
import { announce, insertionOf, jobWriter, type NewJob } from './jobs.ts'
import { insertingInto, textsIn } from './json-rows.ts'
import { listing, type Page, type PageRequest } from './paging.ts'
import type { WebhookDeliveryRow as Row, WebhookAttemptRow } from './schema.ts'
import { atMost, type Database, type Dialect, statement, type Transaction } from './statement.ts'

/**
 * Webhooks that were called, and those that are to be called: a row is both what is sent and the log of it. Those to be called are written in the
 * transaction of the change they tell of, with a job for each.
 */
export interface NewDelivery
  extends Pick<
    Row,
    'sid' | 'account_sid' | 'chat_service_sid' | 'conversation_sid' | 'webhook_sid' | 'level' | 'event_type' | 'url' | 'method'
  > {
  /** Names and values in the order in which they are sent, without `RetryCount`. */
  parameters: readonly (readonly [name: string, value: string])[]
  /** A UUID; it stays the same in all attempts. */
  idempotency_token: string
  date_created: number
}

/** What is needed to send a delivery. */
export type DeliveryToSend = Pick<Row, 'sid' | 'account_sid' | 'url' | 'method' | 'parameters' | 'idempotency_token' | 'attempts'>

/** What an attempt makes of a delivery. */
export type DeliveryResult = Pick<Row, 'sid' | 'state' | 'attempts' | 'last_status' | 'last_error' | 'date_attempted' | 'date_updated'>

/** What the job of a delivery knows. */
export interface DeliveryPayload {
  delivery_sid: string
}

/** The same, not to be looked up. */
export interface CarriedDelivery extends Carried {
  delivery: DeliveryToSend
}

/** The kind of their jobs. */
export const webhookJobs = 'webhook'

const toRow = ({ parameters, ...delivery }: NewDelivery): Row => ({
  parameters: JSON.stringify(parameters),
  phase: 'post',
  state: 'waiting',
  attempts: 0,
  last_status: null,
  last_error: null,
  date_attempted: null,
  date_updated: delivery.date_created,
  ...delivery,
})

const hosts = new Map<string, string>()
const hostsKept = 1_000

/** The host and port that a URL leads to; requests to one host are limited together. A receiver is told again and again, so URLs are read once. */
function hostOf(url: string): string {
  let host = hosts.get(url)
  if (host === undefined) {
    if (hosts.size >= hostsKept) hosts.clear()
    host = URL.canParse(url) ? new URL(url).host : ''
    hosts.set(url, host)
  }
  return host
}

/** A delivery has one job at most. */
const jobSidOf = (sid: string) => `JB${sid.slice(2)}`

/**
 * Everything of one conversation (or service, for what happens in none) that one receiver is told comes in order. Where a webhook leads elsewhere by
 * now there is another receiver, and nothing waits behind what the first does not answer.
 */
function jobOf(
  delivery: Pick<Row, 'sid' | 'account_sid' | 'chat_service_sid' | 'conversation_sid' | 'webhook_sid' | 'level' | 'url'>,
  now: number,
  carried?: CarriedDelivery,
): NewJob {
  const payload: DeliveryPayload = { delivery_sid: delivery.sid }
  const host = hostOf(delivery.url)
  return {
    sid: jobSidOf(delivery.sid),
    account_sid: delivery.account_sid,
    kind: webhookJobs,
    key: `${delivery.conversation_sid ?? delivery.chat_service_sid} ${delivery.webhook_sid ?? delivery.level} ${host}`,
    pool: host,
    payload: JSON.stringify(payload),
    carried,
    run_at: now,
    date_created: now,
  }
}

const insert = insertingInto<Row>('webhook_deliveries', webhookDeliveryColumns)
const bySid = statement<{ sid: string }, Row>((db, p) =>
  db.selectFrom('webhook_deliveries').select(webhookDeliveryColumns).where('sid', '=', p('sid')),
)
const toSend = statement<{ sid: string }, DeliveryToSend>((db, p) =>
  db
    .selectFrom('webhook_deliveries')
    .select(['sid', 'account_sid', 'url', 'method', 'parameters', 'idempotency_token', 'attempts'])
    .where('sid', '=', p('sid')),
)
const save = statement<DeliveryResult, unknown>((db, p) => {
  // It was given up while this attempt was under way: there is no job that would try again.
  const unlessGivenUp = (column: 'state' | 'last_error') =>
    sql`case when state = 'failed' and ${p('state')} in ('waiting', 'dead') then ${sql.ref(column)} else ${p(column)} end`
  return db
    .updateTable('webhook_deliveries')
    .set({
      ...parametersOf(['attempts', 'last_status', 'date_attempted', 'date_updated'], p),
      state: unlessGivenUp('state'),
      last_error: unlessGivenUp('last_error'),
    } as never)
    .where('sid', '=', p('sid'))
})
const insertAttempt = statement<WebhookAttemptRow, unknown>((db, p) =>
  db
    .insertInto('webhook_attempts')
    .values(parametersOf(webhookAttemptColumns, p))
    // An answer that was heard, and not written down before the process ended, is heard again.
    .onConflict((known) => known.columns(['delivery_sid', 'retry_count']).doUpdateSet(parametersOf(webhookAttemptColumns, p))),
)

const attemptsOf = statement<{ sid: string }, WebhookAttemptRow>((db, p) =>
  db.selectFrom('webhook_attempts').select(webhookAttemptColumns).where('delivery_sid', '=', p('sid')).orderBy('retry_count'),
)
const requeue = statement<{ sids: string; now: number }, unknown>((db, p, dialect) => ({
  compile: () =>
    sql`update webhook_deliveries set state = 'waiting', date_updated = ${p('now')}
      where sid in (${textsIn(p('sids'), dialect)})`.compile(db),
}))
const giveUp = statement<{ sid: string; now: number }, unknown>((db, p) =>
  db
    .updateTable('webhook_deliveries')
    .set({ state: 'failed', last_error: 'Given up by hand', date_updated: p('now') })
    .where('sid', '=', p('sid'))
    .where('state', 'in', ['waiting', 'dead']),
)
const older = statement<{ before: string }, { sid: string }>((db, p) =>
  db.selectFrom('webhook_deliveries').select('sid').where('sid', '<', p('before')).orderBy('sid').limit(1),
)
const forget = statement<{ before: string; limit: number }, { sid: string }>((db, p) => ({
  compile: () =>
    sql<{ sid: string }>`delete from webhook_deliveries where sid in (
      select sid from webhook_deliveries where sid < ${p('before')} order by sid limit ${atMost(p('limit'))}
    ) returning sid`.compile(db),
}))
const forgetAttempts = statement<{ upTo: string }, unknown>((db, p) =>
  db.deleteFrom('webhook_attempts').where('delivery_sid', '<=', p('upTo')),
)

const remove = statement<{ sids: string }, unknown>((db, p, dialect) =>
  db.deleteFrom('webhook_deliveries').where(sql<boolean>`sid in (${textsIn(p('sids'), dialect)})`),
)
const removeAttempts = statement<{ sids: string }, unknown>((db, p, dialect) =>
  db.deleteFrom('webhook_attempts').where(sql<boolean>`delivery_sid in (${textsIn(p('sids'), dialect)})`),
)

/** Which deliveries of a service are meant. Instants are those of their creation, both included. */
export interface DeliveryFilter {
  chat_service_sid: string
  conversation_sid?: string | undefined
  event_type?: string | undefined
  state?: Row['state'] | undefined
  start_date?: number | undefined
  end_date?: number | undefined
}

/** A SID begins with the instant of its creation. */
const sidAt = (instant: number) => `WD${Math.max(0, instant).toString(16).padStart(12, '0')}`
const lastSid = 'WDg'
/** When a delivery was made, as its SID and the bounds of lists have it. */
export const instantOfDelivery = (sid: string): number => Number.parseInt(sid.slice(2, 14), 16)

type Narrowing = Record<'conversation' | 'event' | 'delivered' | 'undelivered', boolean>

const deliveriesBy = (order: 'asc' | 'desc', narrowed: Narrowing) =>
  listing<Required<Omit<DeliveryFilter, 'start_date' | 'end_date'>> & { from: string; to: string }, Row>({
    select: (db, p) => {
      let found = db.selectFrom('webhook_deliveries').select(webhookDeliveryColumns).where('chat_service_sid', '=', p('chat_service_sid'))
      if (narrowed.conversation) found = found.where('conversation_sid', '=', p('conversation_sid') as never)
      if (narrowed.event) found = found.where('event_type', '=', p('event_type') as never)
      if (narrowed.delivered) found = found.where('state', '=', 'delivered')
      // Said twice, so that the index of those that are not is taken.
      if (narrowed.undelivered) found = found.where('state', '=', p('state') as never).where('state', '<>', sql.lit('delivered') as never)
      return found
    },
    keys: ['sid'],
    range: { from: 'from', to: 'to' },
    order,
    cursorOf: (row) => [row.sid],
  })

const yesAndNo = [true, false]
const narrowings: Narrowing[] = yesAndNo.flatMap((conversation) =>
  yesAndNo.flatMap((event) => [
    { conversation, event, delivered: true, undelivered: false },
    { conversation, event, delivered: false, undelivered: true },
    { conversation, event, delivered: false, undelivered: false },
  ]),
)
const nameOf = (narrowed: Narrowing) => Object.values(narrowed).join()
const lists = {
  asc: new Map(narrowings.map((narrowed) => [nameOf(narrowed), deliveriesBy('asc', narrowed)])),
  desc: new Map(narrowings.map((narrowed) => [nameOf(narrowed), deliveriesBy('desc', narrowed)])),
}

function find(db: Database, order: 'asc' | 'desc', filter: DeliveryFilter, request: PageRequest): Promise<Page<Row>> {
  const { conversation_sid, event_type, state } = filter
  const narrowed = {
    conversation: conversation_sid !== undefined,
    event: event_type !== undefined,
    delivered: state === 'delivered',
    undelivered: state !== undefined && state !== 'delivered',
  }
  const list = lists[order].get(nameOf(narrowed))
  if (!list) throw new TypeError('Every narrowing has its list')
  const { start_date, end_date, ...parameters } = filter
  const bounds = { from: sidAt(start_date ?? 0), to: end_date === undefined ? lastSid : `${sidAt(end_date)}g` }
  return list(
    db,
    { conversation_sid: '', event_type: '', state: 'waiting', ...parameters, ...bounds } as Parameters<typeof list>[1],
    request,
  )
}

/** The statements that enqueue deliveries, for those who send statements without waiting, and the jobs that are to be announced then. */
export function enqueuingOf(deliveries: readonly NewDelivery[], dialect: Dialect): ReturnType<typeof insertionOf> {
  const rows = deliveries.map(toRow)
  const jobs = rows.map((row) => jobOf(row, row.date_created, carriedOf(row)))
  const { insertions, announced } = insertionOf(jobs, dialect)
  return { insertions: [...insert(rows, dialect), ...insertions], announced }
}

function carriedOf({ sid, account_sid, url, method, parameters, idempotency_token, attempts }: Row): CarriedDelivery {
  return { delivery: { sid, account_sid, url, method, parameters, idempotency_token, attempts }, size: parameters.length }
}

export const webhookDeliveryReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),

  /** What is needed to send a delivery. */
  toSend: (sid: string): Promise<DeliveryToSend | undefined> => db.get(toSend, { sid }),

  /** Deliveries that fit, the newest first. */
  newest: (filter: DeliveryFilter, request: PageRequest): Promise<Page<Row>> => find(db, 'desc', filter, request),
  /** Deliveries that fit, the oldest first. */
  oldest: (filter: DeliveryFilter, request: PageRequest): Promise<Page<Row>> => find(db, 'asc', filter, request),

  /** All tries of a delivery, in order. */
  attemptsOf: (sid: string): Promise<WebhookAttemptRow[]> => db.all(attemptsOf, { sid }),

  /** Whether there are deliveries from before an instant. */
  hasOlder: async (before: number): Promise<boolean> => (await db.get(older, { before: sidAt(before) })) !== undefined,
})

export const webhookDeliveryWriter = (tx: Transaction) => ({
  /** Has receivers called when the transaction has committed: per conversation and receiver in this order. */
  async enqueue(deliveries: readonly NewDelivery[]): Promise<void> {
    if (deliveries.length === 0) return
    const { insertions, announced } = enqueuingOf(deliveries, tx.dialect)
    for (const insertion of insertions) await tx.insert(insertion)
    announce(tx, announced)
  },

  /** Writes down calls that were made without a job. */
  async insert(rows: readonly Row[]): Promise<void> {
    for (const { statement, parameters } of insert(rows, tx.dialect)) await tx.run(statement, parameters)
  },

  save: (result: DeliveryResult): Promise<void> => tx.run(save, result),
  insertAttempt: (row: WebhookAttemptRow): Promise<void> => tx.run(insertAttempt, row),

  /** Has receivers called once more, in this order. @returns the deliveries as they are now */
  async requeue(deliveries: readonly Row[], now: number): Promise<Row[]> {
    if (deliveries.length === 0) return []
    const jobs = deliveries.map((delivery) => jobOf(delivery, now))
    // Those that were given up leave a job behind.
    await jobWriter(tx).withdraw(jobs.map(({ sid }) => sid))
    await tx.run(requeue, { sids: JSON.stringify(deliveries.map(({ sid }) => sid)), now })
    await jobWriter(tx).insert(...jobs)
    return deliveries.map((delivery) => ({ ...delivery, state: 'waiting', date_updated: now }))
  },

  /** Takes deliveries out of the log, with all tries; those that wait are not made any more. */
  async remove(sids: readonly string[]): Promise<void> {
    if (sids.length === 0) return
    const named = { sids: JSON.stringify(sids) }
    await tx.run(remove, named)
    await tx.run(removeAttempts, named)
    await jobWriter(tx).withdraw(sids.map(jobSidOf))
  },

  /** Ends the delivery of a job, if it has one. */
  giveUp: (job_sid: string, now: number): Promise<void> => tx.run(giveUp, { sid: `WD${job_sid.slice(2)}`, now }),

  /** Takes deliveries from before an instant away, the oldest first, and their jobs. @returns whether there may be more */
  async forget(before: number, limit: number): Promise<boolean> {
    const gone = await tx.all(forget, { before: sidAt(before), limit })
    if (gone.length === 0) return false
    // All deliveries up to here are gone.
    await tx.run(forgetAttempts, {
      upTo:
        gone
          .map(({ sid }) => sid)
          .sort()
          .at(-1) ?? '',
    })
    await jobWriter(tx).withdraw(gone.map(({ sid }) => jobSidOf(sid)))
    return gone.length === limit
  },
  ...webhookDeliveryReader(tx),
})
