import type { LucideIcon } from 'lucide-react'
import type { ComponentProps } from 'react'
import { classNames } from './class-names.ts'

const looks = {
  primary: 'bg-accent text-on-accent hover:opacity-90',
  secondary: 'border border-edge bg-background hover:bg-hover',
  quiet: 'text-accent hover:bg-hover',
  danger: 'border border-danger text-danger hover:bg-danger-soft',
}

export interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof looks
  icon?: LucideIcon
  small?: boolean
}

/** A button with a text. */
export function Button({ look = 'secondary', icon: Icon, small = false, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classNames(
        'inline-flex shrink-0 items-center justify-center gap-2 rounded-control font-medium transition-opacity disabled:opacity-50',
        small ? 'min-h-7 px-2 text-sm' : 'min-h-9 px-3.5',
        looks[look],
        className,
      )}
    >
      {Icon && <Icon size={16} aria-hidden />}
      {children}
    </button>
  )
}

export interface IconButtonProps extends ComponentProps<'button'> {
  icon: LucideIcon
  /** What it does: its accessible name and its tooltip. */
  label: string
  small?: boolean
}

/** A button that shows an icon alone. */
export function IconButton({ icon: Icon, label, small = false, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={classNames(
        'inline-flex shrink-0 items-center justify-center rounded-control text-muted transition-colors hover:bg-hover hover:text-text disabled:opacity-50',
        small ? 'size-7' : 'size-9 pointer-coarse:size-11',
        className,
      )}
    >
      <Icon size={small ? 16 : 18} aria-hidden />
    </button>
  )
}
