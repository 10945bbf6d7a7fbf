import type { Conversation, Participant } from '@parley/client'
import type { Messages } from '@parley/react'
import { ArrowDown } from 'lucide-react'
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso'
import { Button } from '../../ui/button.tsx'
import { useOutbox } from '../composer/outbox.ts'
import { useRoute } from '../route.ts'
import { dateOf, dayOf } from '../texts/dates.ts'
import { texts } from '../texts/texts.ts'
import { useMidnight } from '../texts/use-time.ts'
import { Bubble, type MessageActions } from './bubble.tsx'
import { DayOnTop } from './day-on-top.tsx'
import { NoticeLine } from './notice-line.tsx'
import { type Notice, useNotices } from './notices.ts'
import { gatherReactions } from './reactions.ts'
import { useReadPosition } from './read-position.ts'
import { type Row, rowsOf } from './rows.ts'
import { nearEnd, useFollowEnd } from './use-follow-end.ts'

/** Rows that come before the first page get lower numbers than this. */
const origin = 1_000_000
const noNotices: readonly Notice[] = []
/** Messages that are kept at least while one reads at the end, once there are more than the other of them. */
const [keptMessages, mostMessages] = [300, 600]
/** Older messages are read when less than so many screens of them remain. */
const screensAhead = 2
/** How long a message that was jumped to is lit, in milliseconds. */
const lit = 2_000

interface ListProps {
  conversation: Conversation
  identity: string
  messages: Messages
  participants: readonly Participant[]
  /** The index above which the line of the unread is drawn; fixed when the thread was opened. */
  firstUnread: number | null
  actions: Omit<MessageActions, 'goTo'>
  /** Called when a message of the user is on its way. */
  onSent(): void
  /** SID of a message to go to at first. */
  target: string | null
}

/** The messages of a conversation. Only what is visible is in the document. */
export function MessageList({ conversation, identity, messages, participants, firstUnread, actions, onSent, target }: ListProps) {
  useMidnight()
  const list = useRef<VirtuosoHandle>(null)
  const unsent = useOutbox((outbox) => outbox.unsent)
  const mine = useMemo(() => unsent.filter((one) => one.conversation === conversation.sid), [unsent, conversation.sid])
  // The line is drawn where it belongs, and that may be further back than what is loaded.
  const isLineLoaded = !messages.hasOlder || (messages.value[0]?.index ?? 0) <= (firstUnread ?? 0)
  const line = isLineLoaded ? firstUnread : null
  const notices = useNotices((all) => all.notices[conversation.sid] ?? noNotices)
  const rows = useMemo(
    () => rowsOf(messages.value, mine, { identity, firstUnread: line, notices }),
    [messages.value, mine, identity, line, notices],
  )
  const reactions = useMemo(() => gatherReactions(participants), [participants])
  const [isAtEnd, setAtEnd] = useState(true)
  const [scroller, setScroller] = useState<HTMLElement | null>(null)
  const [active, setActive] = useState<string | null>(null)
  const { lit: litSid, goTo } = useJump(list, rows, messages)
  const allActions = useMemo(() => ({ ...actions, goTo }), [actions, goTo])

  // What is older than the first page goes before it without moving what is shown.
  const anchor = useRef({ index: messages.value[0]?.index ?? 0, number: origin })
  const older = rows.findIndex(({ message }) => message !== null && message.index >= anchor.current.index)
  const firstItemIndex = anchor.current.number - Math.max(0, older)

  const newest = messages.value.at(-1)?.index ?? null
  const readAll = useReadPosition(conversation, newest, isAtEnd)
  useEffect(() => {
    const first = messages.value.at(-keptMessages)
    if (!isAtEnd || !first || messages.value.length <= mostMessages) return
    // The first that stays keeps its number.
    anchor.current = { index: first.index, number: firstItemIndex + rows.findIndex(({ message }) => message === first) }
    messages.forgetOlder(keptMessages)
  }, [isAtEnd, messages, rows, firstItemIndex])
  const below = useCountBelow(messages, identity, isAtEnd)

  // Who sends wants to see it, and has seen what was unread.
  const lastUnsent = mine.at(-1)?.id
  useEffect(() => {
    if (lastUnsent === undefined) return
    onSent()
    list.current?.scrollToIndex({ index: 'LAST', align: 'end' })
  }, [lastUnsent, onSent])

  // biome-ignore lint/correctness/useExhaustiveDependencies: only the target of the beginning
  useEffect(() => {
    if (target) void goTo(target)
  }, [target])

  const loadOlder = useCallback(() => void messages.loadOlder().catch(() => {}), [messages.loadOlder])
  useEffect(() => {
    if (!scroller) return
    const scrolled = () => scroller.scrollTop < screensAhead * scroller.clientHeight && loadOlder()
    scroller.addEventListener('scroll', scrolled, { passive: true })
    return () => scroller.removeEventListener('scroll', scrolled)
  }, [scroller, loadOlder])
  // Where it begins is decided once.
  const [start] = useState(() => {
    const at = rows.findIndex(({ beginsUnread }) => beginsUnread)
    // Where all is unread, that is from the beginning.
    if (at === 0) return { index: 0, align: 'start' as const }
    if (at > 0) return { index: at, align: 'start' as const, offset: -Math.round(innerHeight / 4) }
    return { index: Math.max(0, rows.length - 1), align: 'end' as const }
  })

  const follow = useFollowEnd(scroller, start.align === 'end' && target === null)

  const isEmpty = rows.length === 0
  useEffect(() => {
    // Whatever is open takes the key first.
    const pressed = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || isEmpty || document.querySelector('dialog[open]')) return
      if (useRoute.getState().panel !== null) return
      readAll()
      list.current?.scrollToIndex({ index: 'LAST', align: 'end' })
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [isEmpty, readAll])

  const move = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || !event.target.matches('[data-row]')) return
    const at = rows.findIndex(({ key }) => key === (event.target as HTMLElement).dataset['row'])
    const next = destination(rows, at, event.key, Math.max(1, scroller ? rowsInSight(scroller) - 1 : 1))
    const row = rows[next]
    if (!row) return
    event.preventDefault()
    setActive(row.key)
    list.current?.scrollIntoView({
      index: next,
      done: () => document.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.key)}"]`)?.focus(),
    })
  }

  const tabStop = rows.some(({ key }) => key === active) ? active : (rows.findLast(({ notices: told }) => told === null)?.key ?? null)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows walk from message to message, which are in it
    <div className="relative min-h-0 flex-1" onKeyDown={move}>
      <Virtuoso
        ref={list}
        scrollerRef={(element) => setScroller(element as HTMLElement | null)}
        role="log"
        aria-live="off"
        aria-label={texts.thread.log}
        data={rows}
        firstItemIndex={firstItemIndex}
        initialTopMostItemIndex={start}
        computeItemKey={(_, row) => row.key}
        alignToBottom
        atBottomThreshold={nearEnd}
        atBottomStateChange={setAtEnd}
        followOutput={(atEnd) => (atEnd ? 'auto' : false)}
        totalListHeightChanged={follow}
        increaseViewportBy={{ top: 800, bottom: 400 }}
        startReached={loadOlder}
        components={{ Header: ListHead, Footer: ListFoot }}
        context={{ conversation, messages }}
        itemContent={(_, row) => (
          <>
            {row.beginsDay && <DayLine date={row.date} />}
            {row.beginsUnread && (
              <UnreadLine count={messages.value.filter(({ index, author }) => index >= (firstUnread ?? 0) && author !== identity).length} />
            )}
            {row.notices ? (
              <NoticeLine notices={row.notices} />
            ) : (
              <Bubble
                row={row}
                conversation={conversation}
                identity={identity}
                participants={participants}
                isGroup={participants.length > 2}
                reactions={row.message ? reactions.get(row.message.sid) : undefined}
                isActive={row.key === tabStop}
                isLit={row.message !== null && row.message.sid === litSid}
                actions={allActions}
              />
            )}
          </>
        )}
      />
      <DayOnTop scroller={scroller} rows={rows} />
      {!isAtEnd && (
        <Button
          icon={ArrowDown}
          className="absolute end-4 bottom-3 animate-appear rounded-full shadow-raised"
          onClick={() => list.current?.scrollToIndex({ index: 'LAST', align: 'end' })}
        >
          {texts.thread.newBelow(below)}
        </Button>
      )}
    </div>
  )
}

/** The index of the message that a key leads to from another one; -1 when there is none. A page is so many rows. */
function destination(rows: readonly Row[], from: number, key: string, page: number): number {
  const isMessage = ({ notices }: Row) => notices === null
  const [first, last] = [rows.findIndex(isMessage), rows.findLastIndex(isMessage)]
  const back = (by: number) => rows.slice(0, Math.max(0, from - by + 1)).findLastIndex(isMessage)
  const on = (by: number) => rows.findIndex((row, at) => at >= from + by && isMessage(row))
  if (key === 'ArrowUp') return back(1)
  if (key === 'ArrowDown') return on(1)
  if (key === 'PageUp') return Math.max(first, back(page))
  if (key === 'PageDown') return on(page) === -1 ? last : on(page)
  if (key === 'Home') return first
  return key === 'End' ? last : -1
}

/** How many rows are on the screen as a whole. */
function rowsInSight(scroller: HTMLElement): number {
  const { top, bottom } = scroller.getBoundingClientRect()
  return [...scroller.querySelectorAll('[data-row]')].filter((row) => {
    const box = row.getBoundingClientRect()
    return box.top >= top && box.bottom <= bottom
  }).length
}

interface ListContext {
  conversation: Conversation
  messages: Messages
}

/** Above the first message: that older ones come, or when it all began. */
function ListHead({ context }: { context?: ListContext }) {
  if (!context) return null
  const { conversation, messages } = context
  if (messages.hasOlder)
    return (
      <div className="flex h-12 items-center justify-center text-sm text-muted">
        {messages.isLoadingOlder ? (
          texts.thread.loading
        ) : (
          <Button small look="quiet" onClick={() => void messages.loadOlder().catch(() => {})}>
            {texts.thread.older}
          </Button>
        )}
      </div>
    )
  const { createdBy, dateCreated } = conversation
  if (!dateCreated) return null
  const when = dateOf(dateCreated)
  return (
    <p className="px-6 pt-6 pb-2 text-center text-sm text-muted">
      {createdBy && createdBy !== 'system' ? texts.thread.began(createdBy, when) : texts.thread.beganUnknown(when)}
    </p>
  )
}

const ListFoot = () => <div className="h-3" />

const DayLine = ({ date }: { date: Date }) => (
  <p data-day className="flex items-center justify-center pt-4 pb-1 text-xs font-medium text-muted">
    <span className="rounded-full bg-surface px-3 py-1">{dayOf(date)}</span>
  </p>
)

const UnreadLine = ({ count }: { count: number }) => (
  <p className="flex items-center gap-3 px-4 pt-3 text-xs font-semibold text-accent">
    <span aria-hidden className="h-px flex-1 bg-accent" />
    {texts.thread.unread(count)}
    <span aria-hidden className="h-px flex-1 bg-accent" />
  </p>
)

/** Messages of others that came while the reader was elsewhere in the thread. */
function useCountBelow({ value }: Messages, identity: string, isAtEnd: boolean): number {
  const seen = useRef<number | null>(null)
  const newest = value.at(-1)?.index ?? -1
  if (isAtEnd || seen.current === null) seen.current = newest
  return value.filter(({ index, author }) => index > (seen.current ?? -1) && author !== identity).length
}

/** Goes to a message, reading older pages until it is there, and lights it for a moment. */
function useJump(list: React.RefObject<VirtuosoHandle | null>, rows: readonly Row[], messages: Messages) {
  const [litSid, setLit] = useState<string | null>(null)
  const [wanted, setWanted] = useState<string | null>(null)
  const { hasOlder, isLoadingOlder, isLoading, loadOlder } = messages
  useEffect(() => {
    if (wanted === null || isLoading || isLoadingOlder) return
    const at = rows.findIndex(({ message }) => message?.sid === wanted)
    if (at === -1 && hasOlder) {
      loadOlder().catch(() => setWanted(null))
      return
    }
    setWanted(null)
    if (at === -1) return
    list.current?.scrollToIndex({ index: at, align: 'center' })
    setLit(wanted)
  }, [wanted, rows, hasOlder, isLoading, isLoadingOlder, loadOlder, list])
  useEffect(() => {
    if (litSid === null) return
    const timer = setTimeout(() => setLit(null), lit)
    return () => clearTimeout(timer)
  }, [litSid])
  return { lit: litSid, goTo: useCallback((sid: string) => setWanted(sid), []) }
}
