import { type ComponentProps, type ReactNode, useId } from 'react'
import { classNames } from './class-names.ts'

interface FieldProps {
  label: string
  /** Shown below while there is no error. */
  hint?: ReactNode
  /** What is wrong with it, in words. */
  error?: ReactNode
}

const box = 'w-full rounded-control border bg-background px-3 text-text'
const edge = (error: ReactNode) => (error ? 'border-danger' : 'border-edge')

/** Label, control, and what there is to say about it, tied together for screen readers. */
function Field({ id, label, hint, error, children }: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children}
      {/* Always there, so that an error is announced when it appears. */}
      <p id={`${id}-about`} aria-live="polite" className={classNames('text-sm empty:hidden', error ? 'text-danger' : 'text-muted')}>
        {error || hint}
      </p>
    </div>
  )
}

const about = (id: string, error: ReactNode) => ({ id, 'aria-describedby': `${id}-about`, 'aria-invalid': Boolean(error) })

/** A line of text. */
export function TextField({ label, hint, error, className, ...rest }: FieldProps & ComponentProps<'input'>) {
  const id = useId()
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <input autoComplete="off" {...rest} {...about(id, error)} className={classNames(box, 'h-9', edge(error), className)} />
    </Field>
  )
}

/** Lines of text. */
export function TextArea({ label, hint, error, className, ...rest }: FieldProps & ComponentProps<'textarea'>) {
  const id = useId()
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <textarea {...rest} {...about(id, error)} className={classNames(box, 'min-h-24 py-2', edge(error), className)} />
    </Field>
  )
}

export interface Choice<V extends string> {
  value: V
  label: string
}

/** One of several. */
export function SelectField<V extends string>({
  label,
  hint,
  error,
  choices,
  value,
  onChoose,
}: FieldProps & { choices: readonly Choice<V>[]; value: V; onChoose(value: NoInfer<V>): void }) {
  const id = useId()
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <select
        {...about(id, error)}
        value={value}
        onChange={(event) => onChoose(event.target.value as V)}
        className={classNames(box, 'h-9', edge(error))}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </Field>
  )
}

/** On or off, at once. */
export function Switch({ label, checked, onChange }: { label: string; checked: boolean; onChange(checked: boolean): void }) {
  return (
    <label className="flex min-h-9 items-center justify-between gap-3">
      <span>{label}</span>
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        aria-checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        className="relative h-6 w-10 shrink-0 appearance-none rounded-full bg-edge transition-colors before:absolute before:start-0.5 before:top-0.5 before:size-5 before:rounded-full before:bg-background before:transition-transform checked:bg-accent checked:before:translate-x-4 rtl:checked:before:-translate-x-4"
      />
    </label>
  )
}
