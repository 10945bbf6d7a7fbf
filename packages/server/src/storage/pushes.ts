import { sql } from 'kysely'
import { parametersOf, pushColumns } from './columns.ts'
import { jobWriter } from './jobs.ts'
import { listed, rowsIn } from './json-rows.ts'
import { listing } from './paging.ts'
import type { PushRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

/** A push has one job, that sends it. */
export const jobSidOfPush = (sid: string) => `JB${sid.slice(2)}`

/** Takes the jobs of pushes along that were taken away, dead ones too. @returns how many pushes */
export async function withdrawJobsOf(tx: Transaction, gone: readonly Pick<Row, 'sid'>[]): Promise<number> {
  if (gone.length > 0) await jobWriter(tx).withdraw(gone.map(({ sid }) => jobSidOfPush(sid)))
  return gone.length
}

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
const ofMessage = listing<{ chat_service_sid: string; message_sid: string }, Row>({
  select: (db, p) =>
    db
      .selectFrom('pushes')
      .select(pushColumns)
      .where('message_sid', '=', p('message_sid'))
      .where(sql<boolean>`coalesce(chat_service_sid, '') = ${p('chat_service_sid')}`),
  ...bySidDown,
})
const ofMessageTo = listing<{ chat_service_sid: string; message_sid: string; identity: string }, Row>({
  select: (db, p) =>
    db
      .selectFrom('pushes')
      .select(pushColumns)
      .where('message_sid', '=', p('message_sid'))
      .where('identity', '=', p('identity'))
      .where(sql<boolean>`coalesce(chat_service_sid, '') = ${p('chat_service_sid')}`),
  ...bySidDown,
})

const insert = statement<{ rows: string }, unknown>((db, p, dialect) => ({
  compile: () => sql`insert into pushes (${listed(pushColumns)}) ${rowsIn('pushes', pushColumns, p('rows'), dialect)}`.compile(db),
}))
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
    if (message_sid !== undefined && identity !== undefined) return ofMessageTo(db, { chat_service_sid, message_sid, identity }, request)
    if (message_sid !== undefined) return ofMessage(db, { chat_service_sid, message_sid }, request)
    if (identity !== undefined) return ofIdentity(db, { chat_service_sid, identity }, request)
    return ofService(db, { chat_service_sid }, request)
  },
})

export const pushWriter = (tx: Transaction) => ({
  async insert(rows: readonly Row[]): Promise<void> {
    if (rows.length > 0) await tx.run(insert, { rows: JSON.stringify(rows) })
  },
  save: (row: Row): Promise<void> => tx.run(save, row),
  /** Takes away what is older, so many at most. @returns how many */
  removeOld: async (before: number, limit: number): Promise<number> => withdrawJobsOf(tx, await tx.all(removeOld, { before, limit })),
  ...pushReader(tx),
})
