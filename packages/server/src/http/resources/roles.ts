import type { RoleResource } from '@parley/protocol'
import type { RoleRow } from '../../storage/schema.ts'
import type { Scope } from '../scope.ts'
import { toDateTime } from './dates.ts'

export function toRole(row: RoleRow, { root }: Scope): RoleResource {
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    chat_service_sid: row.chat_service_sid,
    friendly_name: row.friendly_name,
    type: row.type,
    permissions: JSON.parse(row.permissions) as RoleResource['permissions'],
    date_created: toDateTime(row.date_created),
    date_updated: toDateTime(row.date_updated),
    url: `${root}/Roles/${row.sid}`,
  }
}
