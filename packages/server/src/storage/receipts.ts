import { sql } from 'kysely'
import { parametersOf, receiptColumns, without } from './columns.ts'
import { textsIn } from './json-rows.ts'
import { listing } from './paging.ts'
import type { ReceiptRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const bySid = statement<{ message_sid: string; sid: string }, Row>((db, p) =>
  db.selectFrom('receipts').select(receiptColumns).where('sid', '=', p('sid')).where('message_sid', '=', p('message_sid')),
)
const byParticipant = statement<{ message_sid: string; participant_sid: string }, Row>((db, p) =>
  db
    .selectFrom('receipts')
    .select(receiptColumns)
    .where('message_sid', '=', p('message_sid'))
    .where('participant_sid', '=', p('participant_sid')),
)
const ofMessage = listing<{ message_sid: string }, Row>({
  select: (db, p) => db.selectFrom('receipts').select(receiptColumns).where('message_sid', '=', p('message_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const statuses = statement<{ message_sid: string }, Pick<Row, 'status'>>((db, p) =>
  db.selectFrom('receipts').select('status').where('message_sid', '=', p('message_sid')),
)
const ofMessages = statement<{ message_sids: string }, Row>((db, p, dialect) =>
  db
    .selectFrom('receipts')
    .select(receiptColumns)
    .where(sql<boolean>`message_sid in (${textsIn(p('message_sids'), dialect)})`),
)
const insert = statement<Row, unknown>((db, p) => db.insertInto('receipts').values(parametersOf(receiptColumns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('receipts')
    .set(
      parametersOf(
        without(
          receiptColumns,
          'sid',
          'account_sid',
          'chat_service_sid',
          'conversation_sid',
          'message_sid',
          'participant_sid',
          'date_created',
        ),
        p,
      ),
    )
    .where('sid', '=', p('sid')),
)
const removeOf = statement<{ message_sid: string }, unknown>((db, p) =>
  db.deleteFrom('receipts').where('message_sid', '=', p('message_sid')),
)

export const receiptReader = (db: Database) => ({
  find: (message_sid: string, sid: string): Promise<Row | undefined> => db.get(bySid, { message_sid, sid }),
  findByParticipant: (message_sid: string, participant_sid: string): Promise<Row | undefined> =>
    db.get(byParticipant, { message_sid, participant_sid }),
  page: (message_sid: string, request: Parameters<typeof ofMessage>[2]) => ofMessage(db, { message_sid }, request),
  /** Those of several messages, in any order. */
  ofMessages: (message_sids: readonly string[]): Promise<Row[]> => db.all(ofMessages, { message_sids: JSON.stringify(message_sids) }),
  /** How far a message has come with each of those whom it is sent to: not more than a conversation may have of them. */
  statuses: async (message_sid: string): Promise<Row['status'][]> => (await db.all(statuses, { message_sid })).map(({ status }) => status),
})

export const receiptWriter = (tx: Transaction) => ({
  insert: (row: Row): Promise<void> => tx.run(insert, row),
  save: (row: Row): Promise<void> => tx.run(save, row),
  /** Takes the receipts of a message away. */
  removeOf: (message_sid: string): Promise<void> => tx.run(removeOf, { message_sid }),
  ...receiptReader(tx),
})
