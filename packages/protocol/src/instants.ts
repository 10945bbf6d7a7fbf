const dayMilliseconds = 86_400_000

let last = Number.NaN
let lastText = ''
let day = Number.NaN
let dayText = ''

const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))

/**
 * An instant as ISO 8601 text with milliseconds, as `Date` writes it. Much of what happens at once carries the same instant, so the last text is
 * kept; and what stands on one page mostly happened on the same day, so the last day is, for dates are a good part of the cost of a page.
 */
export function isoInstant(milliseconds: number): string {
  if (milliseconds === last) return lastText
  const today = Math.floor(milliseconds / dayMilliseconds)
  if (today !== day) {
    dayText = new Date(today * dayMilliseconds).toISOString().slice(0, -13)
    day = today
  }
  const rest = milliseconds - today * dayMilliseconds
  const seconds = Math.floor(rest / 1_000)
  const minutes = Math.floor(seconds / 60)
  const time = `${twoDigits[Math.floor(minutes / 60)]}:${twoDigits[minutes % 60]}:${twoDigits[seconds % 60]}`
  lastText = `${dayText}${time}.${String(rest % 1_000).padStart(3, '0')}Z`
  last = milliseconds
  return lastText
}
