import { useConversations } from '@parley/react'
import { MessagesSquare } from 'lucide-react'
import { useEffect, useState } from 'react'
import { classNames } from '../ui/class-names.ts'
import { goTo } from '../ui/navigation.ts'
import { EmptyState } from '../ui/states.tsx'
import { loadDrafts } from './composer/drafts.ts'
import { FirstSteps } from './first-steps.tsx'
import { KeyList } from './key-list.tsx'
import { ConversationList } from './list/conversation-list.tsx'
import { pathTo, useRoute } from './route.ts'
import { ConnectionBanner } from './session/connection.tsx'
import { useSession } from './session/session.ts'
import { texts } from './texts/texts.ts'
import { Thread } from './thread/thread.tsx'

/** List and thread beside each other; on a small screen one at a time. */
export function Workspace() {
  const conversations = useConversations()
  const { conversation } = useRoute()
  const { identity } = useSession()
  const [showsKeys, setShowsKeys] = useState(false)
  useEffect(() => loadDrafts(identity), [identity])

  const unread = conversations.value.reduce((sum, one) => sum + (one.notificationLevel === 'muted' ? 0 : (one.unreadMessagesCount ?? 0)), 0)
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${texts.appName}` : texts.appName
  }, [unread])

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const isWriting = event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]')
      if (document.querySelector('dialog[open]')) return
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        document.getElementById('search')?.focus()
      } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        event.preventDefault()
        const all = conversations.value
        const at = all.findIndex(({ sid }) => sid === conversation)
        const next = all[at === -1 ? 0 : at + (event.key === 'ArrowDown' ? 1 : -1)]
        if (next) goTo(pathTo(next.sid))
      } else if (event.key === '?' && !isWriting) {
        setShowsKeys(true)
      }
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [conversations.value, conversation])

  const isFirstRun = !conversations.isLoading && !conversations.error && conversations.value.length === 0
  return (
    <div className="flex h-full flex-col">
      <a
        href="#messages"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-control focus:bg-accent focus:p-2 focus:text-on-accent"
      >
        {texts.skipToMessages}
      </a>
      <ConnectionBanner />
      <div className={classNames('flex min-h-0 flex-1', isFirstRun && 'max-[720px]:flex-col')}>
        <nav
          aria-label={texts.list.title}
          className={classNames(
            'min-h-0 w-full shrink-0 border-e border-line min-[720px]:block min-[720px]:w-70 min-[1100px]:w-80',
            conversation && 'hidden',
          )}
        >
          <ConversationList conversations={conversations} />
        </nav>
        {/* On a small screen the list has it all, unless there is nothing in it. */}
        <div
          className={classNames(
            'min-h-0 min-w-0 flex-1',
            conversation || isFirstRun ? 'flex' : 'sr-only min-[720px]:not-sr-only min-[720px]:flex',
          )}
        >
          {conversation ? (
            <Thread key={conversation} sid={conversation} />
          ) : (
            <main id="messages" tabIndex={-1} className={classNames('flex min-w-0 flex-1', isFirstRun && 'overflow-y-auto')}>
              {isFirstRun ? (
                <FirstSteps />
              ) : (
                <EmptyState icon={MessagesSquare} title={texts.list.choose}>
                  {texts.list.chooseAbout}
                </EmptyState>
              )}
            </main>
          )}
        </div>
      </div>
      {showsKeys && <KeyList onClose={() => setShowsKeys(false)} />}
    </div>
  )
}
