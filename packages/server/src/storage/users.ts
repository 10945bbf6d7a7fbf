import type { UserInfoKey } from './changes.ts'
import { parametersOf, userColumns, without } from './columns.ts'
import { listing } from './paging.ts'
import type { UserRow as Row } from './schema.ts'
import { type Database, keptStatement, statement, type Transaction } from './statement.ts'

const bySid = keptStatement<{ sid: string }, Row>((db, p) => db.selectFrom('users').select(userColumns).where('sid', '=', p('sid')))
const bySidLocked = statement<{ sid: string }, Row>((db, p, dialect) => {
  const selected = db.selectFrom('users').select(userColumns).where('sid', '=', p('sid'))
  return dialect === 'postgres' ? selected.forUpdate() : selected
})
const byIdentity = keptStatement<{ chat_service_sid: string; identity: string }, Row>(
  (db, p) =>
    db.selectFrom('users').select(userColumns).where('chat_service_sid', '=', p('chat_service_sid')).where('identity', '=', p('identity')),
  // A client that has said who it is asks for its own objects next.
  { alsoAnswers: ({ sid }) => ({ statement: bySid, parameters: { sid } }) },
)
const ofService = listing<{ chat_service_sid: string }, Row>({
  select: (db, p) => db.selectFrom('users').select(userColumns).where('chat_service_sid', '=', p('chat_service_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const ofRole = statement<{ role_sid: string }, { sid: string }>((db, p) =>
  db.selectFrom('users').select('sid').where('role_sid', '=', p('role_sid')).limit(1),
)
const insert = statement<Row, unknown>((db, p) => db.insertInto('users').values(parametersOf(userColumns, p)))
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('users')
    .set(
      parametersOf(without(userColumns, 'sid', 'account_sid', 'chat_service_sid', 'identity', 'conversations_event_id', 'date_created'), p),
    )
    .where('sid', '=', p('sid')),
)
const remove = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('users').where('sid', '=', p('sid')))

export const userReader = (db: Database) => ({
  find: (sid: string): Promise<Row | undefined> => db.get(bySid, { sid }),
  findByIdentity: (chat_service_sid: string, identity: string): Promise<Row | undefined> =>
    db.get(byIdentity, { chat_service_sid, identity }),
  page: (chat_service_sid: string, request: Parameters<typeof ofService>[2]) => ofService(db, { chat_service_sid }, request),
  isRoleInUse: async (role_sid: string): Promise<boolean> => (await db.get(ofRole, { role_sid })) !== undefined,
})

export const userWriter = (tx: Transaction) => ({
  /** The row as it is now; nobody else changes it until this transaction ends. */
  lock: (sid: string): Promise<Row | undefined> => tx.get(bySidLocked, { sid }),

  async insert(row: Row): Promise<void> {
    await tx.run(insert, row)
  },

  /** Writes a locked user; each changed item of the info map takes an event of its own. */
  async save(changed: Row, keys: readonly UserInfoKey[]): Promise<Row> {
    const user = { ...changed }
    const column = {
      friendlyName: 'friendly_name_event_id',
      attributes: 'attributes_event_id',
      reachability: 'reachability_event_id',
    } as const
    for (const key of keys) {
      user.info_event_id += 1
      user[column[key]] = user.info_event_id
    }
    await tx.run(save, user)
    for (const key of keys) tx.emit({ object: 'user', sid: user.sid, id: user[column[key]], kind: 'updated', key, user })
    return user
  },

  /** Takes the user away, and their connections with them. */
  async remove(row: Row): Promise<void> {
    await tx.run(remove, { sid: row.sid })
    tx.emit({ object: 'access', sid: row.sid, kind: 'user-deleted' })
  },
  ...userReader(tx),
})
