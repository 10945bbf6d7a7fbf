/**
 * What works otherwise than in the original, or is not there, and why. By what tests note: `operation …`, `method …`, `event …`, `code …`, `webhook …`.
 */
export const deviations: Readonly<Record<string, string>> = {
  'code 20429': 'requests of a client SDK wait their turn instead (decision 0005)',
  'code 50413': 'every address is taken to be ours until `PARLEY_PROXY_ADDRESSES` says which are',
}
