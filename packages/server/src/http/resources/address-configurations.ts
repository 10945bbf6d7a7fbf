import type { AddressConfigurationResource } from '@parley/protocol'
import type { AddressConfigurationRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export function toAddressConfiguration(row: AddressConfigurationRow, { root }: Scope): AddressConfigurationResource {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    type: row.type,
    address: row.address,
    friendly_name: row.friendly_name,
    address_country: row.address_country,
    auto_creation: JSON.parse(row.auto_creation),
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url: `${root}/Configuration/Addresses/${row.sid}`,
  }
}
