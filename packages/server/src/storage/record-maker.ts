/**
 * Makes records: each member is what the source has under a key. The function is written out as code, so that the engine sees an object literal and
 * makes the record at once. Given its members one by one, by names that are computed, it would take twenty times as long to make, and be a
 * dictionary, slow for whoever copies it. Members and keys are names of our own.
 */
export function recordMaker<S, R>(members: readonly (readonly [member: string, key: string | number])[]): (source: S) => R {
  const written = members.map(([member, key]) => `${JSON.stringify(member)}: source[${JSON.stringify(key)}]`)
  return new Function('source', `return { ${written.join(', ')} }`) as (source: S) => R
}
