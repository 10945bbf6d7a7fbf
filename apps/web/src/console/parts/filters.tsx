import { Search } from 'lucide-react'
import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { goTo } from '../../ui/navigation.ts'
import { filterBy, useAddress } from '../address.ts'
import { Refusal } from '../rest/rest.ts'
import { texts } from '../texts/texts.ts'
import { problemOf } from './problem.tsx'

const box = 'h-9 max-w-full rounded-control border border-edge bg-background px-2.5 text-sm text-text'

/** What narrows a list down. It is part of the address. */
export const Filters = ({ children }: { children: ReactNode }) => (
  <search aria-label={texts.filters.label} className="flex flex-wrap items-end gap-3">
    {children}
  </search>
)

function Labelled({ id, label, children }: { id: string; label: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-xs font-medium text-muted">
        {label}
      </label>
      {children}
    </div>
  )
}

interface FilterProps {
  /** The parameter of the list, as the protocol calls it. */
  name: string
  label: string
}

/** One of several words, or all. */
export function ChoiceFilter({
  name,
  label,
  choices,
  all = texts.filters.all,
}: FilterProps & { choices: readonly (readonly [value: string, label: string])[]; all?: string }) {
  const { query } = useAddress()
  const id = useId()
  return (
    <Labelled id={id} label={label}>
      <select id={id} value={query.get(name) ?? ''} onChange={(event) => filterBy({ [name]: event.target.value })} className={box}>
        <option value="">{all}</option>
        {choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  )
}

/** A day, in UTC as the API counts days. */
export function DayFilter({ name, label }: FilterProps) {
  const { query } = useAddress()
  const id = useId()
  return (
    <Labelled id={id} label={label}>
      <input
        id={id}
        type="date"
        title={texts.filters.utc}
        value={query.get(name) ?? ''}
        onChange={(event) => filterBy({ [name]: event.target.value })}
        className={box}
      />
    </Labelled>
  )
}

/** A text that is looked for when it is whole: on Enter, or when the field is left. */
export function TextFilter({ name, label, placeholder }: FilterProps & { placeholder?: string }) {
  const { query } = useAddress()
  const current = query.get(name) ?? ''
  const id = useId()
  const use = (text: string) => text.trim() !== current && filterBy({ [name]: text.trim() })
  return (
    <Labelled id={id} label={label}>
      <input
        id={id}
        key={current}
        defaultValue={current}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        onKeyDown={(event) => event.key === 'Enter' && use(event.currentTarget.value)}
        onBlur={(event) => use(event.currentTarget.value)}
        className={`${box} w-56`}
      />
    </Labelled>
  )
}

/** Goes to one thing by its SID or another name of it. `find` says where it is, or throws what the server said. */
export function Find({ label, placeholder, find }: { label: string; placeholder?: string; find(text: string): Promise<string> }) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<ReactNode>(null)
  const id = useId()
  const go = async (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '') return
    setProblem(null)
    try {
      goTo(await find(text.trim()))
    } catch (error) {
      setProblem(error instanceof Refusal && error.status === 404 ? texts.filters.notFound(text.trim()) : problemOf(error))
    }
  }
  return (
    <form onSubmit={go} className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-xs font-medium text-muted">
        {label}
      </label>
      <div className="flex gap-1.5">
        <input
          id={id}
          value={text}
          placeholder={placeholder}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          aria-describedby={`${id}-problem`}
          aria-invalid={problem !== null}
          onChange={(event) => setText(event.target.value)}
          className={`${box} w-64 min-w-0`}
        />
        <Button type="submit" icon={Search}>
          {texts.filters.find}
        </Button>
      </div>
      <p id={`${id}-problem`} aria-live="polite" className="text-sm text-danger empty:hidden">
        {problem}
      </p>
    </form>
  )
}
