import { Type } from '@sinclair/typebox'
import { type ErrorName, ParleyError } from './errors.ts'
import { custom } from './fields.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const iso =
  /^P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/

/**
 * Milliseconds of an ISO 8601 duration such as `PT5M` or `P1DT12H`; `undefined` when it is none.
 * A year counts 365 days, a month 30.
 */
export function durationMilliseconds(duration: string): number | undefined {
  const parts = iso.exec(duration)
  if (!parts || duration.endsWith('P') || duration.endsWith('T')) return undefined
  const of = (group: number) => Number(parts[group] ?? 0)
  return Math.round(of(1) * 365 * day + of(2) * 30 * day + of(3) * 7 * day + of(4) * day + of(5) * hour + of(6) * minute + of(7) * second)
}

interface DurationRules {
  invalid: ErrorName
  tooShort: ErrorName
  atLeastSeconds: number
}

/** Longer than anybody waits, and short enough that the day it ends has a date of four digits. */
const longest = 100 * 365 * day

/** An ISO 8601 duration of at most a hundred years; zero and empty both switch the timer off, which is `null` inside (rest-api §4.1). */
export function durationText({ invalid, tooShort, atLeastSeconds }: DurationRules) {
  return custom<string | null>(Type.String({ description: 'ISO 8601 duration' }), (raw, at) => {
    if (raw === null || raw === '') return null
    const milliseconds = typeof raw === 'string' ? durationMilliseconds(raw.toUpperCase()) : undefined
    if (milliseconds === undefined || milliseconds > longest) throw new ParleyError(invalid, { details: { field: at.field } })
    if (milliseconds === 0) return null
    if (milliseconds < atLeastSeconds * second) throw new ParleyError(tooShort, { details: { field: at.field } })
    return (raw as string).toUpperCase()
  })
}
