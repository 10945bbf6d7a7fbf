import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { Refusal, Unreachable } from '../rest/rest.ts'
import { texts } from '../texts/texts.ts'

/** What went wrong, in words, with the number of the refusal and where there is more about it. */
export function problemOf(error: unknown): ReactNode {
  if (error instanceof Unreachable) return texts.problem.unreachable
  if (!(error instanceof Refusal)) return texts.problem.unexpected((error as Error).message)
  const { code, retryAfter, message } = error
  return (
    <>
      {message}
      {/* Only what leads outwards is a link: nothing else comes in by an answer. */}
      {code !== null && (
        <>
          {' '}
          {error.body.more_info?.startsWith('https://') ? (
            <a href={error.body.more_info} target="_blank" rel="noopener noreferrer" className="font-mono text-xs underline">
              {texts.problem.code(code)}
            </a>
          ) : (
            <code className="font-mono text-xs">{texts.problem.code(code)}</code>
          )}
        </>
      )}
      {retryAfter !== null && <> {texts.problem.retryAfter(retryAfter)}</>}
    </>
  )
}

/** Says what went wrong, in place. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex items-start gap-2 rounded-control bg-danger-soft px-3 py-2 text-sm text-danger">
      <CircleAlert size={16} aria-hidden className="mt-0.5 shrink-0" />
      <div className="flex flex-1 flex-wrap items-center justify-between gap-2">
        <p>{problemOf(error)}</p>
        {onRetry && (
          <Button small onClick={onRetry}>
            {texts.retry}
          </Button>
        )}
      </div>
    </div>
  )
}
