import { type Static, Type } from '@sinclair/typebox'
import { filledText, listOf, required, word } from './fields.ts'
import { permissions, roleTypes } from './permissions.ts'

const permission = Type.Unsafe<(typeof permissions)[number][]>(listOf(word(permissions, 'permission-unknown')))

/** Parameters of creating a role (rest-api §3.10). */
export const CreateRole = Type.Object({
  friendly_name: required(
    filledText({ limit: 'friendlyNameLength', tooLong: 'friendly-name-too-long', empty: 'friendly-name-missing' }),
    'friendly-name-missing',
  ),
  type: required(word(roleTypes, 'role-type-invalid'), 'role-type-invalid'),
  permission,
})
export type CreateRole = Static<typeof CreateRole>

/** The whole new set of permissions; name and type of a role never change. */
export const UpdateRole = Type.Object({ permission })
export type UpdateRole = Static<typeof UpdateRole>
