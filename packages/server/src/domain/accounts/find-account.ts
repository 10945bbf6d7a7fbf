import { canonicalSid, ParleyError } from '@parley/protocol'
import type { AccountRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'

/** An account that a caller looks after: their own, or one they made. @throws 20404 for every other */
export async function getAccount(read: Pick<Readers, 'accounts'>, caller: AccountRow, sid: string): Promise<AccountRow> {
  const account_sid = canonicalSid(sid)
  if (account_sid === caller.sid) return caller
  const account = await read.accounts.find(account_sid)
  if (account?.owner_account_sid !== caller.sid) throw new ParleyError('resource-not-found')
  return account
}
