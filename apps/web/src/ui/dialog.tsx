import { X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { IconButton } from './button.tsx'
import { classNames } from './class-names.ts'

interface DialogProps {
  title: string
  /** Accessible name of the button that closes it. */
  closeLabel: string
  onClose(): void
  children: ReactNode
  wide?: boolean
}

/** A modal dialog. It is open as long as it is rendered; the browser keeps the focus inside, and it goes back to where it was. */
export function Dialog({ title, closeLabel, onClose, children, wide = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const before = document.activeElement
    const element = dialog.current
    if (element && !element.open) element.showModal()
    // Browsers take the first button, which is the one that closes.
    element?.querySelector<HTMLElement>('[data-first-focus]')?.focus()
    return () => {
      element?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      // The dialog itself is hit only beside its content.
      onPointerDown={(event) => event.target === event.currentTarget && onClose()}
      className={classNames(
        'm-auto max-h-[90dvh] w-[calc(100vw-2rem)] animate-appear overflow-y-auto rounded-2xl border border-line bg-raised p-0 text-text shadow-raised',
        wide ? 'max-w-3xl' : 'max-w-md',
      )}
    >
      <div className="flex flex-col gap-4 p-5">
        <header className="flex items-start justify-between gap-3">
          <h2 id={id} className="pt-1 text-lg font-semibold">
            {title}
          </h2>
          <IconButton icon={X} label={closeLabel} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** The buttons that end a dialog. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <footer className="flex flex-wrap justify-end gap-2 pt-1">{children}</footer>
}
