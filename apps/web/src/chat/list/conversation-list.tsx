import type { Conversation } from '@parley/client'
import { type Loaded, useClient } from '@parley/react'
import { LogIn, Plus, Search, Settings as SettingsIcon } from 'lucide-react'
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Virtuoso } from 'react-virtuoso'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { FailedState, Skeleton } from '../../ui/states.tsx'
import { Settings } from '../later.ts'
import { useRoute } from '../route.ts'
import { ConnectionState } from '../session/connection.tsx'
import { useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'
import { CreateConversation, JoinConversation } from './conversation-dialogs.tsx'
import { conversationName, nameOf } from './conversation-name.ts'
import { ConversationRow } from './conversation-row.tsx'
import { useGlidingRows } from './use-gliding-rows.ts'

/** In pixels. */
const rowHeight = 68

const filters = ['all', 'unread', 'muted'] as const
type Filter = (typeof filters)[number]

const passes: Record<Filter, (conversation: Conversation) => boolean> = {
  all: () => true,
  unread: ({ unreadMessagesCount }) => (unreadMessagesCount ?? 0) > 0,
  muted: ({ notificationLevel }) => notificationLevel === 'muted',
}

/** The user's conversations, the one with the latest activity first. */
export function ConversationList({ conversations }: { conversations: Loaded<readonly Conversation[]> }) {
  const [query, setQuery] = useState('')
  const [filter, setFilter] = useState<Filter>('all')
  const [dialog, setDialog] = useState<'create' | 'join' | 'settings' | null>(null)
  const { conversation: chosen } = useRoute()
  const { identity } = useSession()
  const words = query.trim().toLocaleLowerCase()
  const searchable = useSearchable(conversations.value, words !== '')
  const close = useCallback(() => setDialog(null), [])
  const client = useClient()
  const retry = () => {
    conversations.reload()
    // A client that could not start does it now. When that fails it says so itself, and why.
    void client?.updateToken(client.token).catch(() => {})
  }

  const shown = useMemo(
    () => conversations.value.filter((one) => passes[filter](one) && (words === '' || (searchable.get(one.sid) ?? '').includes(words))),
    [conversations.value, filter, words, searchable],
  )

  const frame = useRef<HTMLDivElement>(null)
  const order = useMemo(() => shown.map(({ sid }) => sid), [shown])
  useGlidingRows(frame, order, rowHeight)

  return (
    <div className="flex h-full flex-col">
      <header className="flex flex-col gap-2 border-b border-line p-3">
        <div className="flex min-h-9 items-center gap-1">
          <div className="min-w-0 flex-1">
            <h1 className="truncate font-semibold">{identity}</h1>
            <ConnectionState />
          </div>
          <IconButton icon={Plus} label={texts.list.create} onClick={() => setDialog('create')} />
          <IconButton icon={LogIn} label={texts.list.join} onClick={() => setDialog('join')} />
          <IconButton icon={SettingsIcon} label={texts.settings.open} onClick={() => setDialog('settings')} />
        </div>
        <label className="relative block">
          <span className="sr-only">{texts.list.search}</span>
          <Search size={16} aria-hidden className="absolute start-3 top-2.5 text-muted" />
          <input
            id="search"
            type="search"
            value={query}
            placeholder={texts.list.search}
            onChange={(event) => setQuery(event.target.value)}
            className="h-9 w-full rounded-control border border-edge bg-background ps-9 pe-3"
          />
        </label>
        <fieldset className="flex gap-1">
          <legend className="sr-only">{texts.list.filter}</legend>
          {filters.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={filter === one}
              onClick={() => setFilter(one)}
              className={classNames(
                'min-h-7 rounded-full px-3 text-sm',
                filter === one ? 'bg-accent-soft font-medium text-accent' : 'text-muted hover:bg-hover',
              )}
            >
              {texts.list.filters[one]}
            </button>
          ))}
        </fieldset>
      </header>
      <div ref={frame} className="min-h-0 flex-1">
        {conversations.error ? (
          <FailedState
            title={texts.list.failed}
            reason={conversations.error.message}
            code={(conversations.error as { code?: number }).code}
            retryLabel={texts.retry}
            onRetry={retry}
          />
        ) : conversations.isLoading ? (
          <LoadingRows />
        ) : shown.length === 0 && conversations.value.length > 0 ? (
          <div className="flex flex-col items-center gap-3 p-6 text-muted">
            {texts.list.nothingFound}
            <Button
              onClick={() => {
                setQuery('')
                setFilter('all')
              }}
            >
              {texts.list.clear}
            </Button>
          </div>
        ) : (
          <Virtuoso
            data={shown as Conversation[]}
            computeItemKey={(_, one) => one.sid}
            fixedItemHeight={rowHeight}
            itemContent={(_, one) => <ConversationRow conversation={one} isChosen={one.sid === chosen} marked={words} />}
          />
        )}
      </div>
      {dialog === 'create' && <CreateConversation onClose={close} />}
      {dialog === 'join' && <JoinConversation onClose={close} />}
      <Suspense>{dialog === 'settings' && <Settings onClose={close} />}</Suspense>
    </div>
  )
}

/** In what is searched, by SID: the name, and who takes part. Who does is asked for when somebody searches. */
function useSearchable(conversations: readonly Conversation[], isSearching: boolean): ReadonlyMap<string, string> {
  const { identity } = useSession()
  const [people, setPeople] = useState<ReadonlyMap<string, string>>(new Map())
  useEffect(() => {
    if (!isSearching) return
    let isCurrent = true
    const read = conversations.map(async (one) => {
      const participants = await one.getParticipants()
      return [one.sid, [conversationName(one, participants, identity), ...participants.map(nameOf)].join('\n')] as const
    })
    void Promise.allSettled(read).then((all) => {
      if (isCurrent) setPeople(new Map(all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))))
    })
    return () => {
      isCurrent = false
    }
  }, [conversations, isSearching, identity])
  return useMemo(
    () =>
      new Map(
        conversations.map((one) => [
          one.sid,
          `${one.friendlyName ?? ''}\n${one.uniqueName ?? ''}\n${people.get(one.sid) ?? ''}`.toLocaleLowerCase(),
        ]),
      ),
    [conversations, people],
  )
}

function LoadingRows() {
  return (
    <div aria-busy="true" className="animate-late">
      <span className="sr-only">{texts.list.loading}</span>
      {Array.from({ length: 8 }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={row} className="flex h-17 items-center gap-3 px-3">
          <Skeleton className="size-10 shrink-0 rounded-full" />
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className="h-3.5 w-2/5" />
            <Skeleton className="h-3 w-4/5" />
          </div>
        </div>
      ))}
    </div>
  )
}
