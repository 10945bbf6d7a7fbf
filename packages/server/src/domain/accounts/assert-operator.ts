import { ParleyError } from '@parley/protocol'
import type { Caller } from './authenticate.ts'

/**
 * What concerns the whole installation is for whoever runs it: the account of the first start. Accounts that it made belong to others.
 *
 * @throws 20403
 */
export function assertOperator({ account }: Caller): void {
  if (account.owner_account_sid !== account.sid)
    throw new ParleyError('forbidden', { text: 'This is for the account of the first start, which runs the server' })
}

/**
 * The same, and for nobody who merely holds an API key: keys are given to back ends, and can be revoked.
 *
 * @throws 20403
 */
export function assertMaster(caller: Caller): void {
  assertOperator(caller)
  if (caller.key) throw new ParleyError('forbidden', { text: 'An API key does not open this: the auth token of the account does' })
}
