/** Whether a row has the same values before and after: then nothing is written, and nobody hears of it. */
export function sameValues<R extends object>(before: R, after: R): boolean {
  return (Object.keys(after) as (keyof R)[]).every((name) => before[name] === after[name])
}
