import type { Conversation, Media, Message, Participant } from '@parley/client'
import { useLive, useUser } from '@parley/react'
import {
  Check,
  CheckCheck,
  CircleAlert,
  Clock,
  Copy,
  CornerUpLeft,
  Ellipsis,
  EllipsisVertical,
  Info,
  Link as LinkIcon,
  Pencil,
  SmilePlus,
  Trash,
} from 'lucide-react'
import { type KeyboardEvent, lazy, memo, Suspense, useState } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Menu, type MenuItem } from '../../ui/menu.tsx'
import { keepDraft } from '../composer/drafts.ts'
import { discard, retry, type Unsent } from '../composer/outbox.ts'
import { isPicture } from '../composer/size-of-picture.ts'
import { reasonOf } from '../list/conversation-dialogs.tsx'
import { nameOf } from '../list/conversation-name.ts'
import { ChannelMark, channelName, channelsOf } from '../people/channel-mark.tsx'
import { pathTo } from '../route.ts'
import { exactTime, timeOf } from '../texts/dates.ts'
import { texts } from '../texts/texts.ts'
import { Attachments, isImage } from './attachments.tsx'
import { type DeliveryState, deliveryState } from './delivery.ts'
import { describedMedia } from './described-media.ts'
import { quickReactions, react } from './reactions.ts'
import type { Row } from './rows.ts'
import { MessageText } from './text.tsx'
import { useLongPress } from './use-long-press.ts'

// All emoji are as large as the rest of the app: who wants them waits a moment.
const AllEmoji = lazy(() => import('./all-emoji.tsx'))

/** What can be done with a message, by those who show it. */
export interface MessageActions {
  edit(message: Message): void
  reply(message: Message): void
  /** Removes it, or asks whether it shall be. @throws when it is refused */
  remove(message: Message, atOnce: boolean): Promise<void>
  details(message: Message): void
  open(media: Media): void
  /** Goes to the message that was answered. */
  goTo(sid: string): void
}

export interface BubbleProps {
  row: Row
  conversation: Conversation
  identity: string
  participants: readonly Participant[]
  reactions: ReadonlyMap<string, readonly Participant[]> | undefined
  isActive: boolean
  isLit: boolean
  actions: MessageActions
  /** Whether more than two take part, so that it has to be said who wrote. */
  isGroup: boolean
}

/** One message. It renders again when something about it changes, and only it. */
export const Bubble = memo(function Bubble({ row, identity, participants, reactions, isActive, isLit, isGroup, ...rest }: BubbleProps) {
  const { message, unsent } = row
  useLive(message)
  const [isNear, setNear] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [isMenuOpen, setMenuOpen] = useState(false)
  const [showsAllEmoji, setShowsAllEmoji] = useState(false)
  const longPress = useLongPress(() => {
    setNear(true)
    setMenuOpen(true)
  })
  const isOwn = row.author === identity
  const isKnown = isOwn || participants.length === 0 || participants.some((one) => one.identity === row.author)
  const author = useAuthorName(row, isOwn)
  const text = message ? message.body : unsent?.text
  const media = message ? describedMedia(message) : []
  const channel = participants.find(({ sid }) => sid === message?.participantSid)?.type ?? 'chat'
  const state = message ? (isOwn ? deliveryState(message, participants) : null) : (unsent?.state ?? null)
  const isEdited = message?.lastUpdatedBy != null && (message.dateUpdated?.getTime() ?? 0) > (message.dateCreated?.getTime() ?? 0)
  const answered = replyOf(message, unsent)
  const time = timeOf(row.date)
  const files = media.length || (unsent?.files.length ?? 0)
  const arePictures = media.length > 0 ? media.every((one) => isImage(one.media)) : unsent?.files.every(isPicture)
  const near = (is: boolean) => () => setNear(is)
  const label = texts.thread.article(
    isOwn ? texts.you : author,
    time,
    state ? texts.status[state] : '',
    files > 0 ? (arePictures ? texts.thread.withPictures : texts.thread.withFiles)(files) : '',
  )

  const reactWith = (emoji: string) => {
    if (message) void react(rest.conversation, identity, message.sid, emoji).catch((error) => setProblem(reasonOf(error)))
  }
  const remove = (atOnce: boolean) => {
    if (message) rest.actions.remove(message, atOnce).catch((error) => setProblem(reasonOf(error)))
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || !message) return
    if (event.key === '.') setMenuOpen(true)
    else if (event.key === 'Delete' && isOwn) remove(event.shiftKey)
    else return
    event.preventDefault()
  }

  return (
    <article
      aria-label={label}
      data-message={message?.sid ?? ''}
      data-row={row.key}
      tabIndex={isActive ? 0 : -1}
      onKeyDown={pressed}
      {...(message ? longPress : {})}
      onPointerEnter={near(true)}
      onPointerLeave={near(false)}
      onFocus={near(true)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setNear(false)}
      className={classNames(
        'group/bubble relative flex flex-col px-4 pointer-coarse:select-none',
        row.beginsGroup ? 'pt-3' : 'pt-0.5',
        isOwn ? 'items-end' : 'items-start ps-14',
        isLit && 'bg-warning-soft',
      )}
    >
      {!isOwn && row.beginsGroup && (
        <span className="absolute start-4 top-4">
          <Avatar name={author} size="small" />
        </span>
      )}
      {row.beginsGroup && (
        <span className="flex items-baseline gap-2 px-1 pb-0.5 text-xs text-muted">
          {/* Of two, everybody knows who the other is. */}
          {(isGroup || !isKnown) && <span className="font-semibold text-text">{isOwn ? texts.you : author}</span>}
          {!isOwn && channel !== 'chat' && <ChannelMark channel={channel} />}
          <time dateTime={row.date.toISOString()} title={exactTime(row.date)}>
            {time}
          </time>
        </span>
      )}
      {isNear && (
        // Whoever comes by the keyboard has no pointer to rest on it.
        <span
          aria-hidden
          className={classNames(
            'pointer-events-none absolute bottom-1 z-10 hidden rounded-control border border-line bg-raised px-2 py-0.5 text-xs text-muted group-focus-visible/bubble:block',
            isOwn ? 'start-4' : 'end-4',
          )}
        >
          {exactTime(row.date)}
        </span>
      )}
      <div className={classNames('flex max-w-full items-end gap-1', isOwn && 'flex-row-reverse')}>
        <div
          title={exactTime(row.date)}
          className={classNames(
            'flex max-w-[min(78vw,640px)] min-w-0 flex-col gap-1.5 rounded-bubble px-3 py-2 min-[720px]:max-w-[min(60vw,640px)]',
            isOwn ? 'rounded-ee-sm bg-own' : 'rounded-es-sm bg-other',
            unsent?.state === 'failed' && 'outline-2 outline-danger',
          )}
        >
          {answered && (
            <button
              type="button"
              onClick={() => rest.actions.goTo(answered.sid)}
              className="flex flex-col border-s-2 border-accent ps-2 text-start text-sm"
            >
              <span className="font-medium text-accent">{answered.author}</span>
              <span className="line-clamp-2 text-muted">{answered.text}</span>
            </button>
          )}
          {media.length > 0 && <Attachments media={media} onOpen={rest.actions.open} />}
          {unsent && unsent.files.length > 0 && <Uploads unsent={unsent} />}
          <span className="flex flex-wrap items-end justify-end gap-x-2 empty:hidden">
            {text && <MessageText text={text} />}
            {(isEdited || state) && (
              <span className="flex h-5 items-center gap-1.5 text-xs text-muted">
                {isEdited && texts.thread.edited}
                {state && <Tick state={state} onAsk={message && (() => rest.actions.details(message))} />}
              </span>
            )}
          </span>
        </div>
        {message && (isNear || isMenuOpen) && (
          <Actions
            message={message}
            isOwn={isOwn}
            isMenuOpen={isMenuOpen}
            onMenuOpen={setMenuOpen}
            onReact={reactWith}
            onAllEmoji={() => setShowsAllEmoji(true)}
            onProblem={setProblem}
            onRemove={remove}
            lossy={channelsOf(participants).map(channelName)}
            {...rest}
          />
        )}
      </div>
      {message && reactions && reactions.size > 0 && (
        <ul className="flex flex-wrap gap-1 pt-1">
          {[...reactions].map(([emoji, who]) => (
            <li key={emoji}>
              <button
                type="button"
                aria-pressed={who.some((one) => one.identity === identity)}
                title={texts.message.reaction(emoji, who.map(nameOf).join(', '))}
                aria-label={texts.message.reaction(emoji, who.map(nameOf).join(', '))}
                onClick={() => reactWith(emoji)}
                className="flex min-h-6 animate-appear items-center gap-1 rounded-full border border-line bg-background px-2 text-xs aria-pressed:border-accent aria-pressed:bg-accent-soft"
              >
                <span aria-hidden>{emoji}</span>
                <span aria-hidden>{who.length}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {showsAllEmoji && (
        <Suspense>
          <AllEmoji onChoose={reactWith} onClose={() => setShowsAllEmoji(false)} />
        </Suspense>
      )}
      {unsent?.state === 'failed' && <NotSent unsent={unsent} />}
      {problem && (
        <p role="alert" className="pt-1 text-sm text-danger">
          {texts.message.refused(problem)}
        </p>
      )}
    </article>
  )
})

function useAuthorName({ author, message }: Row, isOwn: boolean): string {
  const isUser = !isOwn && message?.participantSid != null
  const user = useUser(isUser ? author : null)
  return user.value?.friendlyName || author || texts.nobody
}

/** What a message answers, as its author quoted it. */
function replyOf(message: Message | null, unsent: Unsent | null): { sid: string; author: string; text: string } | null {
  if (unsent) return unsent.reply
  const attributes = message?.attributes
  const reply = typeof attributes === 'object' && attributes !== null && 'reply_to' in attributes ? attributes['reply_to'] : null
  const { sid, author, text } = (typeof reply === 'object' && reply !== null ? reply : {}) as Record<string, unknown>
  return typeof sid === 'string' && typeof author === 'string' && typeof text === 'string' ? { sid, author, text } : null
}

const ticks = { waiting: Clock, sending: Clock, sent: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert }

/** How far a message has come; with whom, it says when it is asked. */
function Tick({ state, onAsk }: { state: DeliveryState | Unsent['state']; onAsk: (() => void) | null }) {
  const Icon = ticks[state]
  const look = classNames('inline-flex', state === 'read' && 'text-accent', state === 'failed' && 'text-danger')
  if (!onAsk)
    return (
      <span data-state={state} className={look}>
        <Icon size={14} aria-hidden />
        <span className="sr-only">{texts.status[state]}</span>
      </span>
    )
  return (
    <button
      type="button"
      // The menu leads to the same: no stop of its own.
      tabIndex={-1}
      data-state={state}
      aria-label={texts.message.deliveryIs(texts.status[state])}
      title={texts.message.deliveryIs(texts.status[state])}
      onClick={onAsk}
      className={classNames(look, 'min-h-6 min-w-6 items-center justify-center rounded')}
    >
      <Icon size={14} aria-hidden />
    </button>
  )
}

/** A bar in our colours, in each browser's words for its parts. */
const bar =
  'h-1.5 w-40 appearance-none overflow-hidden rounded-full border-none bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent'

function Uploads({ unsent }: { unsent: Unsent }) {
  const percent = Math.round(unsent.progress * 100)
  return (
    <div className="flex flex-col gap-1.5">
      {unsent.files.map((file) => (
        <span key={file.name} className="truncate text-sm">
          {file.name}
        </span>
      ))}
      {unsent.state === 'sending' && (
        <span className="flex items-center gap-2">
          <progress value={percent} max={100} aria-label={texts.message.uploading(percent)} className={bar} />
          <Button small look="quiet" onClick={() => discard(unsent.id)}>
            {texts.message.stop}
          </Button>
        </span>
      )}
    </div>
  )
}

function NotSent({ unsent }: { unsent: Unsent }) {
  return (
    <div role="alert" className="flex flex-wrap items-center justify-end gap-2 pt-1 text-sm text-danger">
      <span>
        {texts.message.notSent}: {unsent.reason} {unsent.code !== null && <code className="font-mono text-xs">{unsent.code}</code>}
      </span>
      <Button small onClick={() => retry(unsent.id)}>
        {texts.retry}
      </Button>
      {unsent.text !== '' && (
        <Button
          small
          onClick={() => {
            keepDraft(unsent.identity, unsent.conversation, unsent.text)
            discard(unsent.id)
          }}
        >
          {texts.message.edit}
        </Button>
      )}
      <Button small onClick={() => discard(unsent.id)}>
        {texts.message.discard}
      </Button>
    </div>
  )
}

interface ActionsProps extends Pick<BubbleProps, 'conversation' | 'actions'> {
  message: Message
  isOwn: boolean
  isMenuOpen: boolean
  onMenuOpen(isOpen: boolean): void
  onReact(emoji: string): void
  onAllEmoji(): void
  onProblem(problem: string | null): void
  onRemove(atOnce: boolean): void
  /** Names of the channels that carry what is written and nothing that comes after. */
  lossy: readonly string[]
}

function Actions({
  message,
  isOwn,
  conversation,
  actions,
  isMenuOpen,
  onMenuOpen,
  onReact,
  onAllEmoji,
  onProblem,
  onRemove,
  lossy,
}: ActionsProps) {
  const about = lossy.length > 0 ? texts.message.notCarried(lossy) : undefined
  const copy = (text: string) => void navigator.clipboard.writeText(text).catch((error) => onProblem(reasonOf(error)))
  const own: MenuItem[] = isOwn
    ? [
        { label: texts.message.edit, icon: Pencil, about, onChoose: () => actions.edit(message) },
        { label: texts.message.delete, icon: Trash, danger: true, about, onChoose: onRemove },
      ]
    : []
  return (
    <div
      className={classNames(
        'flex shrink-0 items-center rounded-control bg-background',
        // Where there is no room beside the bubble, they lie over its edge.
        'max-[720px]:absolute max-[720px]:-top-2 max-[720px]:z-10 max-[720px]:border max-[720px]:border-line max-[720px]:shadow-raised',
        isOwn ? 'max-[720px]:end-4' : 'max-[720px]:start-14',
      )}
    >
      <Reactions about={about} onReact={onReact} onAll={onAllEmoji} />
      <IconButton icon={CornerUpLeft} label={texts.message.reply} small onClick={() => actions.reply(message)} />
      <Menu
        open={isMenuOpen}
        onOpenChange={onMenuOpen}
        {...(message.dateCreated ? { heading: exactTime(message.dateCreated) } : {})}
        items={[
          { label: texts.message.copy, icon: Copy, onChoose: () => copy(message.body ?? '') },
          {
            label: texts.message.copyLink,
            icon: LinkIcon,
            onChoose: () => copy(`${location.origin}${pathTo(conversation.sid)}?message=${message.sid}`),
          },
          { label: texts.message.details, icon: Info, onChoose: () => actions.details(message) },
          ...own,
        ]}
      >
        <IconButton icon={EllipsisVertical} label={texts.message.more} small />
      </Menu>
    </div>
  )
}

function Reactions({ about, onReact, onAll }: { about: string | undefined; onReact(emoji: string): void; onAll(): void }) {
  return (
    <Menu
      inRow
      items={[
        ...quickReactions.map((sign) => ({ sign, label: texts.message.reactWith(sign), onChoose: () => onReact(sign) })),
        { icon: Ellipsis, label: texts.emoji.more, onChoose: onAll },
      ]}
    >
      <IconButton icon={SmilePlus} label={texts.message.react} title={[texts.message.react, about].filter(Boolean).join('. ')} small />
    </Menu>
  )
}
