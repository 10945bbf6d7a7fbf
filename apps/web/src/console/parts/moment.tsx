import { Dash } from './dash.tsx'

const { languages } = navigator
const exact = new Intl.DateTimeFormat(languages, { dateStyle: 'medium', timeStyle: 'medium' })
const duration = new Intl.NumberFormat(languages, { maximumFractionDigits: 1 })

/** The exact second in the reader's time; behind it the same in UTC. Nothing for a time that is not known. */
export function Moment({ at }: { at: string | null | undefined }) {
  if (!at) return <Dash />
  const date = new Date(at)
  return (
    <time dateTime={at} title={date.toISOString()} className="whitespace-nowrap tabular-nums">
      {exact.format(date)}
    </time>
  )
}

/** Milliseconds in the unit that fits. */
export const durationOf = (milliseconds: number): string =>
  milliseconds < 1_000 ? `${duration.format(milliseconds)} ms` : `${duration.format(milliseconds / 1_000)} s`
