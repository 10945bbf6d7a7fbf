import { canonicalSid, isSid, ParleyError } from '@parley/protocol'
import type { AddressConfigurationRow } from '../../storage/schema.ts'
import type { Readers } from '../../storage/store.ts'

/** The configuration of an address of the account, by SID or address (rest-api §3.18). @throws 20404 */
export async function getAddressConfiguration(
  read: Pick<Readers, 'addressConfigurations'>,
  account_sid: string,
  sidOrAddress: string,
): Promise<AddressConfigurationRow> {
  const found = isSid('addressConfiguration', sidOrAddress)
    ? await read.addressConfigurations.find(account_sid, canonicalSid(sidOrAddress))
    : await read.addressConfigurations.findByAddress(account_sid, sidOrAddress)
  if (!found) throw new ParleyError('resource-not-found')
  return found
}
