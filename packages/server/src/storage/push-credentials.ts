import { parametersOf, pushCredentialColumns, without } from './columns.ts'
import { listing } from './paging.ts'
import type { PushCredentialRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const bySid = statement<{ sid: string }, Row>((db, p) =>
  db.selectFrom('push_credentials').select(pushCredentialColumns).where('sid', '=', p('sid')),
)
const ofAccount = listing<{ account_sid: string }, Row>({
  select: (db, p) => db.selectFrom('push_credentials').select(pushCredentialColumns).where('account_sid', '=', p('account_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
/** Enough to see whether there is one and no other. */
const someOfAccount = statement<{ account_sid: string; limit: number }, Row>((db, p) =>
  db
    .selectFrom('push_credentials')
    .select(pushCredentialColumns)
    .where('account_sid', '=', p('account_sid'))
    .orderBy('sid')
    .limit(p('limit') as never),
)
const insert = statement<Row, unknown>((db, p) => db.insertInto('push_credentials').values(parametersOf(pushCredentialColumns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('push_credentials')
    .set(parametersOf(without(pushCredentialColumns, 'sid', 'account_sid', 'date_created'), p))
    .where('sid', '=', p('sid')),
)
const noteRefusal = statement<Pick<Row, 'sid' | 'refusal' | 'refused_at'>, unknown>((db, p) =>
  db
    .updateTable('push_credentials')
    .set({ refusal: p('refusal'), refused_at: p('refused_at') })
    .where('sid', '=', p('sid')),
)
const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('push_credentials').where('sid', '=', p('sid')))

/** Credentials of one account that are looked through for those of a type. */
const most = 1_000

export const pushCredentialReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  page: (account_sid: string, request: Parameters<typeof ofAccount>[2]) => ofAccount(db, { account_sid }, request),
  /** The oldest of an account. */
  some: (account_sid: string): Promise<Row[]> => db.all(someOfAccount, { account_sid, limit: most }),
})

export const pushCredentialWriter = (tx: Transaction) => ({
  insert: (row: Row): Promise<void> => tx.run(insert, row),
  save: (row: Row): Promise<void> => tx.run(save, row),
  /** Writes down that the provider refused the credential, or, with nulls, that it takes it. */
  noteRefusal: (note: Pick<Row, 'sid' | 'refusal' | 'refused_at'>): Promise<void> => tx.run(noteRefusal, note),
  remove: (sid: string): Promise<void> => tx.run(remove, { sid }),
  ...pushCredentialReader(tx),
})
