import type { LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'

export interface MenuItem {
  label: string
  icon?: LucideIcon
  danger?: boolean
  /** Why it cannot be done now: shown, and nothing is chosen. */
  refused?: string | undefined
  onChoose(): void
}

/** A menu of things to do. `children` is the button that opens it. */
export function Menu({
  items,
  children,
  onOpenChange,
}: {
  items: readonly MenuItem[]
  children: ReactNode
  onOpenChange?(open: boolean): void
}) {
  return (
    // Not modal: that would lock the scrolling by a style that the security policy refuses.
    <DropdownMenu.Root modal={false} {...(onOpenChange ? { onOpenChange } : {})}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-48 animate-appear rounded-xl border border-line bg-raised p-1 text-text shadow-raised"
        >
          {items.map(({ label, icon: Icon, danger, refused, onChoose }) => (
            <DropdownMenu.Item
              key={label}
              disabled={refused !== undefined}
              onSelect={onChoose}
              className={classNames(
                'flex min-h-9 items-center gap-2.5 rounded-control px-2.5 outline-none data-highlighted:bg-hover',
                danger && 'text-danger',
                refused !== undefined && 'text-muted',
              )}
            >
              {Icon && <Icon size={16} aria-hidden className="shrink-0" />}
              <span className="flex flex-col">
                {label}
                {refused !== undefined && <span className="text-xs">{refused}</span>}
              </span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
