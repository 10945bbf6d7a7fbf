import type { Conversation } from '@parley/client'
import { useClient, useConversations } from '@parley/react'
import { MessagesSquare } from 'lucide-react'
import { type CSSProperties, useEffect, useLayoutEffect, useState } from 'react'
import { classNames } from '../ui/class-names.ts'
import { goTo } from '../ui/navigation.ts'
import { EmptyState } from '../ui/states.tsx'
import { useAttention } from './attention/attention.ts'
import { loadDrafts } from './composer/drafts.ts'
import { FirstSteps } from './first-steps.tsx'
import { Hood } from './hood/hood.tsx'
import { KeyList } from './key-list.tsx'
import { ConversationList } from './list/conversation-list.tsx'
import { ListEdge } from './list/list-edge.tsx'
import { usePreferences } from './preferences.ts'
import { pathTo, useRoute } from './route.ts'
import { ConnectionBanner } from './session/connection.tsx'
import { useSession } from './session/session.ts'
import { texts } from './texts/texts.ts'
import { followNotices } from './thread/notices.ts'
import { Thread } from './thread/thread.tsx'

/** List and thread beside each other; on a small screen one at a time. */
export function Workspace() {
  const conversations = useConversations()
  const { conversation } = useRoute()
  const { identity } = useSession()
  const [showsKeys, setShowsKeys] = useState(false)
  useEffect(() => loadDrafts(identity), [identity])

  useAttention(conversations.value)
  const client = useClient()
  useEffect(() => (client ? followNotices(client) : undefined), [client])
  const { listWidth, showsWires } = usePreferences()

  // Whoever sees a conversation can go to it by a key: the listener is there with what is shown.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const isWriting = event.target instanceof HTMLElement && event.target.matches('input, textarea, select, [contenteditable]')
      if (document.querySelector('dialog[open]')) return
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        document.getElementById('search')?.focus()
      } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
        event.preventDefault()
        const next = neighbour(conversations.value, conversation, event.key === 'ArrowDown' ? 1 : -1, event.shiftKey)
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
          style={{ '--list-width': `${listWidth}px` } as CSSProperties}
          className={classNames(
            'relative min-h-0 w-full shrink-0 border-line min-[720px]:block min-[720px]:border-e',
            listWidth === null ? 'min-[720px]:w-70 min-[1100px]:w-80' : 'min-[720px]:w-(--list-width) min-[720px]:max-w-[50vw]',
            conversation && 'hidden',
          )}
        >
          <ConversationList conversations={conversations} />
          <ListEdge />
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
      {showsWires && <Hood />}
      {showsKeys && <KeyList onClose={() => setShowsKeys(false)} />}
    </div>
  )
}

/** The conversation that is so many steps away in the list, among all or among those with something unread; the first one when none is open. */
function neighbour(all: readonly Conversation[], open: string | null, step: 1 | -1, onlyUnread: boolean): Conversation | undefined {
  const at = all.findIndex(({ sid }) => sid === open)
  if (!onlyUnread) return all[at === -1 ? 0 : at + step]
  const isUnread = ({ unreadMessagesCount }: Conversation) => (unreadMessagesCount ?? 0) > 0
  return step === 1 ? all.slice(at + 1).find(isUnread) : all.slice(0, Math.max(0, at)).findLast(isUnread)
}
