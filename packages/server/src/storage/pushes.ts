import { parametersOf, pushColumns } from './columns.ts'
import { listing } from './paging.ts'
import type { PushRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const bySid = statement<{ sid: string }, Row>((db, p) => db.selectFrom('pushes').select(pushColumns).where('sid', '=', p('sid')))

/** The latest first. */
const bySidDown = { keys: ['sid'], order: 'desc', cursorOf: (row: Row) => [row.sid] } as const
const ofService = listing<{ chat_service_sid: string }, Row>({
  select: (db, p) => db.selectFrom('pushes').select(pushColumns).where('chat_service_sid', '=', p('chat_service_sid')),
  ...bySidDown,
})
const ofIdentity = listing<{ chat_service_sid: string; identity: string }, Row>({
  select: (db, p) =>
    db.selectFrom('pushes').select(pushColumns).where('chat_service_sid', '=', p('chat_service_sid')).where('identity', '=', p('identity')),
  ...bySidDown,
})
const ofMessage = listing<{ message_sid: string }, Row>({
  select: (db, p) => db.selectFrom('pushes').select(pushColumns).where('message_sid', '=', p('message_sid')),
  ...bySidDown,
})
const ofMessageTo = listing<{ message_sid: string; identity: string }, Row>({
  select: (db, p) =>
    db.selectFrom('pushes').select(pushColumns).where('message_sid', '=', p('message_sid')).where('identity', '=', p('identity')),
  ...bySidDown,
})

const insert = statement<Row, { sid: string }>((db, p) =>
  db
    .insertInto('pushes')
    .values(parametersOf(pushColumns, p))
    .onConflict((known) => known.columns(['cause', 'binding_sid']).doNothing())
    .returning('sid'),
)
const changeable = [
  'credential_sid',
  'state',
  'reason',
  'attempts',
  'provider_status',
  'provider_answer',
  'provider_id',
  'payload',
  'date_updated',
] as const
const save = statement<Row, unknown>((db, p) => db.updateTable('pushes').set(parametersOf(changeable, p)).where('sid', '=', p('sid')))
const removeOld = statement<{ before: number; limit: number }, { sid: string }>((db, p) =>
  db
    .deleteFrom('pushes')
    .where('sid', 'in', (old) =>
      old
        .selectFrom('pushes')
        .select('sid')
        .where('date_created', '<', p('before'))
        .orderBy('date_created')
        .orderBy('sid')
        .limit(p('limit') as never),
    )
    .returning('sid'),
)

/** Which pushes of a service are meant. */
export interface PushFilter {
  identity?: string | undefined
  message_sid?: string | undefined
}

export const pushReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  page(chat_service_sid: string, { identity, message_sid }: PushFilter, request: Parameters<typeof ofService>[2]) {
    if (message_sid !== undefined && identity !== undefined) return ofMessageTo(db, { message_sid, identity }, request)
    if (message_sid !== undefined) return ofMessage(db, { message_sid }, request)
    if (identity !== undefined) return ofIdentity(db, { chat_service_sid, identity }, request)
    return ofService(db, { chat_service_sid }, request)
  },
})

export const pushWriter = (tx: Transaction) => ({
  ...pushReader(tx),
  /** @returns whether it is new: a device is told once of one cause */
  insert: async (row: Row): Promise<boolean> => (await tx.get(insert, row)) !== undefined,
  save: (row: Row): Promise<void> => tx.run(save, row),
  /** Takes away what is older, so many at most. @returns how many */
  removeOld: async (before: number, limit: number): Promise<number> => (await tx.all(removeOld, { before, limit })).length,
})
