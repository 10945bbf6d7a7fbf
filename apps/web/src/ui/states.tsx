import { CircleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { classNames } from './class-names.ts'

/** Nothing is there, and what to do about it. */
export function EmptyState({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="m-auto flex max-w-sm flex-col items-center gap-3 p-6 text-center">
      <span className="flex size-14 items-center justify-center rounded-2xl bg-accent-soft text-accent">
        <Icon size={26} aria-hidden />
      </span>
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="flex flex-col items-center gap-3 text-muted">{children}</div>
    </div>
  )
}

/** Something could not be had: what, why, the number of the error, another try, and what else can be done. */
export function FailedState({
  title,
  reason,
  code,
  retryLabel,
  onRetry,
  children,
}: {
  title: string
  reason?: string | undefined
  code?: number | null | undefined
  retryLabel?: string
  onRetry?: () => void
  children?: ReactNode
}) {
  return (
    <div role="alert" className="m-auto flex max-w-sm flex-col items-center gap-2 p-6 text-center">
      <CircleAlert size={28} aria-hidden className="text-danger" />
      <p className="font-medium">{title}</p>
      {reason && <p className="text-muted">{reason}</p>}
      {code != null && <p className="font-mono text-xs text-muted">{code}</p>}
      <div className="flex flex-wrap justify-center gap-2 empty:hidden">
        {onRetry && <Button onClick={onRetry}>{retryLabel}</Button>}
        {children}
      </div>
    </div>
  )
}

/** A place where something will be. */
export const Skeleton = ({ className }: { className: string }) => (
  <span aria-hidden className={classNames('block animate-pulse rounded bg-hover', className)} />
)

const tones = {
  plain: 'bg-surface text-text border-line',
  danger: 'bg-danger-soft text-danger border-danger/40',
  warning: 'bg-warning-soft text-warning border-warning/40',
}

/** A line over the content that says what is the matter. */
export function Banner({ tone = 'plain', children }: { tone?: keyof typeof tones; children: ReactNode }) {
  return <div className={classNames('flex flex-wrap items-center gap-x-3 gap-y-1 border-b px-4 py-2 text-sm', tones[tone])}>{children}</div>
}
