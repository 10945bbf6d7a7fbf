import type { LucideIcon } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { type ComponentProps, type ReactElement, useRef } from 'react'
import { classNames } from './class-names.ts'

export interface MenuItem {
  label: string
  icon?: LucideIcon
  /** Shown instead of the label, which is what it is called. */
  sign?: string
  danger?: boolean
  /** What there is to know before: shown below the label. */
  about?: string | undefined
  /** Why it cannot be done now: shown, and nothing is chosen. */
  refused?: string | undefined
  /** `atOnce`: the Shift key was held. */
  onChoose(atOnce: boolean): void
}

export interface MenuProps {
  items: readonly MenuItem[]
  /** What stands over them. */
  heading?: string
  /** Side by side instead of one below the other. */
  inRow?: boolean
  /** Whether it is open, where more than its button opens it. */
  open?: boolean
  onOpenChange?(isOpen: boolean): void
  /** The button that opens it. */
  children: ReactElement<ComponentProps<'button'>>
}

/** The menu behind `Menu`. It lies where its button is, so that it belongs to the same landmark. */
export default function OpenableMenu({
  items,
  heading,
  inRow = false,
  open,
  onOpenChange,
  isOpenAtFirst,
  children,
}: MenuProps & { isOpenAtFirst: boolean }) {
  const isShifted = useRef(false)
  const notice = ({ shiftKey }: { shiftKey: boolean }) => {
    isShifted.current = shiftKey
  }
  return (
    // Not modal: that would lock the scrolling by a style that the security policy refuses.
    <DropdownMenu.Root
      modal={false}
      defaultOpen={isOpenAtFirst}
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange ? { onOpenChange } : {})}
    >
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Content
        align={inRow ? 'center' : 'end'}
        sideOffset={4}
        collisionPadding={8}
        onPointerUpCapture={notice}
        onKeyDownCapture={notice}
        className={classNames(
          'z-50 animate-appear border border-line bg-raised p-1 text-text shadow-raised',
          inRow ? 'flex gap-0.5 rounded-full' : 'max-w-72 min-w-48 rounded-xl',
        )}
      >
        {heading !== undefined && <DropdownMenu.Label className="px-2.5 py-1.5 text-xs text-muted">{heading}</DropdownMenu.Label>}
        {items.map(({ label, sign, icon: Icon, danger, about, refused, onChoose }) => (
          <DropdownMenu.Item
            key={label}
            disabled={refused !== undefined}
            onSelect={() => onChoose(isShifted.current)}
            aria-label={label}
            title={refused ?? about}
            className={classNames(
              'flex min-h-9 items-center gap-2.5 outline-none data-highlighted:bg-hover',
              inRow ? 'size-9 justify-center rounded-full text-lg' : 'rounded-control px-2.5',
              danger && 'text-danger',
              refused !== undefined && 'text-muted',
              about !== undefined && 'py-1.5',
            )}
          >
            {Icon && <Icon size={16} aria-hidden className="shrink-0" />}
            <span className="flex flex-col">
              {sign ?? (!inRow && label)}
              {(refused ?? about) !== undefined && <span className="text-xs text-muted">{refused ?? about}</span>}
            </span>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}
