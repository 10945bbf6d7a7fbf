/** Milliseconds as a date; each call makes a new one, which the app may change. */
export const toDate = (milliseconds: number | null): Date | null => (milliseconds === null ? null : new Date(milliseconds))
