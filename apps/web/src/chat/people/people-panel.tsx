import type { Conversation, Participant } from '@parley/client'
import { type Loaded, useClient, useUser } from '@parley/react'
import { UserMinus, UserPlus, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Avatar } from '../../ui/avatar.tsx'
import { Button, IconButton } from '../../ui/button.tsx'
import { FailedState, Skeleton } from '../../ui/states.tsx'
import { Confirm } from '../list/conversation-dialogs.tsx'
import { nameOf } from '../list/conversation-name.ts'
import { useSession } from '../session/session.ts'
import { texts } from '../texts/texts.ts'
import { useShortTime } from '../texts/use-time.ts'
import { AddParticipant } from './add-participant.tsx'
import { ChannelMark } from './channel-mark.tsx'

interface PanelProps {
  conversation: Conversation
  participants: Loaded<readonly Participant[]>
  onClose(): void
}

/** Who takes part: presence, how far they have read, and how to add and remove them. */
export function PeoplePanel({ conversation, participants, onClose }: PanelProps) {
  const [isAdding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Participant | null>(null)
  const isJoined = conversation.status === 'joined'
  const client = useClient()
  return (
    <aside
      aria-label={texts.people.title}
      className="absolute inset-y-0 end-0 z-20 flex w-full animate-appear flex-col border-s border-line bg-background min-[720px]:w-85 min-[720px]:shadow-raised min-[1100px]:static min-[1100px]:shrink-0 min-[1100px]:shadow-none"
    >
      <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-4">
        <h2 className="flex-1 font-semibold">{texts.people.title}</h2>
        {isJoined && <IconButton icon={UserPlus} label={texts.people.add} onClick={() => setAdding(true)} />}
        <IconButton icon={X} label={texts.close} onClick={onClose} />
      </header>
      {participants.error ? (
        <FailedState
          title={texts.people.failed}
          reason={participants.error.message}
          retryLabel={texts.retry}
          onRetry={participants.reload}
        />
      ) : (
        <ul className="min-h-0 flex-1 overflow-y-auto py-2">
          {participants.isLoading && <LoadingPeople />}
          {participants.value.map((one) => (
            <Person key={one.sid} participant={one} conversation={conversation} onRemove={isJoined ? () => setRemoving(one) : undefined} />
          ))}
        </ul>
      )}
      {client?.reachabilityEnabled === false && <p className="px-4 py-3 text-sm text-muted">{texts.people.presenceOff}</p>}
      {isJoined && (
        <div className="border-t border-line p-3">
          <Button icon={UserPlus} className="w-full" onClick={() => setAdding(true)}>
            {texts.people.add}
          </Button>
        </div>
      )}
      {isAdding && <AddParticipant conversation={conversation} onClose={() => setAdding(false)} />}
      {removing && (
        <Confirm
          title={texts.people.removeTitle(nameOf(removing))}
          about={texts.people.removeAbout}
          action={texts.people.removeButton}
          onClose={() => setRemoving(null)}
          onSubmit={() => removing.remove()}
        />
      )}
    </aside>
  )
}

function Person({
  participant,
  conversation,
  onRemove,
}: {
  participant: Participant
  conversation: Conversation
  onRemove: (() => void) | undefined
}) {
  const { identity } = useSession()
  const user = useUser(participant.type === 'chat' ? participant.identity : null)
  const isMe = participant.identity === identity
  const name = user.value?.friendlyName || nameOf(participant)
  const client = useClient()
  const role = useRoleName(participant.roleSid)
  // Where presence is off, nobody is known to be away.
  const isOnline = client?.reachabilityEnabled ? (user.value?.isOnline ?? null) : null
  const { lastReadMessageIndex: read, lastReadTimestamp, type } = participant
  const readAt = useShortTime(lastReadTimestamp)
  const last = conversation.lastMessage?.index ?? -1
  const about = [
    texts.people.kinds[type] ?? type,
    role,
    isOnline === null ? '' : isOnline ? texts.people.online : texts.people.offline,
    isMe || type !== 'chat' || last < 0
      ? ''
      : (read ?? -1) >= last
        ? texts.people.allRead
        : lastReadTimestamp
          ? texts.people.lastRead(readAt)
          : texts.people.unread(last - (read ?? -1)),
  ].filter(Boolean)
  return (
    <li className="flex items-center gap-3 px-4 py-2">
      <Avatar name={name} isOnline={isOnline === true} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">
          {name} {isMe && <span className="font-normal text-muted">{texts.youInBrackets}</span>}
        </span>
        <span className="flex items-center gap-1.5 text-sm text-muted">
          <ChannelMark channel={type} isNamed />
          <span className="min-w-0 wrap-anywhere">{about.join(' · ')}</span>
        </span>
      </span>
      {!isMe && onRemove && <IconButton icon={UserMinus} label={texts.people.remove(name)} small onClick={onRemove} />}
    </li>
  )
}

/** What a role is called; nothing until that is known, and where the server does not say. */
function useRoleName(roleSid: string): string {
  const client = useClient()
  const [name, setName] = useState('')
  useEffect(() => {
    let isCurrent = true
    if (roleSid)
      client?.getRole(roleSid).then(
        ({ friendlyName }) => isCurrent && setName(friendlyName),
        () => isCurrent && setName(''),
      )
    return () => {
      isCurrent = false
    }
  }, [client, roleSid])
  return name
}

const LoadingPeople = () =>
  ['w-24', 'w-32', 'w-20'].map((width) => (
    <li key={width} className="flex items-center gap-3 px-4 py-2">
      <Skeleton className="size-10 rounded-full" />
      <Skeleton className={`h-4 ${width}`} />
      <span className="sr-only">{texts.people.loading}</span>
    </li>
  ))
