import type { Conversation, Media, Message } from '@parley/client'
import { useConversation, useLive, useMessages, useParticipants, useTyping } from '@parley/react'
import { ArrowLeft, EllipsisVertical, MessageSquareDashed, UsersRound } from 'lucide-react'
import { type DragEvent, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Menu } from '../../ui/menu.tsx'
import { goTo } from '../../ui/navigation.ts'
import { EmptyState, FailedState, Skeleton } from '../../ui/states.tsx'
import { Composer, type ComposerHandle } from '../composer/composer.tsx'
import { useOutbox } from '../composer/outbox.ts'
import { Details, PeoplePanel, Viewer } from '../later.ts'
import { Confirm } from '../list/conversation-dialogs.tsx'
import { useConversationMenu } from '../list/conversation-menu.tsx'
import { conversationName, nameOf } from '../list/conversation-name.ts'
import { ChannelMark, channelsOf } from '../people/channel-mark.tsx'
import { pathTo, useRoute } from '../route.ts'
import { useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'
import { Announcer } from './announcer.tsx'
import { isImage } from './attachments.tsx'
import { describedMedia } from './described-media.ts'
import { MessageList } from './message-list.tsx'

/** A conversation by its SID: what is there, or why it is not. */
export function Thread({ sid }: { sid: string }) {
  const conversation = useConversation(sid)
  if (conversation.error)
    return (
      <main id="messages" tabIndex={-1} className="flex flex-1">
        <FailedState
          title={texts.thread.failed}
          reason={conversation.error.message}
          code={(conversation.error as { code?: number }).code}
          retryLabel={texts.retry}
          onRetry={conversation.reload}
        >
          <Button onClick={() => goTo('/')}>{texts.thread.back}</Button>
        </FailedState>
      </main>
    )
  if (!conversation.value) return <LoadingThread />
  return <OpenThread conversation={conversation.value} />
}

/** Messages of the first page, at least and at most. */
const [fewest, most] = [30, 200]

function OpenThread({ conversation }: { conversation: Conversation }) {
  useLive(conversation)
  const { identity } = useSession()
  const { panel, message: target } = useRoute()
  // Where the reader stood when the thread was opened: the line of the unread stays there.
  const [opened, setOpened] = useState(() => {
    const unread = conversation.unreadMessagesCount ?? 0
    const firstUnread = unread > 0 ? (conversation.lastReadMessageIndex ?? -1) + 1 : null
    return { firstUnread, pageSize: Math.min(most, Math.max(fewest, unread + 10)) }
  })
  const messages = useMessages(conversation, opened.pageSize)
  const unreadIsSeen = useCallback(() => setOpened((before) => ({ ...before, firstUnread: null })), [])
  const participants = useParticipants(conversation)
  const { typing, type } = useTyping(conversation)
  const [editing, setEditing] = useState<Message | null>(null)
  const [replying, setReplying] = useState<Message | null>(null)
  const [removing, setRemoving] = useState<Message | null>(null)
  const [detailed, setDetailed] = useState<Message | null>(null)
  const [viewed, setViewed] = useState<Media | null>(null)
  const composer = useRef<ComposerHandle>(null)
  const hasUnsent = useOutbox(({ unsent }) => unsent.some((one) => one.conversation === conversation.sid))

  const name = conversationName(conversation, participants.value, identity)
  const channels = useMemo(() => channelsOf(participants.value), [participants.value])
  const others = typing.filter((one) => one.identity !== identity).map(nameOf)
  const pictures = useMemo(() => messages.value.flatMap(describedMedia).filter(({ media }) => isImage(media)), [messages.value])
  const actions = useMemo(
    () => ({
      edit: setEditing,
      reply: setReplying,
      remove: async (message: Message, atOnce: boolean) => (atOnce ? void (await message.remove()) : setRemoving(message)),
      details: setDetailed,
      open: setViewed,
    }),
    [],
  )
  const editLast = useCallback(() => {
    const last = messages.value.findLast(({ author, body }) => author === identity && body)
    if (last) setEditing(last)
  }, [messages.value, identity])

  useEffect(() => {
    // Whatever lies over the panel takes the key first.
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || panel === null || document.querySelector('dialog[open]')) return
      goTo(pathTo(conversation.sid))
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [panel, conversation.sid])

  const menu = useConversationMenu(conversation, name)
  const isJoined = conversation.status === 'joined'
  const isClosed = conversation.state?.current === 'closed'
  const drop = useDropTarget(isJoined && !isClosed, (files) => composer.current?.attach(files))

  return (
    <>
      <main id="messages" tabIndex={-1} className="relative flex min-w-0 flex-1 flex-col" {...drop.handlers}>
        <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-2 min-[720px]:px-4">
          <IconButton icon={ArrowLeft} label={texts.thread.back} className="min-[720px]:hidden" onClick={() => goTo('/')} />
          <h2 className="min-w-0 truncate font-semibold" title={name}>
            {name}
          </h2>
          <span className="flex flex-1 items-center gap-1.5">
            {channels.map((channel) => (
              <ChannelMark key={channel} channel={channel} />
            ))}
          </span>
          <IconButton
            icon={UsersRound}
            label={texts.thread.people}
            aria-expanded={panel === 'people'}
            onClick={() => goTo(pathTo(conversation.sid, panel === 'people' ? null : 'people'))}
          />
          {isJoined && (
            <Menu items={menu.items}>
              <IconButton icon={EllipsisVertical} label={texts.thread.more} />
            </Menu>
          )}
        </header>
        {messages.error ? (
          <FailedState
            title={texts.thread.messagesFailed}
            reason={messages.error.message}
            code={(messages.error as { code?: number }).code}
            retryLabel={texts.retry}
            onRetry={messages.reload}
          />
        ) : messages.isLoading ? (
          <LoadingMessages />
        ) : messages.value.length === 0 && !hasUnsent ? (
          <EmptyState icon={MessageSquareDashed} title={texts.thread.empty}>
            {texts.thread.emptyAbout}
          </EmptyState>
        ) : (
          <MessageList
            conversation={conversation}
            identity={identity}
            messages={messages}
            participants={participants.value}
            firstUnread={opened.firstUnread}
            actions={actions}
            onSent={unreadIsSeen}
            target={target}
          />
        )}
        <Announcer conversation={conversation} identity={identity} />
        {/* The room is always there, so that nothing jumps. */}
        <p aria-live="polite" className="h-5 shrink-0 truncate px-4 text-xs text-muted">
          {others.length > 0 && texts.thread.typing(others)}
        </p>
        {isClosed || !isJoined ? (
          <p className="border-t border-line bg-surface p-4 text-center text-muted">
            {isClosed ? texts.thread.closed : texts.thread.removed}
          </p>
        ) : (
          <Composer
            ref={composer}
            conversation={conversation}
            identity={identity}
            name={name}
            hasTextParticipants={participants.value.some((one) => one.type === 'sms')}
            editing={editing}
            onEdited={() => setEditing(null)}
            replying={replying}
            onReplied={() => setReplying(null)}
            onEditLast={editLast}
            onType={type}
          />
        )}
        {drop.isOver && (
          <div className="pointer-events-none absolute inset-2 z-10 flex items-center justify-center rounded-2xl border-2 border-dashed border-accent bg-accent-soft/90 text-lg font-semibold text-accent">
            {texts.composer.drop}
          </div>
        )}
      </main>
      <Suspense>
        {panel === 'people' && (
          <PeoplePanel conversation={conversation} participants={participants} onClose={() => goTo(pathTo(conversation.sid))} />
        )}
      </Suspense>
      {removing && (
        <Confirm
          title={texts.dialogs.deleteTitle}
          about={texts.dialogs.deleteAbout}
          action={texts.dialogs.delete}
          onClose={() => setRemoving(null)}
          onSubmit={async () => void (await removing.remove())}
        />
      )}
      {menu.dialogs}
      <Suspense>
        {detailed && <Details message={detailed} participants={participants.value} onClose={() => setDetailed(null)} />}
        {viewed && <Viewer pictures={pictures} first={viewed} onClose={() => setViewed(null)} />}
      </Suspense>
    </>
  )
}

/** Files that are dragged over the thread; other things are left to the browser. */
function useDropTarget(isOpen: boolean, onFiles: (files: File[]) => void) {
  const [depth, setDepth] = useState(0)
  const hasFiles = (event: DragEvent) => isOpen && event.dataTransfer.types.includes('Files')
  const handlers = {
    onDragEnter: (event: DragEvent) => hasFiles(event) && setDepth((before) => before + 1),
    onDragLeave: (event: DragEvent) => hasFiles(event) && setDepth((before) => Math.max(0, before - 1)),
    onDragOver: (event: DragEvent) => hasFiles(event) && event.preventDefault(),
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setDepth(0)
      onFiles([...event.dataTransfer.files])
    },
  }
  return { isOver: depth > 0, handlers }
}

const LoadingThread = () => (
  <main id="messages" tabIndex={-1} className="flex min-w-0 flex-1 flex-col">
    <div className="h-13 shrink-0 border-b border-line" />
    <LoadingMessages />
  </main>
)

const LoadingMessages = () => (
  <div aria-busy="true" className="flex min-h-0 flex-1 animate-late flex-col justify-end gap-3 overflow-hidden p-4">
    <span className="sr-only">{texts.thread.loading}</span>
    {['w-52', 'w-72', 'w-40', 'w-64', 'w-56'].map((width, at) => (
      <Skeleton key={width} className={classNames('h-10 rounded-bubble', width, at % 2 === 1 && 'self-end')} />
    ))}
  </div>
)
