import { sql } from 'kysely'
import { parametersOf, webhookAttemptColumns, webhookDeliveryColumns } from './columns.ts'
import { announce, type Insertion, insertionOf, type NewJob } from './jobs.ts'
import { listed, rowsIn } from './json-rows.ts'
import type { WebhookDeliveryRow as Row, WebhookAttemptRow } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

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

/** What the job of a delivery knows. */
export interface DeliveryPayload {
  delivery_sid: string
}

/** The kind of their jobs. */
export const webhookJobs = 'webhook'

const toRow = ({ parameters, ...delivery }: NewDelivery): Row => ({
  ...delivery,
  parameters: JSON.stringify(parameters),
  phase: 'post',
  state: 'waiting',
  attempts: 0,
  last_status: null,
  last_error: null,
  date_attempted: null,
  date_updated: delivery.date_created,
})

/** The host and port that a URL leads to; requests to one host are limited together. */
const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : '')

/** Everything of one conversation (or service, for what happens in none) that one receiver is told comes in order. */
function jobOf(
  delivery: Pick<Row, 'sid' | 'account_sid' | 'chat_service_sid' | 'conversation_sid' | 'webhook_sid' | 'level' | 'url'>,
  now: number,
): NewJob {
  const payload: DeliveryPayload = { delivery_sid: delivery.sid }
  return {
    // A delivery has one job at most.
    sid: `JB${delivery.sid.slice(2)}`,
    account_sid: delivery.account_sid,
    kind: webhookJobs,
    key: `${delivery.conversation_sid ?? delivery.chat_service_sid} ${delivery.webhook_sid ?? delivery.level}`,
    pool: hostOf(delivery.url),
    payload: JSON.stringify(payload),
    run_at: now,
    date_created: now,
  }
}

const insert = statement<{ rows: string }, unknown>((db, p, dialect) => ({
  compile: () =>
    sql`insert into webhook_deliveries (${listed(webhookDeliveryColumns)})
      ${rowsIn('webhook_deliveries', webhookDeliveryColumns, p('rows'), dialect)}`.compile(db),
}))
const bySid = statement<{ sid: string }, Row>((db, p) =>
  db.selectFrom('webhook_deliveries').select(webhookDeliveryColumns).where('sid', '=', p('sid')),
)
/** With the token that signs it. */
const toSend = statement<{ sid: string }, Row & { auth_token: string }>((db, p) =>
  db
    .selectFrom('webhook_deliveries')
    .innerJoin('accounts', 'accounts.sid', 'webhook_deliveries.account_sid')
    .select(webhookDeliveryColumns.map((name) => `webhook_deliveries.${name}` as const))
    .select('accounts.auth_token')
    .where('webhook_deliveries.sid', '=', p('sid')),
)
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('webhook_deliveries')
    .set(parametersOf(['state', 'attempts', 'last_status', 'last_error', 'date_attempted', 'date_updated'], p))
    .where('sid', '=', p('sid')),
)
const insertAttempt = statement<WebhookAttemptRow, unknown>((db, p) =>
  db
    .insertInto('webhook_attempts')
    .values(parametersOf(webhookAttemptColumns, p))
    // An answer that was heard, and not written down before the process ended, is heard again.
    .onConflict((known) => known.columns(['delivery_sid', 'retry_count']).doUpdateSet(parametersOf(webhookAttemptColumns, p))),
)

/** The statements that enqueue deliveries, for those who send statements without waiting; `announceDeliveries` belongs to them. */
function enqueuingOf(deliveries: readonly NewDelivery[]): Insertion[] {
  return [
    { statement: insert, parameters: { rows: JSON.stringify(deliveries.map(toRow)) } },
    ...insertionOf(deliveries.map((delivery) => jobOf(delivery, delivery.date_created))),
  ]
}

function announceDeliveries(tx: Pick<Transaction, 'emit'>, deliveries: readonly NewDelivery[]): void {
  announce(
    tx,
    deliveries.map((delivery) => jobOf(delivery, delivery.date_created)),
  )
}

export const webhookDeliveryReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),

  /** A delivery with the auth token of its account, locked as it is stored. */
  toSend: (sid: string): Promise<(Row & { auth_token: string }) | undefined> => db.get(toSend, { sid }),
})

export const webhookDeliveryWriter = (tx: Transaction) => ({
  ...webhookDeliveryReader(tx),

  /** Has receivers called when the transaction has committed: per conversation and receiver in this order. */
  async enqueue(deliveries: readonly NewDelivery[]): Promise<void> {
    if (deliveries.length === 0) return
    for (const { statement, parameters } of enqueuingOf(deliveries)) await tx.run(statement, parameters)
    announceDeliveries(tx, deliveries)
  },

  /** Writes down calls that were made without a job. */
  insert: (rows: readonly Row[]): Promise<void> => tx.run(insert, { rows: JSON.stringify(rows) }),

  save: (row: Row): Promise<void> => tx.run(save, row),
  insertAttempt: (row: WebhookAttemptRow): Promise<void> => tx.run(insertAttempt, row),
})
