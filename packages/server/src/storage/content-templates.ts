import { contentTemplateColumns, parametersOf } from './columns.ts'
import { listing } from './paging.ts'
import type { ContentTemplateRow as Row } from './schema.ts'
import { type Database, statement, type Transaction } from './statement.ts'

const bySid = statement<{ sid: string }, Row>((db, p) =>
  db.selectFrom('content_templates').select(contentTemplateColumns).where('sid', '=', p('sid')),
)
const ofAccount = listing<{ account_sid: string }, Row>({
  select: (db, p) => db.selectFrom('content_templates').select(contentTemplateColumns).where('account_sid', '=', p('account_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const insert = statement<Row, unknown>((db, p) => db.insertInto('content_templates').values(parametersOf(contentTemplateColumns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('content_templates')
    .set({
      friendly_name: p('friendly_name'),
      language: p('language'),
      variables: p('variables'),
      types: p('types'),
      date_updated: p('date_updated'),
    })
    .where('sid', '=', p('sid')),
)
const remove = statement<{ sid: string; account_sid: string }, { sid: string }>((db, p) =>
  db.deleteFrom('content_templates').where('sid', '=', p('sid')).where('account_sid', '=', p('account_sid')).returning('sid'),
)
const bySidLocked = statement<{ sid: string }, Row>((db, p, dialect) => {
  const found = db.selectFrom('content_templates').select(contentTemplateColumns).where('sid', '=', p('sid'))
  return dialect === 'postgres' ? found.forUpdate() : found
})

export const contentTemplateReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  page: (account_sid: string, request: Parameters<typeof ofAccount>[2]) => ofAccount(db, { account_sid }, request),
})

export const contentTemplateWriter = (tx: Transaction) => ({
  ...contentTemplateReader(tx),

  find: (sid: string): Promise<Row | undefined> => tx.get(bySidLocked, { sid }),
  insert: (row: Row): Promise<void> => tx.run(insert, row),
  save: (row: Row): Promise<void> => tx.run(save, row),
  /** Takes an account's template away; messages that were made from it keep what they say. @returns whether it was there */
  remove: async (account_sid: string, sid: string): Promise<boolean> => (await tx.get(remove, { sid, account_sid })) !== undefined,
})
