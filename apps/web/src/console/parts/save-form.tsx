import { type FormEvent, type ReactNode, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { tell } from '../frame/notice.tsx'
import { texts } from '../texts/texts.ts'
import { Problem } from './problem.tsx'

/** Fields of a page that are saved together, and what the server had against it. */
export function SaveForm({
  isChanged,
  onSave,
  children,
}: {
  /** Whether there is anything to save. */
  isChanged: boolean
  onSave(): Promise<void>
  children: ReactNode
}) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      await onSave()
      tell(texts.saved)
    } catch (error) {
      setProblem(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form onSubmit={save} className="flex max-w-2xl flex-col gap-4">
      {children}
      {problem !== null && <Problem error={problem} />}
      <div>
        <Button type="submit" look="primary" disabled={!isChanged || isBusy}>
          {texts.save}
        </Button>
      </div>
    </form>
  )
}
