import type { TokenCheckResource } from '@parley/protocol'
import { CircleCheck, CircleMinus, CircleX } from 'lucide-react'
import { texts } from '../texts/texts.ts'

const words = texts.tokens

const marks = {
  passed: { icon: CircleCheck, colour: 'text-ok' },
  failed: { icon: CircleX, colour: 'text-danger' },
  skipped: { icon: CircleMinus, colour: 'text-muted' },
}

/** Every check with what it has found, and what to do about one that failed. */
export const Checks = ({ checks }: Pick<TokenCheckResource, 'checks'>) => (
  <ol className="flex flex-col">
    {checks.map(({ name, part, state, text, code, advice }) => {
      const { icon: Icon, colour } = marks[state]
      return (
        <li key={name} className="flex gap-3 border-b border-line px-4 py-2.5 last:border-b-0">
          <Icon size={18} aria-hidden className={`mt-0.5 shrink-0 ${colour}`} />
          <div className="grid min-w-0 flex-1 gap-x-4 gap-y-0.5 sm:grid-cols-[13rem_1fr]">
            <p className="flex flex-wrap items-baseline gap-x-2">
              <code className="font-mono text-xs">{part}</code>
              <span className={`text-xs font-medium ${colour}`}>{words.states[state]}</span>
            </p>
            <div className="flex min-w-0 flex-col gap-1">
              <p className={state === 'skipped' ? 'text-muted' : ''}>
                {text} {code !== null && <code className="font-mono text-xs text-muted">{code}</code>}
              </p>
              {advice && <p className="text-sm text-muted">{advice}</p>}
            </div>
          </div>
        </li>
      )
    })}
  </ol>
)
