import { type Static, Type } from '@sinclair/typebox'
import { permissions, roleTypes } from '../permissions.ts'
import { DateTime, SidOf, Url, Word } from './values.ts'

/** A role (rest-api §3.10). */
export const RoleResource = Type.Object({
  sid: SidOf('role'),
  account_sid: SidOf('account'),
  chat_service_sid: SidOf('service'),
  friendly_name: Type.String(),
  type: Word(roleTypes),
  permissions: Type.Array(Word(permissions)),
  date_created: DateTime,
  date_updated: DateTime,
  url: Url,
})
export type RoleResource = Static<typeof RoleResource>
