import { type CreateAccount, ParleyError, sidPrefix, type UpdateAccount, type UpdateConfiguration } from '@parley/protocol'
import type { AccountRow, ApiKeyRow } from '../../storage/schema.ts'
import type { Writers } from '../../storage/store.ts'
import type { Context } from '../context.ts'
import { insertService } from '../services/change-services.ts'

/** What a first start, or a caller, may choose for a new account. */
export interface ChosenAccount {
  sid: string
  /** Who made it; absent for the account of the first start, which belongs to itself. */
  owner_account_sid?: string
  auth_token: string
  friendly_name: string
  service_sid: string
}

/** Writes an account with a default service and a default messaging service, so that everything works at once. */
export async function insertAccount(ctx: Context, tx: Writers, chosen: ChosenAccount): Promise<AccountRow> {
  const now = ctx.clock.now()
  const account: AccountRow = {
    sid: chosen.sid,
    owner_account_sid: chosen.owner_account_sid ?? chosen.sid,
    friendly_name: chosen.friendly_name,
    status: 'active',
    auth_token: ctx.vault.lock(chosen.auth_token),
    secondary_auth_token: null,
    default_chat_service_sid: chosen.service_sid,
    default_messaging_service_sid: ctx.ids.sid('messagingService'),
    default_inactive_timer: null,
    default_closed_timer: null,
    date_created: now,
    date_updated: now,
  }
  await tx.accounts.insert(account)
  await insertService(ctx, tx, { sid: chosen.service_sid, account_sid: chosen.sid, friendly_name: 'Default Conversations Service' })
  return account
}

const friendlyNameLength = 64

function assertFriendlyName(friendly_name: string | undefined): void {
  if (friendly_name !== undefined && (friendly_name === '' || friendly_name.length > friendlyNameLength))
    throw new ParleyError('account-friendly-name-invalid', { details: { field: 'FriendlyName', limit: friendlyNameLength } })
}

/** Makes an account that another looks after. */
export async function createAccount(ctx: Context, owner_account_sid: string, { friendly_name }: CreateAccount): Promise<AccountRow> {
  assertFriendlyName(friendly_name)
  return ctx.store.write((tx) =>
    insertAccount(ctx, tx, {
      sid: ctx.ids.sid('account'),
      owner_account_sid,
      auth_token: ctx.ids.secret(),
      friendly_name: friendly_name ?? `Account created at ${new Date(ctx.clock.now()).toISOString()}`,
      service_sid: ctx.ids.sid('service'),
    }),
  )
}

/**
 * Changes an account's name or status. A suspended or closed account is refused everywhere, and its connections end.
 *
 * @throws 20403 for closing the account of the first start: nobody could open it again
 */
export async function updateAccount(ctx: Context, account_sid: string, params: UpdateAccount): Promise<AccountRow> {
  assertFriendlyName(params.friendly_name)
  return ctx.store.write(async (tx) => {
    const before = await tx.accounts.find(account_sid)
    if (!before) throw new ParleyError('resource-not-found')
    if (before.owner_account_sid === before.sid && params.status !== undefined && params.status !== 'active')
      throw new ParleyError('forbidden', {
        text: 'This account has no owner who could open it again: it stays active',
        details: { field: 'status' },
      })
    const account = {
      ...before,
      friendly_name: params.friendly_name ?? before.friendly_name,
      status: params.status ?? before.status,
      date_updated: ctx.clock.now(),
    }
    await tx.accounts.save(account)
    return account
  })
}

/** Changes the account's defaults for conversations (rest-api §3.12). */
export async function configureAccount(ctx: Context, account_sid: string, params: UpdateConfiguration): Promise<AccountRow> {
  return ctx.store.write(async (tx) => {
    const before = await tx.accounts.find(account_sid)
    if (!before) throw new ParleyError('resource-not-found')
    if (params.default_chat_service_sid !== undefined) {
      const service = await tx.services.find(params.default_chat_service_sid)
      if (service?.account_sid !== account_sid)
        throw new ParleyError('service-not-found', { details: { field: 'default_chat_service_sid' } })
    }
    const account: AccountRow = { ...before, ...params, date_updated: ctx.clock.now() }
    await tx.accounts.save(account)
    return account
  })
}

/** An API key with its secret in clear, which is shown only when it is made. */
export interface NewApiKey {
  key: ApiKeyRow
  secret: string
}

/** Writes an API key. */
export async function insertApiKey(
  ctx: Context,
  tx: Writers,
  chosen: { sid: string; secret: string; account_sid: string; friendly_name: string },
): Promise<NewApiKey> {
  const now = ctx.clock.now()
  const { secret, ...named } = chosen
  const key: ApiKeyRow = { ...named, secret: ctx.vault.lock(secret), date_created: now, date_updated: now }
  await tx.accounts.insertKey(key)
  return { key, secret }
}

/** Makes an API key of an account. */
export function createApiKey(ctx: Context, account_sid: string, friendly_name: string | undefined): Promise<NewApiKey> {
  assertFriendlyName(friendly_name)
  return ctx.store.write((tx) =>
    insertApiKey(ctx, tx, { sid: ctx.ids.sid('apiKey'), secret: ctx.ids.secret(), account_sid, friendly_name: friendly_name ?? '' }),
  )
}

/** Renames an API key. */
export function renameApiKey(ctx: Context, account_sid: string, key_sid: string, friendly_name: string | undefined): Promise<ApiKeyRow> {
  assertFriendlyName(friendly_name)
  return ctx.store.write(async (tx) => {
    const before = await getApiKey(tx, account_sid, key_sid)
    const key = { ...before, friendly_name: friendly_name ?? before.friendly_name, date_updated: ctx.clock.now() }
    await tx.accounts.saveKey(key)
    return key
  })
}

/** Revokes an API key: no request or token of it counts from now on, and connections made with it end. */
export async function revokeApiKey(ctx: Context, account_sid: string, key_sid: string): Promise<void> {
  await ctx.store.write(async (tx) => tx.accounts.removeKey(await getApiKey(tx, account_sid, key_sid)))
}

/** A key of the account. @throws 20404 */
export async function getApiKey(
  read: { accounts: { findKey(sid: string): Promise<ApiKeyRow | undefined> } },
  account_sid: string,
  key_sid: string,
): Promise<ApiKeyRow> {
  const key = await read.accounts.findKey(sidPrefix.apiKey + key_sid.slice(2).toLowerCase())
  if (key?.account_sid !== account_sid) throw new ParleyError('resource-not-found')
  return key
}
