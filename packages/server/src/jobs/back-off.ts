/** How long to wait between attempts, in milliseconds. */
export interface BackOff {
  first: number
  most: number
  /** By how much a pause is longer than the one before. */
  factor: number
}

/**
 * The pause after so many attempts. Chance takes up to a fifth of it away: what failed together does not come back together.
 * @param chance from 0 to 1
 */
export function pauseAfter(attempts: number, { first, most, factor }: BackOff, chance: number): number {
  return Math.round(Math.min(most, first * factor ** Math.min(attempts - 1, 60)) * (1 - chance / 5))
}
