import { AccountResource, CreateAccount, ListAccounts, UpdateAccount } from '@parley/protocol'
import { createAccount, updateAccount } from '../domain/accounts/change-accounts.ts'
import { getAccount } from '../domain/accounts/find-account.ts'
import type { Context } from '../domain/context.ts'
import type { AccountRow } from '../storage/schema.ts'
import { oldListing } from './old-paging.ts'
import { toAccount } from './resources/accounts.ts'
import { type AuthenticRequest, changing, creating, fetching } from './routes.ts'

/** The caller's own account, and the accounts they made (rest-api §6.2). */
export const accountRoutes = (ctx: Context) => {
  // An API key can be revoked: it must not show the token, which lives on.
  const present = (account: AccountRow, { key }: Pick<AuthenticRequest, 'key'>) =>
    toAccount(account, key ? null : ctx.vault.open(account.auth_token))

  return [
    oldListing('/2010-04-01/Accounts.json', {
      params: ListAccounts,
      key: 'accounts',
      item: AccountResource,
      page: ({ account, params }, request) => ctx.store.read.accounts.pageOfOwner({ owner_account_sid: account.sid, ...params }, request),
      present,
    }),

    creating('/2010-04-01/Accounts.json', CreateAccount, AccountResource, async ({ account, params }) => {
      const created = await createAccount(ctx, account.sid, params)
      return toAccount(created, ctx.vault.open(created.auth_token))
    }),

    fetching('/2010-04-01/Accounts/:account_sid.json', AccountResource, async (call) =>
      present(await getAccount(ctx.store.read, call.account, call.path.account_sid), call),
    ),

    changing('/2010-04-01/Accounts/:account_sid.json', UpdateAccount, AccountResource, async (call) => {
      const { sid } = await getAccount(ctx.store.read, call.account, call.path.account_sid)
      return present(await updateAccount(ctx, sid, call.params), call)
    }),
  ]
}
