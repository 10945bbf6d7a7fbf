/** Any JSON value. */
export type JSONValue = null | string | number | boolean | JSONObject | JSONArray
/** A JSON object. */
export type JSONObject = { [x: string]: JSONValue }
/** A JSON array. */
export type JSONArray = JSONValue[]

/** Attributes travel as a JSON string, in documents also as they are (wire-protocol §5.2). What is no JSON counts as empty. */
export function readAttributes(raw: unknown): JSONValue {
  if (typeof raw !== 'string') return (raw as JSONValue | undefined) ?? {}
  try {
    return JSON.parse(raw) as JSONValue
  } catch {
    return {}
  }
}

/** Whether two JSON values say the same, whatever the order of their members. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => name in b && isSame((a as JSONObject)[name], (b as JSONObject)[name]))
}
