import { useState } from 'react'
import { TextField } from '../../ui/field.tsx'
import {
  type ConfirmProps,
  type FormDialogProps,
  Confirm as PlainConfirm,
  FormDialog as PlainFormDialog,
  type WithoutWords,
} from '../../ui/form-dialog.tsx'
import { texts } from '../texts/texts.ts'
import { Problem, problemOf } from './problem.tsx'

/** A dialog that does one thing, and says why it could not be done: below its fields. */
export const FormDialog = ({ children, ...rest }: Omit<WithoutWords<FormDialogProps>, 'children'> & { children: React.ReactNode }) => (
  <PlainFormDialog {...words} problemOf={(error) => <Problem error={error} />} {...rest}>
    {(problem) => (
      <>
        {children}
        {problem}
      </>
    )}
  </PlainFormDialog>
)

const words = { closeLabel: texts.close, cancelLabel: texts.cancel, problemOf }

/** A question before something that cannot be taken back. What goes away with everything in it wants its name typed: `typed`. */
export function Confirm({ typed, ...rest }: WithoutWords<ConfirmProps> & { typed?: string }) {
  const [given, setGiven] = useState('')
  if (typed === undefined) return <PlainConfirm {...words} {...rest} />
  return (
    <PlainConfirm {...words} {...rest} isReady={given.trim() === typed}>
      <TextField
        label={texts.confirm.type(typed)}
        required
        spellCheck={false}
        value={given}
        onChange={(event) => setGiven(event.target.value)}
      />
    </PlainConfirm>
  )
}
