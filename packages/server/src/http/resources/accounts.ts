import type { AccountResource, ApiKeyResource } from '@parley/protocol'
import type { AccountRow, ApiKeyRow } from '../../storage/schema.ts'
import { toMailDate } from './dates.ts'

/** An account with its auth token in clear, or null where the token is not to be seen. */
export function toAccount(row: AccountRow, auth_token: string | null): AccountResource {
  const path = `/2010-04-01/Accounts/${row.sid}`
  return {
    sid: row.sid,
    friendly_name: row.friendly_name,
    auth_token,
    status: row.status,
    type: 'Full',
    owner_account_sid: row.owner_account_sid,
    date_created: toMailDate(row.date_created),
    date_updated: toMailDate(row.date_updated),
    uri: `${path}.json`,
    subresource_uris: { keys: `${path}/Keys.json`, signing_keys: `${path}/SigningKeys.json` },
  }
}

/** An API key, with its secret only when it was made just now. */
export function toApiKey(row: ApiKeyRow, secret?: string): ApiKeyResource {
  return {
    sid: row.sid,
    friendly_name: row.friendly_name,
    date_created: toMailDate(row.date_created),
    date_updated: toMailDate(row.date_updated),
    ...(secret === undefined ? {} : { secret }),
  }
}
