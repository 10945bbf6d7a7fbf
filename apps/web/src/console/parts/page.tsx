import { ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect, useId } from 'react'
import { classNames } from '../../ui/class-names.ts'
import { Link } from '../../ui/link.tsx'
import { texts } from '../texts/texts.ts'
import { Sid } from './copyable.tsx'
import { Dash } from './dash.tsx'

interface PageProps {
  title: string
  /** What it is about, in a sentence. */
  about?: ReactNode
  sid?: string | undefined
  /** The pages above, the topmost first. */
  above?: readonly { label: string; to: string }[]
  /** What can be done. */
  actions?: ReactNode
  children: ReactNode
}

/** A page: where it is, what it is called, what can be done, and its content. */
export function Page({ title, about, sid, above = [], actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} – ${texts.appName}`
  }, [title])
  return (
    <div className="mx-auto flex w-full max-w-6xl animate-appear flex-col gap-5 px-4 py-5 sm:px-6">
      <header className="flex flex-wrap items-start justify-between gap-3">
        <div className="flex min-w-0 flex-col gap-1">
          {above.length > 0 && (
            <nav aria-label={texts.above} className="text-sm">
              <ol className="flex flex-wrap items-center gap-1">
                {above.map(({ label, to }) => (
                  <li key={to} className="flex min-w-0 items-center gap-1">
                    <Link to={to} className="truncate rounded text-accent hover:underline">
                      {label}
                    </Link>
                    <ChevronRight size={14} aria-hidden className="shrink-0 text-muted rtl:-scale-x-100" />
                  </li>
                ))}
              </ol>
            </nav>
          )}
          <h1 className="text-xl font-semibold">{title}</h1>
          {(about || sid) && (
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              {about && <p className="max-w-2xl text-muted">{about}</p>}
              {sid && <Sid sid={sid} />}
            </div>
          )}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}

interface CardProps {
  title: string
  about?: ReactNode
  actions?: ReactNode
  children: ReactNode
  /** Whether the content reaches to the edges, as a table does. */
  flush?: boolean
}

/** A part of a page with a heading. */
export function Card({ title, about, actions, children, flush = false }: CardProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="min-w-0 overflow-hidden rounded-xl border border-line bg-raised">
      <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
        <div className="min-w-0">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {about && <p className="text-sm text-muted">{about}</p>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      <div className={classNames(!flush && 'p-4')}>{children}</div>
    </section>
  )
}

/** Names with their values. A value that is not there is a dash. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-1 gap-x-6 gap-y-2.5 sm:grid-cols-[minmax(8rem,14rem)_1fr]">
      {facts.map(([name, value]) => (
        <div key={name} className="flex flex-col sm:contents">
          <dt className="text-sm text-muted sm:pt-px">{name}</dt>
          <dd className="min-w-0">{value === null || value === undefined || value === '' ? <Dash /> : value}</dd>
        </div>
      ))}
    </dl>
  )
}

const tones = {
  plain: 'border-line text-muted',
  ok: 'border-ok/50 text-ok',
  danger: 'border-danger/50 text-danger',
  warning: 'border-warning/50 text-warning',
  accent: 'border-accent/50 text-accent',
}
export type Tone = keyof typeof tones

/** A word that says how something stands: its colour says it again. */
export const Badge = ({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) => (
  <span
    className={classNames('inline-flex items-center rounded-full border px-2 py-px text-xs font-medium whitespace-nowrap', tones[tone])}
  >
    {children}
  </span>
)
