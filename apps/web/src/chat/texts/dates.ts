import { wantedLanguages } from '../../ui/language.ts'
import { texts } from './texts.ts'

const languages = [...wantedLanguages]
/** How the time of day is written: as the language has it, or always so. */
export const clocks = ['system', '12', '24'] as const
export type Clock = (typeof clocks)[number]

const formats: Record<Clock, Intl.DateTimeFormat> = {
  system: new Intl.DateTimeFormat(languages, { hour: '2-digit', minute: '2-digit' }),
  12: new Intl.DateTimeFormat(languages, { hour: 'numeric', minute: '2-digit', hourCycle: 'h12' }),
  24: new Intl.DateTimeFormat(languages, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
}
let clock: Clock = 'system'

/** From now on times are written by this clock. */
export function writeTimesBy(chosen: Clock): void {
  clock = chosen
}

const weekday = new Intl.DateTimeFormat(languages, { weekday: 'short' })
const dayAndMonth = new Intl.DateTimeFormat(languages, { day: 'numeric', month: 'short' })
const wholeDay = new Intl.DateTimeFormat(languages, { weekday: 'long', day: 'numeric', month: 'long' })
const wholeDayOfYear = new Intl.DateTimeFormat(languages, { day: 'numeric', month: 'long', year: 'numeric' })
const exact = new Intl.DateTimeFormat(languages, { dateStyle: 'full', timeStyle: 'medium' })

const day = 86_400_000
const startOfDay = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
/** Days that lie between, by the calendar. */
const daysBefore = (date: Date, now: Date) => Math.round((startOfDay(now) - startOfDay(date)) / day)

/** Says of one date after another whether its day is a new one. Asking the calendar is dear, so it is asked once a day. */
export function dayCounter(): (date: Date) => boolean {
  let [from, to] = [0, 0]
  return (date) => {
    const time = date.getTime()
    if (time >= from && time < to) return false
    from = startOfDay(date)
    to = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime()
    return true
  }
}

/** The day with its year. */
export const dateOf = (date: Date): string => wholeDayOfYear.format(date)
/** `14:02`, as the user likes it. */
export const timeOf = (date: Date): string => formats[clock].format(date)
/** To the second, with its day. */
export const exactTime = (date: Date): string => exact.format(date)

/** Short, for lists: now, 14:02, Tue, 3 Mar. */
export function shortTime(date: Date, now = new Date()): string {
  if (Math.abs(now.getTime() - date.getTime()) < 60_000) return texts.list.now
  const days = daysBefore(date, now)
  if (days <= 0) return timeOf(date)
  return days < 7 ? weekday.format(date) : dayAndMonth.format(date)
}

/** For the line between two days. */
export function dayOf(date: Date, now = new Date()): string {
  const days = daysBefore(date, now)
  if (days === 0) return texts.thread.today
  if (days === 1) return texts.thread.yesterday
  return date.getFullYear() === now.getFullYear() ? wholeDay.format(date) : wholeDayOfYear.format(date)
}

const sizes = new Intl.NumberFormat(languages, { maximumFractionDigits: 1 })

/** Bytes in the unit that fits. */
export function sizeOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  const at = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log(bytes) / Math.log(1024)) : 0)
  return `${sizes.format(bytes / 1024 ** at)} ${units[at]}`
}
