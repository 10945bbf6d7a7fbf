import type { RoleResource } from '@parley/protocol'

/** The roles of a type to choose from, the one that holds among them. */
export function rolesOf(type: RoleResource['type'], roles: readonly RoleResource[], current: string) {
  const choices = roles.filter((role) => role.type === type).map(({ sid, friendly_name }) => ({ value: sid, label: friendly_name }))
  return choices.some(({ value }) => value === current) ? choices : [{ value: current, label: current }, ...choices]
}
