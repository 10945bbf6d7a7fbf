import { CreateCredential, CredentialCheckResource, CredentialResource, UpdateCredential } from '@parley/protocol'
import { Type } from '@sinclair/typebox'
import type { Context } from '../domain/context.ts'
import { createCredential, getCredential, removeCredential, updateCredential } from '../domain/push/change-credentials.ts'
import { checkCredential } from '../domain/push/check-credential.ts'
import { toCredential, toCredentialCheck } from './resources/push.ts'
import { changing, creating, fetching, listing, ofAccount, removing } from './routes.ts'

/** Credentials of the account for providers of pushes (rest-api §3.17). What is wrong with one can be asked for, which goes beyond the original. */
export const credentialRoutes = (ctx: Context) =>
  ofAccount(
    listing('/Credentials', {
      params: Type.Object({}),
      key: 'credentials',
      item: CredentialResource,
      largest: 100,
      page: ({ scope }, request) => ctx.store.read.pushCredentials.page(scope.account_sid, request),
      present: (row, { scope }) => toCredential(row, scope),
    }),

    creating('/Credentials', CreateCredential, CredentialResource, async ({ scope, params }) =>
      toCredential(await createCredential(ctx, scope.account_sid, params), scope),
    ),

    fetching('/Credentials/:credential', CredentialResource, async ({ scope, path }) =>
      toCredential(await getCredential(ctx.store.read, scope.account_sid, path.credential), scope),
    ),

    fetching('/Credentials/:credential/Check', CredentialCheckResource, async ({ scope, path }) => {
      const credential = await getCredential(ctx.store.read, scope.account_sid, path.credential)
      return toCredentialCheck(credential, checkCredential(ctx, credential), scope)
    }),

    changing('/Credentials/:credential', UpdateCredential, CredentialResource, async ({ scope, path, params }) =>
      toCredential(await updateCredential(ctx, scope.account_sid, path.credential, params), scope),
    ),

    removing('/Credentials/:credential', ({ scope, path }) => removeCredential(ctx, scope.account_sid, path.credential)),
  )
