import { ApiKeyResource, CreateApiKey, ListApiKeys, NameApiKey } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import { createApiKey, getApiKey, renameApiKey, revokeApiKey } from '../domain/accounts/change-accounts.ts'
import { getAccount } from '../domain/accounts/find-account.ts'
import type { Context } from '../domain/context.ts'
import { oldListing } from './old-paging.ts'
import { toApiKey } from './resources/accounts.ts'
import { changing, creating, fetching, listing, ofAccount, type Route, removing } from './routes.ts'

/** API keys: of an account in the path by the older API, under two names, and of the caller's account by the newer one (rest-api §6.2). */
export const keyRoutes = (ctx: Context): Route[] => [
  ...inAccount(ctx, 'Keys', 'keys'),
  ...inAccount(ctx, 'SigningKeys', 'signing_keys'),
  ...ofAccount(...ofCaller(ctx)),
]

function inAccount<const N extends string>(ctx: Context, name: N, key: string): Route[] {
  const list = `/2010-04-01/Accounts/:account_sid/${name}.json` as '/2010-04-01/Accounts/:account_sid/Keys.json'
  const one = `/2010-04-01/Accounts/:account_sid/${name}/:key_sid.json` as '/2010-04-01/Accounts/:account_sid/Keys/:key_sid.json'
  const { read } = ctx.store

  return [
    oldListing(list, {
      params: Type.Object({}),
      key,
      item: ApiKeyResource,
      page: async ({ account, path }, request) =>
        read.accounts.pageOfKeys((await getAccount(read, account, path.account_sid)).sid, request),
      present: (row) => toApiKey(row),
    }),

    creating(list, NameApiKey, ApiKeyResource, async ({ account, path, params }) => {
      const { sid } = await getAccount(read, account, path.account_sid)
      const { key, secret } = await createApiKey(ctx, sid, params.friendly_name)
      return toApiKey(key, secret)
    }),

    fetching(one, ApiKeyResource, async ({ account, path }) => {
      const { sid } = await getAccount(read, account, path.account_sid)
      return toApiKey(await getApiKey(read, sid, path.key_sid))
    }),

    changing(one, NameApiKey, ApiKeyResource, async ({ account, path, params }) => {
      const { sid } = await getAccount(read, account, path.account_sid)
      return toApiKey(await renameApiKey(ctx, sid, path.key_sid, params.friendly_name))
    }),

    removing(one, async ({ account, path }) => {
      const { sid } = await getAccount(read, account, path.account_sid)
      await revokeApiKey(ctx, sid, path.key_sid)
    }),
  ]
}

function ofCaller(ctx: Context): Route[] {
  const { read } = ctx.store
  return [
    listing('/Keys', {
      params: ListApiKeys,
      key: 'keys',
      item: ApiKeyResource,
      largest: 100,
      page: async ({ account, params }, request) =>
        read.accounts.pageOfKeys((await getAccount(read, account, params.account_sid)).sid, request),
      present: (row) => toApiKey(row),
    }),

    creating('/Keys', CreateApiKey, ApiKeyResource, async ({ account, params }) => {
      const { sid } = await getAccount(read, account, params.account_sid)
      const { key, secret } = await createApiKey(ctx, sid, params.friendly_name)
      return toApiKey(key, secret)
    }),

    fetching('/Keys/:key_sid', ApiKeyResource, async ({ account, path }) => toApiKey(await getApiKey(read, account.sid, path.key_sid))),

    changing('/Keys/:key_sid', NameApiKey, ApiKeyResource, async ({ account, path, params }) =>
      toApiKey(await renameApiKey(ctx, account.sid, path.key_sid, params.friendly_name)),
    ),

    removing('/Keys/:key_sid', ({ account, path }) => revokeApiKey(ctx, account.sid, path.key_sid)),
  ]
}
