import type { Conversation, Message } from '@parley/client'
import { useLive, useTyping } from '@parley/react'
import { BellOff, EllipsisVertical } from 'lucide-react'
import { memo } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import { IconButton } from '../../ui/button.tsx'
import { classNames } from '../../ui/class-names.ts'
import { Link } from '../../ui/link.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Spoken } from '../../ui/spoken.tsx'
import { useDrafts } from '../composer/drafts.ts'
import { ChannelMark, channelsOf } from '../people/channel-mark.tsx'
import { pathTo } from '../route.ts'
import { useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'
import { useShortTime } from '../texts/use-time.ts'
import { useConversationMenu } from './conversation-menu.tsx'
import { nameOf, useNameAndPeople } from './conversation-name.ts'

interface RowProps {
  conversation: Conversation
  isChosen: boolean
  /** What was searched for: it is marked. */
  marked: string
}

/** A conversation in the list. It renders again when something about it changes, and only it. */
export const ConversationRow = memo(function ConversationRow({ conversation, isChosen, marked }: RowProps) {
  useLive(conversation)
  const { name, people } = useNameAndPeople(conversation)
  const menu = useConversationMenu(conversation, name)
  const unread = conversation.unreadMessagesCount ?? 0
  const isMuted = conversation.notificationLevel === 'muted'
  const latest = conversation.lastMessage?.dateCreated ?? conversation.dateCreated
  const time = useShortTime(latest)

  return (
    <div
      data-row-of={conversation.sid}
      className={classNames('group relative flex h-17 items-center', isChosen ? 'bg-accent-soft' : 'hover:bg-hover')}
    >
      <Link
        to={pathTo(conversation.sid)}
        aria-current={isChosen ? 'page' : undefined}
        className="flex h-full min-w-0 flex-1 items-center gap-3 px-3 -outline-offset-2"
      >
        <Avatar name={name} />
        <span className="flex min-w-0 flex-1 flex-col">
          <span className="flex items-baseline gap-2">
            <span className={classNames('min-w-0 flex-1 truncate', unread > 0 ? 'font-semibold' : 'font-medium')}>
              <Marked text={name} part={marked} />
            </span>
            {latest && (
              // The menu takes its place.
              <time dateTime={latest.toISOString()} className="shrink-0 text-xs text-muted pointer-fine:group-hover:invisible">
                {time}
              </time>
            )}
          </span>
          <span className="flex items-center gap-2 text-sm text-muted">
            <Preview conversation={conversation} />
            {channelsOf(people).map((channel) => (
              <ChannelMark key={channel} channel={channel} />
            ))}
            {isMuted && (
              <>
                <BellOff size={14} aria-hidden className="shrink-0" />
                <Spoken>{texts.list.muted}</Spoken>
              </>
            )}
            {unread > 0 && (
              <span
                className={classNames(
                  'inline-flex h-5 min-w-5 shrink-0 items-center justify-center rounded-full px-1.5 text-xs font-semibold',
                  isMuted ? 'bg-hover text-muted' : 'bg-accent text-on-accent',
                )}
              >
                <span aria-hidden>{unread > 99 ? '99+' : unread}</span>
                <Spoken>{texts.list.unread(unread)}</Spoken>
              </span>
            )}
          </span>
        </span>
      </Link>
      <Menu items={menu.items}>
        <IconButton
          icon={EllipsisVertical}
          label={`${texts.list.more}: ${name}`}
          small
          className="absolute end-2 top-1.5 bg-hover opacity-0 group-hover:opacity-100 focus-visible:opacity-100 data-[state=open]:opacity-100 pointer-coarse:hidden"
        />
      </Menu>
      {menu.dialogs}
    </div>
  )
})

function Preview({ conversation }: { conversation: Conversation }) {
  const { identity } = useSession()
  const draft = useDrafts(({ texts: drafts }) => drafts[conversation.sid])
  const { typing } = useTyping(conversation)
  const others = typing.filter((one) => one.identity !== identity)
  const message = conversation.latestMessage
  const text =
    others.length > 0
      ? texts.thread.typing(others.map(nameOf))
      : draft
        ? texts.list.draft(draft)
        : message
          ? texts.list.by(message.author === identity ? texts.you : (message.author ?? texts.nobody), contentOf(message))
          : conversation.lastMessage
            ? ''
            : texts.list.noMessages
  return <span className={classNames('min-w-0 flex-1 truncate', (others.length > 0 || draft) && 'text-accent')}>{text}</span>
}

/** A message in a line. */
function contentOf({ body, attachedMedia }: Message): string {
  const [file] = attachedMedia ?? []
  if (body || !file) return body ?? ''
  const name = file.filename ?? file.contentType
  return file.contentType.startsWith('image/') ? texts.list.picture(name) : texts.list.file(name)
}

function Marked({ text, part }: { text: string; part: string }) {
  const at = part === '' ? -1 : text.toLocaleLowerCase().indexOf(part)
  if (at === -1) return text
  return (
    <>
      {text.slice(0, at)}
      <mark className="rounded-xs bg-warning-soft text-warning">{text.slice(at, at + part.length)}</mark>
      {text.slice(at + part.length)}
    </>
  )
}
