import { canonicalSid, isSid, ParleyError } from '@parley/protocol'
import type { UserRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'

/** A user of a service by SID or identity (rest-api §1.4). @throws 50200 */
export async function getUser(read: Pick<Readers, 'users'>, chat_service_sid: string, address: string): Promise<UserRow> {
  const found = isSid('user', address)
    ? await read.users.find(canonicalSid(address))
    : await read.users.findByIdentity(chat_service_sid, address)
  if (found?.chat_service_sid !== chat_service_sid) throw new ParleyError('user-not-found')
  return found
}
