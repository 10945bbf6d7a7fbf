import { accountColumns, apiKeyColumns, parametersOf, without } from './columns.ts'
import { listing, type PageRequest } from './paging.ts'
import type { AccountRow, ApiKeyRow } from './schema.ts'
import { type Database, keptStatement, statement, type Transaction } from './statement.ts'

const bySid = keptStatement<{ sid: string }, AccountRow>((db, p) =>
  db.selectFrom('accounts').select(accountColumns).where('sid', '=', p('sid')),
)
/** Which accounts somebody looks after: their own, and those they made. */
export interface AccountFilter {
  owner_account_sid: string
  friendly_name?: string | undefined
  status?: AccountRow['status'] | undefined
}

const ofOwner = (narrowed: { friendly_name: boolean; status: boolean }) =>
  listing<{ owner_account_sid: string; friendly_name: string; status: string }, AccountRow>({
    select: (db, p) => {
      let accounts = db
        .selectFrom('accounts')
        .select(accountColumns)
        .where((where) => where.or([where('owner_account_sid', '=', p('owner_account_sid')), where('sid', '=', p('owner_account_sid'))]))
      if (narrowed.friendly_name) accounts = accounts.where('friendly_name', '=', p('friendly_name'))
      if (narrowed.status) accounts = accounts.where('status', '=', p('status') as never)
      return accounts
    },
    keys: ['sid'],
    order: 'asc',
    cursorOf: (row) => [row.sid],
  })
const ofOwnerByFilter = {
  all: ofOwner({ friendly_name: false, status: false }),
  named: ofOwner({ friendly_name: true, status: false }),
  inStatus: ofOwner({ friendly_name: false, status: true }),
  namedInStatus: ofOwner({ friendly_name: true, status: true }),
}
const first = statement<Record<never, never>, AccountRow>((db) =>
  db
    .selectFrom('accounts')
    .select(accountColumns)
    .whereRef('owner_account_sid', '=', 'sid')
    .orderBy('date_created')
    .orderBy('sid')
    .limit(1),
)
const insertAccount = statement<AccountRow, unknown>((db, p) => db.insertInto('accounts').values(parametersOf(accountColumns, p)))
const saveAccount = statement<AccountRow, unknown>((db, p) =>
  db
    .updateTable('accounts')
    .set(parametersOf(without(accountColumns, 'sid', 'owner_account_sid', 'date_created'), p))
    .where('sid', '=', p('sid')),
)

const keyBySid = keptStatement<{ sid: string }, ApiKeyRow>((db, p) =>
  db.selectFrom('api_keys').select(apiKeyColumns).where('sid', '=', p('sid')),
)
const keysOfAccount = listing<{ account_sid: string }, ApiKeyRow>({
  select: (db, p) => db.selectFrom('api_keys').select(apiKeyColumns).where('account_sid', '=', p('account_sid')),
  keys: ['sid'],
  order: 'asc',
  cursorOf: (row) => [row.sid],
})
const firstKey = statement<{ account_sid: string }, ApiKeyRow>((db, p) =>
  db
    .selectFrom('api_keys')
    .select(apiKeyColumns)
    .where('account_sid', '=', p('account_sid'))
    .orderBy('date_created')
    .orderBy('sid')
    .limit(1),
)
const insertKey = statement<ApiKeyRow, unknown>((db, p) => db.insertInto('api_keys').values(parametersOf(apiKeyColumns, p)))
const saveKey = statement<ApiKeyRow, unknown>((db, p) =>
  db
    .updateTable('api_keys')
    .set({ friendly_name: p('friendly_name'), date_updated: p('date_updated') })
    .where('sid', '=', p('sid')),
)
const removeKey = statement<{ sid: string }, unknown>((db, p) => db.deleteFrom('api_keys').where('sid', '=', p('sid')))

export const accountReader = (db: Database) => ({
  find: (sid: string): Promise<AccountRow | undefined> => db.get(bySid, { sid }),
  pageOfOwner({ owner_account_sid, friendly_name, status }: AccountFilter, request: PageRequest) {
    const { all, named, inStatus, namedInStatus } = ofOwnerByFilter
    const list = friendly_name === undefined ? (status === undefined ? all : inStatus) : status === undefined ? named : namedInStatus
    return list(db, { owner_account_sid, friendly_name: friendly_name ?? '', status: status ?? '' }, request)
  },
  /** The account of the first start. */
  first: (): Promise<AccountRow | undefined> => db.get(first, {}),
  findKey: (sid: string): Promise<ApiKeyRow | undefined> => db.get(keyBySid, { sid }),
  /** The oldest key of an account. */
  firstKey: (account_sid: string): Promise<ApiKeyRow | undefined> => db.get(firstKey, { account_sid }),
  pageOfKeys: (account_sid: string, request: Parameters<typeof keysOfAccount>[2]) => keysOfAccount(db, { account_sid }, request),
})

export const accountWriter = (tx: Transaction) => ({
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
  ...accountReader(tx),
})
