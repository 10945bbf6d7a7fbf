import { ExternalLink, MessagesSquare, Plus } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/states.tsx'
import { CreateConversation } from './list/conversation-dialogs.tsx'
import { useSession } from './session/session.ts'
import { texts } from './texts/texts.ts'

/** Nobody has written yet: what to do, and how the same is done in code. */
export function FirstSteps() {
  const { identity, isOwnToken } = useSession()
  const [isCreating, setCreating] = useState(false)
  const other = identity === 'bob' ? 'alice' : 'bob'
  return (
    <EmptyState icon={MessagesSquare} title={texts.list.empty}>
      <p>{texts.list.emptyAbout}</p>
      <Button look="primary" icon={Plus} onClick={() => setCreating(true)}>
        {texts.list.create}
      </Button>
      {!isOwnToken && (
        <a
          href={`/?as=${other}`}
          target="_blank"
          rel="noopener"
          className="inline-flex min-h-9 items-center gap-2 rounded-control px-3 font-medium text-accent hover:bg-hover"
        >
          <ExternalLink size={16} aria-hidden />
          {texts.list.secondUser}
        </a>
      )}
      <details className="w-full text-start">
        <summary className="mx-auto w-fit rounded text-sm text-accent">{texts.list.code}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard */}
        <pre tabIndex={0} className="mt-2 overflow-x-auto rounded-control border border-line bg-surface p-3 text-xs text-text">
          {texts.code(location.origin)}
        </pre>
      </details>
      {isCreating && <CreateConversation onClose={() => setCreating(false)} />}
    </EmptyState>
  )
}
