import type { UserInfoKey } from './changes.ts'
import { listing } from './paging.ts'
import type { UserRow as Row } from './schema.ts'
import { type Database, statement } from './statement.ts'
import type { Transaction } from './store.ts'

const bySid = statement<{ sid: string }, Row>((db, p) => db.selectFrom('users').selectAll().where('sid', '=', p('sid')))
const bySidLocked = statement<{ sid: string }, Row>((db, p, dialect) => {
  const selected = db.selectFrom('users').selectAll().where('sid', '=', p('sid'))
  return dialect === 'postgres' ? selected.forUpdate() : selected
})
const byIdentity = statement<{ chat_service_sid: string; identity: string }, Row>((db, p) =>
  db.selectFrom('users').selectAll().where('chat_service_sid', '=', p('chat_service_sid')).where('identity', '=', p('identity')),
)
const ofService = listing<{ chat_service_sid: string }, Row>({
  select: (db, p) => db.selectFrom('users').selectAll().where('chat_service_sid', '=', p('chat_service_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const ofRole = statement<{ role_sid: string }, { sid: string }>((db, p) =>
  db.selectFrom('users').select('sid').where('role_sid', '=', p('role_sid')).limit(1),
)
const insert = statement<Row, unknown>((db, p) =>
  db.insertInto('users').values({
    sid: p('sid'),
    account_sid: p('account_sid'),
    chat_service_sid: p('chat_service_sid'),
    identity: p('identity'),
    friendly_name: p('friendly_name'),
    attributes: p('attributes'),
    role_sid: p('role_sid'),
    is_online: p('is_online'),
    is_notifiable: p('is_notifiable'),
    conversations_event_id: p('conversations_event_id'),
    info_event_id: p('info_event_id'),
    friendly_name_event_id: p('friendly_name_event_id'),
    attributes_event_id: p('attributes_event_id'),
    reachability_event_id: p('reachability_event_id'),
    date_created: p('date_created'),
    date_updated: p('date_updated'),
  }),
)
const save = statement<Row, unknown>((db, p) =>
  db
    .updateTable('users')
    .set({
      friendly_name: p('friendly_name'),
      attributes: p('attributes'),
      role_sid: p('role_sid'),
      is_online: p('is_online'),
      is_notifiable: p('is_notifiable'),
      info_event_id: p('info_event_id'),
      friendly_name_event_id: p('friendly_name_event_id'),
      attributes_event_id: p('attributes_event_id'),
      reachability_event_id: p('reachability_event_id'),
      date_updated: p('date_updated'),
    })
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
  ...userReader(tx),

  /** The row as it is now; nobody else changes it until this transaction ends. */
  lock: (sid: string): Promise<Row | undefined> => tx.get(bySidLocked, { sid }),

  async insert(row: Row): Promise<void> {
    await tx.run(insert, row)
  },

  /** Writes a locked user; each changed item of the info map takes an event of its own. */
  async save(changed: Row, keys: readonly UserInfoKey[]): Promise<Row> {
    const user = { ...changed }
    const column = { friendlyName: 'friendly_name_event_id', attributes: 'attributes_event_id', reachability: 'reachability_event_id' } as const
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
})
