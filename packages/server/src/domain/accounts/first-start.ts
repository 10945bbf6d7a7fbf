import type { Context } from '../context.ts'
import { insertAccount, insertApiKey } from './change-accounts.ts'

/** Names that the operator chose for the first account, each optional. */
export interface FirstNames {
  accountSid: string | undefined
  authToken: string | undefined
  apiKeySid: string | undefined
  apiKeySecret: string | undefined
  serviceSid: string | undefined
}

/** How to sign in. */
export interface Credentials {
  account_sid: string
  auth_token: string
  api_key_sid: string
  api_key_secret: string
  service_sid: string
}

/**
 * The account of this installation, with an API key and a default service. The first start makes them, from the settings or freshly; later
 * starts find them again. Starting twice at once makes them once.
 *
 * @returns the credentials, and whether they are new
 */
export async function ensureFirstAccount(ctx: Context, names: FirstNames): Promise<{ credentials: Credentials; created: boolean }> {
  return ctx.store.write(async (tx) => {
    const known = await existing(ctx, tx, names)
    if (known) return { credentials: known, created: false }
    const credentials: Credentials = {
      account_sid: names.accountSid ?? ctx.ids.sid('account'),
      auth_token: names.authToken ?? ctx.ids.secret(),
      api_key_sid: names.apiKeySid ?? ctx.ids.sid('apiKey'),
      api_key_secret: names.apiKeySecret ?? ctx.ids.secret(),
      service_sid: names.serviceSid ?? ctx.ids.sid('service'),
    }
    await insertAccount(ctx, tx, {
      sid: credentials.account_sid,
      auth_token: credentials.auth_token,
      friendly_name: 'Parley',
      service_sid: credentials.service_sid,
    })
    await insertApiKey(ctx, tx, {
      sid: credentials.api_key_sid,
      secret: credentials.api_key_secret,
      account_sid: credentials.account_sid,
      friendly_name: 'First key',
    })
    return { credentials, created: true }
  })
}

type Reading = Pick<Context['store']['read'], 'accounts'>

async function existing(ctx: Context, read: Reading, names: FirstNames): Promise<Credentials | undefined> {
  const account = names.accountSid ? await read.accounts.find(names.accountSid) : await read.accounts.first()
  if (!account) return undefined
  const key = names.apiKeySid ? await read.accounts.findKey(names.apiKeySid) : await read.accounts.firstKey(account.sid)
  return {
    account_sid: account.sid,
    auth_token: ctx.vault.open(account.auth_token),
    api_key_sid: key?.sid ?? '',
    api_key_secret: key ? ctx.vault.open(key.secret) : '',
    service_sid: account.default_chat_service_sid,
  }
}
