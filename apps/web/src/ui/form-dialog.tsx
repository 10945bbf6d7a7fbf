import { type FormEvent, type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'

/** What is the same in all such dialogs of an app. */
interface Words {
  closeLabel: string
  cancelLabel: string
  /** What went wrong, in words. */
  problemOf(error: unknown): ReactNode
}
export type WithoutWords<P extends Words> = Omit<P, keyof Words>

export interface FormDialogProps extends Words {
  title: string
  action: string
  look?: 'primary' | 'danger'
  wide?: boolean
  /** Whether what was typed is good enough to try. */
  isReady?: boolean
  onClose(): void
  /** Closes the dialog when it succeeds. */
  onSubmit(): Promise<void>
  children(problem: ReactNode): ReactNode
}

/** A dialog that does one thing, and says why it could not be done. */
export function FormDialog(props: FormDialogProps) {
  const {
    title,
    action,
    look = 'primary',
    wide = false,
    isReady = true,
    closeLabel,
    cancelLabel,
    problemOf,
    onClose,
    onSubmit,
    children,
  } = props
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ReactNode>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      await onSubmit()
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} closeLabel={closeLabel} onClose={onClose} wide={wide}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {children(problem)}
        <DialogActions>
          <Button onClick={onClose}>{cancelLabel}</Button>
          <Button type="submit" look={look} disabled={isBusy || !isReady}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

export interface ConfirmProps extends Omit<FormDialogProps, 'children' | 'look' | 'wide'> {
  about: ReactNode
  /** What else there is to fill in. */
  children?: ReactNode
}

/** A question before something that cannot be taken back. */
export function Confirm({ about, children, ...dialog }: ConfirmProps) {
  return (
    <FormDialog {...dialog} look="danger">
      {(problem) => (
        <>
          <p className="text-muted">{about}</p>
          {children}
          {problem && (
            <div role="alert" className="text-danger">
              {problem}
            </div>
          )}
        </>
      )}
    </FormDialog>
  )
}
