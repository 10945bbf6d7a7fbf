import { listing } from './paging.ts'
import type { AccountRow, ApiKeyRow } from './schema.ts'
import { type Database, statement } from './statement.ts'
import type { Transaction } from './store.ts'

const bySid = statement<{ sid: string }, AccountRow>((db, p) => db.selectFrom('accounts').selectAll().where('sid', '=', p('sid')))
const everyAccount = listing<Record<never, never>, AccountRow>({
  select: (db) => db.selectFrom('accounts').selectAll(),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const insertAccount = statement<AccountRow, unknown>((db, p) =>
  db.insertInto('accounts').values({
    sid: p('sid'),
    friendly_name: p('friendly_name'),
    status: p('status'),
    auth_token: p('auth_token'),
    secondary_auth_token: p('secondary_auth_token'),
    default_chat_service_sid: p('default_chat_service_sid'),
    default_messaging_service_sid: p('default_messaging_service_sid'),
    default_inactive_timer: p('default_inactive_timer'),
    default_closed_timer: p('default_closed_timer'),
    date_created: p('date_created'),
    date_updated: p('date_updated'),
  }),
)
const saveAccount = statement<AccountRow, unknown>((db, p) =>
  db
    .updateTable('accounts')
    .set({
      friendly_name: p('friendly_name'),
      status: p('status'),
      auth_token: p('auth_token'),
      secondary_auth_token: p('secondary_auth_token'),
      default_chat_service_sid: p('default_chat_service_sid'),
      default_messaging_service_sid: p('default_messaging_service_sid'),
      default_inactive_timer: p('default_inactive_timer'),
      default_closed_timer: p('default_closed_timer'),
      date_updated: p('date_updated'),
    })
    .where('sid', '=', p('sid')),
)

const keyBySid = statement<{ sid: string }, ApiKeyRow>((db, p) => db.selectFrom('api_keys').selectAll().where('sid', '=', p('sid')))
const keysOfAccount = listing<{ account_sid: string }, ApiKeyRow>({
  select: (db, p) => db.selectFrom('api_keys').selectAll().where('account_sid', '=', p('account_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const insertKey = statement<ApiKeyRow, unknown>((db, p) =>
  db.insertInto('api_keys').values({
    sid: p('sid'),
    account_sid: p('account_sid'),
    friendly_name: p('friendly_name'),
    secret: p('secret'),
    date_created: p('date_created'),
    date_updated: p('date_updated'),
  }),
)
const saveKey = statement<ApiKeyRow, unknown>((db, p) =>
  db
    .updateTable('api_keys')
    .set({ friendly_name: p('friendly_name'), date_updated: p('date_updated') })
    .where('sid', '=', p('sid')),
)
const removeKey = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('api_keys').where('sid', '=', p('sid')))

export const accountReader = (db: Database) => ({
  find: (sid: string): Promise<AccountRow | undefined> => db.get(bySid, { sid }),
  page: (request: Parameters<typeof everyAccount>[2]) => everyAccount(db, {}, request),
  findKey: (sid: string): Promise<ApiKeyRow | undefined> => db.get(keyBySid, { sid }),
  pageOfKeys: (account_sid: string, request: Parameters<typeof keysOfAccount>[2]) => keysOfAccount(db, { account_sid }, request),
})

export const accountWriter = (tx: Transaction) => ({
  ...accountReader(tx),

  async insert(row: AccountRow): Promise<void> {
    await tx.run(insertAccount, row)
  },
  async save(row: AccountRow): Promise<void> {
    await tx.run(saveAccount, row)
    if (row.status !== 'active') tx.emit({ object: 'access', sid: row.sid, kind: 'account-closed' })
  },
  async insertKey(row: ApiKeyRow): Promise<void> {
    await tx.run(insertKey, row)
  },
  async saveKey(row: ApiKeyRow): Promise<void> {
    await tx.run(saveKey, row)
  },
  /** Takes a key away: its tokens are worth nothing from now on, and the connections made with them end. */
  async removeKey(row: ApiKeyRow): Promise<void> {
    await tx.run(removeKey, { sid: row.sid })
    tx.emit({ object: 'access', sid: row.sid, kind: 'key-revoked' })
  },
})
